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

one() {
    local source=$1 output expected wanted=0 ok=1
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
export -f one
export COMPILER=${COMPILER:-"${CXX:-g++} -std=c++20 -DFASTAPI_COMPILED_LIB -I$scratch -Iinclude"}

output=$(find tests/compile_fail -name '*.cpp' | sort | xargs -r -P "$(nproc 2>/dev/null || echo 2)" -I{} bash -c 'one "$1"' _ {})
[ -n "$output" ] && grep -v '^passed ' <<<"$output"
echo "$(grep -c '^passed ' <<<"$output") passed, $(grep -oE '^FAILED [^:]*' <<<"$output" | sort -u | wc -l) failed"
! grep -q '^FAILED ' <<<"$output"
