#!/usr/bin/env bash
# The folded fastapi.hpp as a user has it: one file, no include path but its own folder, all warnings are errors.
# Prints "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 1
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
export out

clang=
for v in 16 17 18 19 20 21; do
    command -v "clang++-$v" >/dev/null 2>&1 && { clang=clang++-$v; break; }
done
[ -z "$clang" ] && clang=$(command -v clang++)

ccache=$(command -v ccache)
# What is there of the libraries that the header may use: cflags to compile with, libs to link with.
cflags="$(pkg-config --cflags cpp-httplib 2>/dev/null) -pthread"
libs="-Wl,--as-needed"
for package in cpp-httplib re2 sqlite3 libssl libcrypto zlib libargon2; do libs="$libs $(pkg-config --libs $package 2>/dev/null)"; done
strict="-std=c++20 -I. -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"
gcc="$ccache ${CXX:-g++} $strict"

# A case is a name and a command; the cases run side by side.
cases=()
add() { cases+=("$1=$2"); }

# The program prints an OpenAPI document
prints='python3 -c "import json, sys; sys.exit(\"openapi\" not in json.load(sys.stdin))"'

add "one file, g++, every warning" "$gcc -fsyntax-only tests/header_only/alone.cpp $cflags"
[ -n "$clang" ] && add "one file, $clang, every warning" "$clang $strict -fsyntax-only tests/header_only/alone.cpp $cflags"
add "two files with the whole header, linked together" "
    $gcc -c tests/header_only/one.cpp -o $out/one.o $cflags && $gcc -c tests/header_only/two.cpp -o $out/two.o $cflags &&
    $gcc $out/one.o $out/two.o -o $out/two $libs -pthread && $out/two --openapi | $prints"
add "two files and the compiled form" "
    printf '#define FASTAPI_IMPLEMENTATION\n#include \"fastapi.hpp\"\n' >$out/impl.cpp &&
    $gcc -c $out/impl.cpp -o $out/impl.o $cflags && $gcc -DFASTAPI_COMPILED_LIB -c tests/header_only/one.cpp -o $out/cone.o &&
    $gcc -DFASTAPI_COMPILED_LIB -c tests/header_only/two.cpp -o $out/ctwo.o &&
    $gcc $out/cone.o $out/ctwo.o $out/impl.o -o $out/compiled $libs -pthread && $out/compiled --openapi | $prints"
if [ -f examples/hello.cpp ]; then
    # The line that the README gives: no library is named, so none may be needed.
    add "the README's one line" "${CXX:-g++} -std=c++20 -I. examples/hello.cpp -o $out/hello -pthread && $out/hello --openapi | $prints"
    # Whoever has httplib.h, in whatever order, can mount the application.
    add "mount_on, httplib.h first" "printf '#include <httplib.h>\n#include \"fastapi.hpp\"\nvoid mount(fastapi::FastAPI& app, httplib::Server& server) { app.mount_on(server); }\n' >$out/first.cpp &&
        $gcc -fsyntax-only $out/first.cpp $cflags"
    add "mount_on, httplib.h last, compiled form" "printf '#include \"fastapi.hpp\"\n#include <httplib.h>\nvoid mount(fastapi::FastAPI& app, httplib::Server& server) { app.mount_on(server); }\n' >$out/last.cpp &&
        $gcc -DFASTAPI_COMPILED_LIB -c $out/last.cpp -o $out/last.o $cflags"
fi
# A precompiled header of it: no warning, and the compiler takes it for #include "fastapi.hpp".
add "a precompiled header" "
    mkdir -p $out/pch && cp fastapi.hpp examples/hello.cpp $out/pch && cd $out/pch && ${CXX:-g++} -std=c++20 -Wall -Wextra -Werror $cflags fastapi.hpp &&
    mv fastapi.hpp fastapi.gone && ${CXX:-g++} -std=c++20 -Wall -Wextra -Werror -fsyntax-only $cflags hello.cpp"
# What the documentation adds to a header-only program.
add "-DFASTAPI_PORTABLE_SERVER" "$gcc -DFASTAPI_PORTABLE_SERVER -fsyntax-only tests/header_only/one.cpp $cflags"
# A system without epoll, as far as this one can stand for it.
add "not Linux" "$gcc -U__linux__ -fsyntax-only tests/header_only/one.cpp $cflags"
# 32 bits and a char without a sign; where there is no ARM, at least the latter. The program is static: it brings its C library.
small=tests/header_only/small_machine.cpp
if command -v arm-linux-gnueabihf-g++ >/dev/null 2>&1 && command -v qemu-arm >/dev/null 2>&1; then
    no="-DFASTAPI_NO_SQLITE -DFASTAPI_NO_TLS -DFASTAPI_NO_OPENSSL -DFASTAPI_NO_ZLIB -DFASTAPI_NO_RE2"
    add "a small machine: ARM with 32 bits" "mkdir $out/arm && ln -s /usr/include/nlohmann $out/arm/nlohmann &&
        arm-linux-gnueabihf-g++ $strict -Wno-psabi -D_FILE_OFFSET_BITS=64 $no -idirafter $out/arm -static $small -o $out/small -pthread && timeout 60 qemu-arm $out/small"
else
    add "a small machine: char without a sign" "$gcc -funsigned-char $small -o $out/small $cflags $libs && timeout 60 $out/small"
fi
# Every switch that the documentation names, alone and all together.
switches=$(cat README.md docs/*.md 2>/dev/null | grep -oE '\bFASTAPI_NO_[A-Z0-9_]+' | sort -u)
for switch in $switches; do
    add "-D$switch" "$gcc -D$switch -fsyntax-only tests/header_only/one.cpp $cflags"
done
if [ "$(wc -w <<<"$switches")" -gt 1 ]; then
    # shellcheck disable=SC2086
    add "all switches together" "$gcc $(printf -- '-D%s ' $switches) -fsyntax-only tests/header_only/one.cpp $cflags"
fi

one() {
    local name=${1%%=*} log
    log=$(mktemp "$out/log.XXXXXX")
    if bash -c "${1#*=}" >"$log" 2>&1 </dev/null; then
        echo "passed $name"
    else
        echo "FAILED header-only: $name"
        grep -m 20 -E 'error|undefined|warning|Error' "$log" || tail -n 20 "$log"
    fi
}
export -f one

output=$(printf '%s\0' "${cases[@]}" | xargs -0 -P "$(nproc 2>/dev/null || echo 2)" -I{} bash -c 'one "$1"' _ {})
grep -v '^passed ' <<<"$output"
failed=$(grep -c '^FAILED ' <<<"$output")
echo "$((${#cases[@]} - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
