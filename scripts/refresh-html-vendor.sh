#!/usr/bin/env bash
# Fetches the library that HTML reports embed, and the one that their tests check accessibility with, from the npm registry,
# and records versions and digests. Usage: scripts/refresh-html-vendor.sh [D3-VERSION] [AXE-VERSION]
set -euo pipefail
cd "$(dirname "$0")/../report/html"

d3=${1:-7.9.2}
axe=${2:-4.14.1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetch() { # name version: unpacks into $work/name
  mkdir "$work/$1"
  (cd "$work/$1" && npm pack --silent "$1@$2" >/dev/null && tar xzf ./*.tgz)
}

fetch d3 "$d3"
cp "$work/d3/package/dist/d3.min.js" vendor/d3.min.js
cp "$work/d3/package/LICENSE" vendor/d3.LICENSE
sum=$(sha256sum vendor/d3.min.js | cut -d' ' -f1)
sed -i -E "s#^(\| \`d3.min.js\` \| [^|]+ \|) [^|]+ (\| [^|]+ \|) \`[0-9a-f]*\` \|#\1 $d3 \2 \`$sum\` |#" vendor/README.md

fetch axe-core "$axe"
mkdir -p testdata/axe-core
cp "$work/axe-core/package/axe.min.js" "$work/axe-core/package/LICENSE" testdata/axe-core/
printf 'axe-core %s, MPL-2.0, https://github.com/dequelabs/axe-core: used by tests only, part of no page.\n' "$axe" >testdata/axe-core/README
git diff --stat -- vendor testdata/axe-core
