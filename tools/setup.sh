#!/usr/bin/env bash
# Installs the Debian packages that a target of the Makefile needs and that are not there yet.
#   tools/setup.sh run|test|test-all|bench|format|header
# Silent and quick when nothing is missing. FASTAPI_NO_SETUP=1 turns it off (own builds of the libraries).
set -u
[ -n "${FASTAPI_NO_SETUP:-}" ] && exit 0

# A package is given as itself when it is a library, as command:package when only its command matters.
libraries="libcpp-httplib-dev nlohmann-json3-dev libre2-dev libsqlite3-dev libssl-dev zlib1g-dev"
run="g++:g++ pkg-config:pkg-config $libraries"
test="$run python3:python3 curl:curl doctest-dev libkainjow-mustache-dev libargon2-dev libyaml-cpp-dev"

# The newest compilers differ in what they accept; we want clang 16 or the next one the distribution has.
clang_packages() {
    local v
    for v in 16 17 18 19 20 21; do
        command -v "clang++-$v" >/dev/null 2>&1 && { echo "clang-$v libclang-rt-$v-dev"; return; }
    done
    for v in 16 17 18 19 20 21; do
        apt-cache show "clang-$v" >/dev/null 2>&1 && { echo "clang-$v libclang-rt-$v-dev"; return; }
    done
    echo "clang-16 libclang-rt-16-dev"
}

# What a target can do without: a compiler for ARM and what runs its programs. Debian does not install it beside gcc-multilib.
optional() {
    [ "$1" = test-all ] && [ "$(dpkg --print-architecture)" = amd64 ] || return
    dpkg-query -W -f='${db:Status-Abbrev}' gcc-multilib 2>/dev/null | grep -q '^ii' && return
    echo "arm-linux-gnueabihf-g++:g++-arm-linux-gnueabihf qemu-arm:qemu-user"
}

wanted() {
    case "$1" in
    run) echo "$run" ;;
    test) echo "$test" ;;
    test-all) echo "$test cmake:cmake node:nodejs npm:npm python3-venv chromium:chromium $(clang_packages)" ;;
    bench) echo "$run gcc:gcc openssl:openssl python3:python3 python3-venv wrk:wrk valgrind:valgrind" ;;
    format) apt-cache show clang-format-16 >/dev/null 2>&1 && echo "clang-format-16:clang-format-16" || echo "clang-format:clang-format" ;;
    header) echo "python3:python3" ;;
    *) echo "setup: there is no list of packages named '$1'; there are run, test, test-all, bench, format and header." >&2; return 2 ;;
    esac
}

# Prints what is missing of the list. One call of dpkg-query for all libraries keeps this instantaneous.
missing() {
    local item packages=() have
    for item in $1; do
        case "$item" in
        *:*) command -v "${item%%:*}" >/dev/null 2>&1 || printf '%s ' "${item#*:}" ;;
        *) packages+=("$item") ;;
        esac
    done
    [ ${#packages[@]} -eq 0 ] && return
    have=" $(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' "${packages[@]}" 2>/dev/null | sed -n 's/^ii *//p' | tr '\n' ' ') "
    for item in "${packages[@]}"; do
        case "$have" in *" $item "*) ;; *) printf '%s ' "$item" ;; esac
    done
}

list=$(wanted "${1:-run}") || exit 2

if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-query >/dev/null 2>&1; then
    # Not Debian: the compiler itself tells whether the headers are there.
    headers="httplib.h nlohmann/json.hpp sqlite3.h"
    case "$list" in *doctest*) headers="$headers doctest/doctest.h" ;; esac
    for header in $headers; do
        printf '#include <%s>\n' "$header" | "${CXX:-c++}" -std=c++20 -E -x c++ - >/dev/null 2>&1 && continue
        echo "setup: <$header> is missing and this system has no apt-get; please install the equivalents of:" \
            "$(for item in $list; do printf '%s ' "${item#*:}"; done)" >&2
        exit 1
    done
    exit 0
fi

needed=$(missing "$list")
extra=$(missing "$(optional "${1:-run}")")
[ -z "$needed$extra" ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1; then
    as_root="sudo"
elif [ -z "$needed" ]; then
    exit 0
else
    echo "setup: these packages are missing, and only root can install them (there is no sudo): $needed" >&2
    exit 1
fi
echo "setup: installing with ${as_root:+sudo }apt-get: $needed$extra"
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300"
# The package lists may be empty or old on a new machine; without a network an old list may still do.
$apt update </dev/null >"$log" 2>&1
needed=$(missing "$(wanted "${1:-run}")") # with the lists there, another clang may be the right one
# shellcheck disable=SC2086
if [ -n "$needed" ] && ! $apt install -y --no-install-recommends $needed </dev/null >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "setup: apt-get could not install: $needed" >&2
    exit 1
fi
# shellcheck disable=SC2086
if [ -n "$extra" ] && ! $apt install -y --no-install-recommends $extra </dev/null >>"$log" 2>&1; then
    echo "setup: apt-get could not install, and it goes on without: $extra" >&2
fi
