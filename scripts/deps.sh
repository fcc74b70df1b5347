#!/usr/bin/env bash
# Installs what the checks need besides Go: a C compiler for the race detector, git, a browser for the pages of reports, and for drills
# a second data plane and what drops packets.
set -euo pipefail

packages=()
command -v gcc >/dev/null || packages+=(gcc libc6-dev)
command -v git >/dev/null || packages+=(git)
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || packages+=(chromium)
if [[ $(uname) == Linux ]]; then
  for tool in haproxy:haproxy nft:nftables ip:iproute2 unshare:util-linux; do
    PATH=$PATH:/usr/sbin:/sbin command -v "${tool%%:*}" >/dev/null || packages+=("${tool##*:}")
  done
fi
[[ ${#packages[@]} -eq 0 ]] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "Please install: ${packages[*]}" >&2
  exit 1
fi
sudo=()
[[ $EUID -eq 0 ]] || sudo=(sudo)
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" apt-get install -y --no-install-recommends "${packages[@]}"
