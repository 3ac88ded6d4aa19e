#!/usr/bin/env bash
# Wrong use must not compile, and the compiler must say why in our words.
# Each tests/compile_fail/*.cpp begins with one or more lines "// expect: TEXT"; compiling it must fail, and the
# compiler's output must hold every TEXT. It must not hold the TEXT of a line "// never: TEXT".
# COMPILER, when set, is the whole command; the Makefile gives one that uses its precompiled header, which saves time.
set -u
cd "$(dirname "$0")/../.." || exit 1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
printf '#pragma once\n#include "fastapi/fastapi.hpp"\n' >"$scratch/fastapi.hpp" # "fastapi.hpp" means the source tree

# The first error is mostly the one, and a compiler that stops there is many times as quick. What it says is a part of what it says
# without stopping, so that all words found is an answer; anything else is left to the whole compilation.
at_once() {
    local expected output
    grep -q '^// never:' "$1" && return 1
    output=$(LC_ALL=C $COMPILER -Wfatal-errors -fsyntax-only "$1" 2>&1) && return 1
    grep -q '^// expect:' "$1" || return 1
    while IFS= read -r expected; do
        case "$output" in *"$expected"*) ;; *) return 1 ;; esac
    done < <(tr -d '\r' <"$1" | sed -n 's|^// expect: *||p')
    echo "passed $1"
}

one() {
    local source=$1 output expected wanted=0 ok=1
    at_once "$source" && return
    if output=$(LC_ALL=C $COMPILER -fsyntax-only "$source" 2>&1); then
        echo "FAILED $source: it compiles, and should not."
        return
    fi
    while IFS= read -r expected; do
        wanted=$((wanted + 1))
        if ! grep -qF -- "$expected" <<<"$output"; then
            echo "FAILED $source: the compiler does not say: $expected"
            ok=0
        fi
    done < <(tr -d '\r' <"$source" | sed -n 's|^// expect: *||p')
    while IFS= read -r expected; do
        if grep -qF -- "$expected" <<<"$output"; then
            echo "FAILED $source: the compiler says: $expected"
            ok=0
        fi
    done < <(tr -d '\r' <"$source" | sed -n 's|^// never: *||p')
    if [ "$wanted" -eq 0 ]; then
        echo "FAILED $source: it has no line \"// expect: ...\"."
    elif [ "$ok" -eq 0 ]; then
        grep -m 12 -E 'error' <<<"$output"
    else
        echo "passed $source"
    fi
}
export -f one at_once
export COMPILER=${COMPILER:-"${CXX:-g++} -std=c++20 -DFASTAPI_COMPILED_LIB -I$scratch -Iinclude"}

output=$(find tests/compile_fail -name '*.cpp' | sort | xargs -r -P "$(nproc 2>/dev/null || echo 2)" -I{} bash -c 'one "$1"' _ {})
[ -n "$output" ] && grep -v '^passed ' <<<"$output"
echo "$(grep -c '^passed ' <<<"$output") passed, $(grep -oE '^FAILED [^:]*' <<<"$output" | sort -u | wc -l) failed"
! grep -q '^FAILED ' <<<"$output"
