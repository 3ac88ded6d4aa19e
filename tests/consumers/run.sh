#!/usr/bin/env bash
# Builds small projects that stand outside this one, in each way that fastapi can be used, and tries both forms of it.
# Nothing is fetched from a network and nothing is written into the checkout.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
jobs=$(nproc 2>/dev/null || echo 2)
passed=0 failed=0

# They compile the same files again and again: each is compiled once.
mkdir "$scratch/once"
export ONCE=$scratch/once CMAKE_CXX_COMPILER_LAUNCHER=$root/tests/consumers/once.sh
unset MAKEFLAGS MFLAGS # this is another build, not a part of the one that calls us

ok() { passed=$((passed + 1)); }
bad() {
    failed=$((failed + 1))
    echo "$1"
    [ -n "${2:-}" ] && tail -n 25 "$2"
}

# step LOG SENTENCE COMMAND...
step() {
    local log=$1 sentence=$2
    shift 2
    "$@" >"$log" 2>&1 </dev/null && return 0
    bad "$sentence" "$log"
    return 1
}

# Both programs of a consumer must print their OpenAPI document.
try() {
    local name=$1 dir=$2 program
    for program in app app_compiled; do
        if "$dir/$program" --openapi 2>"$scratch/err" </dev/null |
            python3 -c 'import json, sys; sys.exit("openapi" not in json.load(sys.stdin))' 2>>"$scratch/err"; then
            ok
        else
            bad "consumer $name: $program --openapi does not print an OpenAPI document." "$scratch/err"
        fi
    done
}

# with_cmake NAME [CMAKE ARGUMENT...]
with_cmake() {
    local name=$1 dir=$scratch/$1
    shift
    step "$scratch/log" "consumer $name: cmake cannot configure it." cmake -S "$dir" -B "$dir/build" -Wno-dev "$@" &&
        step "$scratch/log" "consumer $name: it does not build." cmake --build "$dir/build" -j "$jobs" --target app app_compiled &&
        try "$name" "$dir/build"
}

# The checkout as somebody else would get it: without what was built in it.
mkdir "$scratch/fastapi"
tar -C "$root" --exclude=./build --exclude=./.git --exclude=./swagger-ui -cf - . | tar -C "$scratch/fastapi" -xf -
tar -C "$scratch" -czf "$scratch/fastapi.tar.gz" fastapi
cp -r "$root"/tests/consumers/*/ "$scratch/"
mkdir "$scratch/add_subdirectory/third_party"
ln -s "$scratch/fastapi" "$scratch/add_subdirectory/third_party/fastapi"

with_cmake add_subdirectory
with_cmake fetchcontent -DFASTAPI_ARCHIVE="$scratch/fastapi.tar.gz"

# Two ways to install, and each way to use what was installed.
version=$(sed -n 's/^# *define FASTAPI_VERSION_\(MAJOR\|MINOR\|PATCH\) *\([0-9]*\).*/\2/p' "$root/include/fastapi/version.hpp" | paste -sd.)
if step "$scratch/log" "install: make install fails." make -C "$scratch/fastapi" install PREFIX="$scratch/by_make" FASTAPI_NO_SETUP=1; then
    with_cmake find_package -DCMAKE_PREFIX_PATH="$scratch/by_make" -DFASTAPI_VERSION="$version"
    export PKG_CONFIG_PATH="$scratch/by_make/lib/pkgconfig"
    step "$scratch/log" "consumer pkgconfig: it does not build." make -C "$scratch/pkgconfig" -j "$jobs" &&
        try pkgconfig "$scratch/pkgconfig"
    unset PKG_CONFIG_PATH
fi
if step "$scratch/log" "install: cmake cannot configure the project." cmake -S "$scratch/fastapi" -B "$scratch/own" -DFASTAPI_BUILD_TESTS=OFF &&
    step "$scratch/log" "install: cmake cannot build the project." cmake --build "$scratch/own" -j "$jobs" &&
    step "$scratch/log" "install: cmake --install fails." cmake --install "$scratch/own" --prefix "$scratch/by_cmake"; then
    mv "$scratch/find_package" "$scratch/find_package_cmake" && rm -rf "$scratch/find_package_cmake/build"
    mv "$scratch/by_cmake" "$scratch/moved" # an installation may be moved
    with_cmake find_package_cmake -DCMAKE_PREFIX_PATH="$scratch/moved" -DFASTAPI_VERSION="$version"
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
