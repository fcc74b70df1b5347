#!/bin/sh
for c in east west; do
  kubectl --context "$c" apply -R -f shared -f "clusters/$c"
done
