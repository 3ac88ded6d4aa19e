#!/usr/bin/env bash
# Tries built example programs, each given as BINARY=SOURCE. A program that serves (it calls .run) is asked for its
# OpenAPI document, any other is run to its end. Prints "N passed, N failed".
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
passed=0 failed=0
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
ln -s "$root/examples" "$scratch/examples" # a program may serve files that lie beside it

fail() {
    failed=$((failed + 1))
    echo "$1"
    [ -s "$scratch/err" ] && tail -n 20 "$scratch/err"
}

for pair in "$@"; do
    binary=${pair%%=*} source=${pair#*=}
    case "$binary" in /*) ;; *) binary=$PWD/$binary ;; esac
    : >"$scratch/err"
    if [ ! -f "$source" ]; then
        fail "$source does not exist."
        continue
    fi
    if [ ! -x "$binary" ] || [ "$binary" -ot "$source" ]; then
        fail "$source does not compile."
        continue
    fi
    # The precompiled header would hide that the include is missing.
    if ! grep -qE '^ *# *include *[<"](fastapi\.hpp|fastapi/)' "$source" && ! grep -qE '^ *# *include *"' "$source"; then
        fail "$source does not include fastapi.hpp."
        continue
    fi
    if grep -q '\.run(' "$source"; then
        (cd "$scratch" && timeout 20 "$binary" --openapi </dev/null >out 2>err)
        status=$?
        if [ "$status" -ne 0 ]; then
            fail "$source: --openapi ended with status $status."
        elif ! python3 -c 'import json, sys; sys.exit("openapi" not in json.load(sys.stdin))' <"$scratch/out" 2>"$scratch/err"; then
            fail "$source: --openapi does not print an OpenAPI document."
        else
            passed=$((passed + 1))
        fi
    else
        (cd "$scratch" && timeout 30 "$binary" </dev/null >out 2>err)
        status=$?
        if [ "$status" -ne 0 ]; then fail "$source ended with status $status."; else passed=$((passed + 1)); fi
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
