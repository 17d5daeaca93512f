#!/usr/bin/env bash
# Every check there is, in the order in which they are quick: what `make test` and .ci/run do. Stops at the first that fails.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export PATH="$PWD/.venv/bin:$PATH"

summary=()

step() {
    local title=$1 began=$SECONDS outcome
    shift
    printf '\n== %s\n' "$title"
    "$@"
    outcome=$?
    summary+=("$(printf '%-18s %4d s  %s' "$title" $((SECONDS - began)) "$([ $outcome = 0 ] && echo passed || echo FAILED)")")
    if [ $outcome != 0 ]; then
        tell_summary
        exit $outcome
    fi
}

tell_summary() {
    printf '\n== summary\n'
    printf '%s\n' "${summary[@]}"
}

# The folders among those named that hold Python files.
with_python() {
    local folder
    for folder in "$@"; do
        if [ -d "$folder" ] && [ -n "$(find "$folder" -name '*.py' -not -path '*/.*' -print -quit)" ]; then
            echo "$folder"
        fi
    done
}

# Pages need a browser. Without one the checks of a developer go on and say so; those of CI do not.
pages=()
if chromium=$(bash ops/chromium.sh); then
    export HANOISMART_CHROMIUM=$chromium
elif [ -n "${CI:-}" ]; then
    echo "CI is set, and the page tests need a Chromium." >&2
    exit 1
else
    echo "PAGE TESTS ARE LEFT OUT: there is no Chromium on this machine." >&2
    pages=(-m "not page")
fi

mapfile -t typed < <(with_python kernel identity notifications payments social plugins app miniapps sdk/python/src tests bench migrations)

step "format" ruff format --check .
step "lint" ruff check .
step "types" mypy "${typed[@]}"
step "floors" lint-imports
step "sdk tests" pytest -n 2 sdk/python/tests
# The tests come last and their closing line after everything else, so that the end of a log tells how it went.
tell_summary
# Three workers for two cores: the long stories mostly wait for the house they start.
step "tests" pytest -n 3 --dist worksteal "${pages[@]}" $(with_python tests miniapps)
