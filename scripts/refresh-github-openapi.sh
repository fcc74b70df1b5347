#!/bin/sh
# Cuts the part of GitHub's OpenAPI description that the tests of package github validate requests against out of a
# released version of it. The description is MIT-licensed: github.com/github/rest-api-description, published to npm by
# github.com/octokit/openapi. Takes the version of the package; needs npm and Go.
set -eu
version=${1:-23.0.2}
cd "$(dirname "$0")/.."
slice=github/githubtest/openapi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
npm pack --silent --pack-destination "$scratch" "@octokit/openapi@$version" >/dev/null
tar -xzf "$scratch"/*.tgz -C "$scratch" package/generated/api.github.com.json package/LICENSE
go run ./test/openapi <"$scratch/package/generated/api.github.com.json" >$slice/api.github.com.json
cp "$scratch/package/LICENSE" $slice/LICENSE
printf '%s\n' "$version" >$slice/VERSION
