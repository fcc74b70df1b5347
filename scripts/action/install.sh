#!/usr/bin/env bash
# The first step of action.yml: finds a muster for this runner, and writes its path to the output "binary".
#
#   MUSTER_BINARY_PATH        a muster that is there already; nothing else is looked at
#   MUSTER_VERSION            a tag (v1.2.3), latest, source, or nothing: the tag that the action is used at, else latest
#   MUSTER_MIRROR             a base URL that stands for https://github.com/passmuster/muster/releases
#   MUSTER_ACTION_REF         the ref that the action is used at
#   MUSTER_ACTION_REPOSITORY  the repository that it is used from
#
# A release has checksums.txt (what sha256sum prints) and muster_OS_ARCH.tar.gz, in which the program is. What does not
# have the checksum that it should have is never run. Messages repeat nothing of the inputs: the log obeys commands.
set -euo pipefail

fail() {
  printf '::error title=muster::%s\n' "$1"
  exit 2
}

say() { printf 'muster: %s\n' "$1"; }

# found PATH ends the script.
found() {
  printf 'binary=%s\n' "$1" >>"$GITHUB_OUTPUT"
  exit 0
}

use_given() {
  [[ $MUSTER_BINARY_PATH != *$'\n'* && $MUSTER_BINARY_PATH != *$'\r'* ]] || fail 'binary-path: want one line'
  local path=$MUSTER_BINARY_PATH
  [[ $path == */* || $path == *\\* ]] || path=./$path
  [[ -f $path && -x $path ]] || fail 'binary-path: there is no such file, or it cannot be executed'
  found "$(cd "$(dirname "$path")" && pwd)/$(basename "$path")"
}

# platform sets asset and program for this runner.
platform() {
  local os=${RUNNER_OS:-$(uname -s)} arch=${RUNNER_ARCH:-$(uname -m)}
  program=muster
  case $os in
    Linux) os=linux ;;
    macOS | Darwin) os=darwin ;;
    Windows | MINGW* | MSYS*) os=windows program=muster.exe ;;
    *) fail 'there is no release for the operating system of this runner; name a muster that you built: binary-path' ;;
  esac
  case $arch in
    X64 | x86_64) arch=amd64 ;;
    ARM64 | arm64 | aarch64) arch=arm64 ;;
    *) fail 'there is no release for the processor of this runner; name a muster that you built: binary-path' ;;
  esac
  asset=muster_${os}_${arch}.tar.gz
}

# wanted sets tag: latest, source or a tag, and strict where nothing else will do.
wanted() {
  tag=${MUSTER_VERSION:-} strict=true
  if [[ -z $tag ]]; then
    tag=latest strict=false
    [[ ! ${MUSTER_ACTION_REF:-} =~ ^v[0-9]+\.[0-9]+\.[0-9]+ ]] || tag=$MUSTER_ACTION_REF
  fi
  [[ $tag =~ ^(latest|source|v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?)$ ]] ||
    fail 'version: want a tag such as v1.2.3, latest, or source'
  [[ $tag != latest ]] || strict=false
  [[ -z ${MUSTER_MIRROR:-} ]] || strict=true
}

# bases lists where releases are looked for: the mirror alone if there is one, else the host that the workflow runs on, and
# github.com if that is another.
bases() {
  if [[ -n ${MUSTER_MIRROR:-} ]]; then
    printf '%s\n' "${MUSTER_MIRROR%/}"
    return
  fi
  local server=${GITHUB_SERVER_URL:-https://github.com}
  printf '%s/%s/releases\n' "${server%/}" "${MUSTER_ACTION_REPOSITORY:-passmuster/muster}"
  [[ ${server%/} == https://github.com ]] || printf 'https://github.com/passmuster/muster/releases\n'
}

check_base() {
  [[ $1 =~ ^https://[^[:space:][:cntrl:]]+$ || $1 =~ ^http://(localhost|127\.0\.0\.1)(:[0-9]+)?(/[^[:space:][:cntrl:]]*)?$ ]] ||
    fail 'mirror: want an https:// address'
}

# fetch URL FILE downloads; it returns 1 if the server has no such file, and ends the run if there is no answer.
fetch() {
  local status=0 code
  code=$(curl --globoff --silent --show-error --location --proto "=${1%%:*}" --proto-redir "=${1%%:*}" --netrc-optional \
    --retry 3 --connect-timeout 20 --max-time 900 --output "$2" --write-out '%{http_code}' --url "$1") || status=$?
  if ((status != 0)); then
    fail 'releases of muster are out of reach of this runner (the lines above say why). Where it has no access to them, set mirror, binary-path, or version: source'
  fi
  case $code in
    200) return 0 ;;
    404 | 410) return 1 ;;
    *) fail "the server of the releases answers with status $code" ;;
  esac
}

digest() {
  if command -v sha256sum >/dev/null; then
    sha256sum "$1"
  else
    shasum -a 256 "$1"
  fi | cut -d ' ' -f 1
}

# download BASE fetches and verifies; it returns 1 if there is no such release.
download() {
  local at=$1/download/$tag expected
  [[ $tag != latest ]] || at=$1/latest/download
  fetch "$at/checksums.txt" checksums.txt || return 1
  # A server that wants a login answers with a page; that has no such line either.
  expected=$(awk -v name="$asset" '{sub(/^\*/, "", $2)} $2 == name {print $1}' checksums.txt)
  [[ $expected =~ ^[0-9a-f]{64}$ ]] || return 1
  fetch "$at/$asset" "$asset" || fail "$asset is named in checksums.txt of the release, and is not there"
  [[ $(digest "$asset") == "$expected" ]] || fail "$asset does not have the checksum that the release names: it was cut off, or altered. It was not run"
  tar -xzf "$asset" "$program" || fail "$asset has no $program"
  chmod +x "$program"
}

build() {
  command -v go >/dev/null || fail "$1, and there is no Go to build it from source. Add actions/setup-go before this action, or set version, mirror or binary-path"
  say "$1: building it from source, which takes a few minutes"
  # What the workflow set up for its own builds does not hold for this one.
  (cd "$GITHUB_ACTION_PATH" && env -u GOFLAGS -u GOOS -u GOARCH GOWORK=off CGO_ENABLED=0 \
    go build -trimpath -ldflags '-s -w' -o "$dir/$program" ./cmd/muster) ||
    fail 'muster could not be built from source (the lines above say why); set version, mirror or binary-path'
}

main() {
  [[ -z ${MUSTER_BINARY_PATH:-} ]] || use_given
  [[ -z ${MUSTER_MIRROR:-} ]] || check_base "$MUSTER_MIRROR"
  local base asset program tag strict dir
  wanted
  platform
  cd "${RUNNER_TEMP:?}"
  dir=$PWD/$(mktemp -d muster-XXXXXX)
  cd "$dir"
  if [[ $tag == source ]]; then
    build 'version: source'
    found "$dir/$program"
  fi
  while IFS= read -r base; do
    if download "$base"; then
      say "$asset of $tag has the checksum that its release names"
      found "$dir/$program"
    fi
  done < <(bases)
  [[ $strict == false ]] || fail "$tag: there is no such release for this runner ($asset)"
  build 'there is no release of muster for this runner'
  found "$dir/$program"
}

main
