#!/usr/bin/env bash
# Prints the path of a Chromium for the page tests: one that is there, else Debian's own, installed when this runs as root.
# Leaves with 1 and a word on stderr when there is none to be had.
set -uo pipefail

find_one() {
    local name
    for name in "${HANOISMART_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
        if [ -n "$name" ] && command -v "$name"; then
            return 0
        fi
    done
    return 1
}

find_one && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "No Chromium on this machine: installing Debian's (once)." >&2
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    if ! { apt-get update && apt-get install --yes --no-install-recommends chromium; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
    fi
    rm -f "$log"
    find_one && exit 0
fi

echo "No Chromium found (chromium, chromium-browser, google-chrome), and none could be installed: as root, 'apt-get install chromium'." >&2
exit 1
