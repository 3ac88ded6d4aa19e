#!/usr/bin/env bash
# Installs the header, the compiled library and what CMake and pkg-config need to find them; used by `make install`.
#   tools/install.sh PREFIX LIBRARY PKG_CONFIG_NAME...
# The names are the libraries that fastapi may use; those that pkg-config knows here are required by the .pc files.
set -eu
cd "$(dirname "$0")/.."
prefix=$1 library=$2
shift 2

part() { sed -n "s/^ *# *define  *FASTAPI_VERSION_$1  *\([0-9][0-9]*\).*/\1/p" include/fastapi/version.hpp; }
version="$(part MAJOR).$(part MINOR).$(part PATCH)"
requires=""
for package in "$@" nlohmann_json; do
    if pkg-config --exists "$package" 2>/dev/null; then requires="$requires${requires:+ }$package"; fi
done

# fill TEMPLATE NAME=VALUE...
fill() {
    local template=$1 pair
    local edits=(-e "s|@VERSION@|$version|g" -e "s|@COMPATIBLE@|$(part MAJOR).$(part MINOR)|g"
        -e "s|@INCLUDEDIR@|include|g" -e "s|@LIBDIR@|lib|g" -e "s|@REQUIRES@|$requires|g")
    shift
    for pair in "$@"; do edits+=(-e "s|@${pair%%=*}@|${pair#*=}|g"); done
    sed "${edits[@]}" "$template"
}

config="$prefix/lib/cmake/fastapi" pkgconfig="$prefix/lib/pkgconfig"
mkdir -p "$prefix/include" "$config" "$pkgconfig"
install -m 644 fastapi.hpp "$prefix/include/fastapi.hpp"
install -m 644 "$library" "$prefix/lib/libfastapi.a"
install -m 644 cmake/FastapiDependencies.cmake "$config/"
fill cmake/fastapiConfig.cmake.in UP=../../.. FASTAPI_PORTABLE_SERVER=OFF >"$config/fastapiConfig.cmake"
fill cmake/fastapiConfigVersion.cmake.in >"$config/fastapiConfigVersion.cmake"
fill fastapi.pc.in UP=../.. NAME=fastapi CFLAGS= LIBS= >"$pkgconfig/fastapi.pc"
# shellcheck disable=SC2016
fill fastapi.pc.in UP=../.. NAME=fastapi-compiled 'CFLAGS=-DFASTAPI_COMPILED_LIB ' 'LIBS=-L${libdir} -lfastapi ' \
    >"$pkgconfig/fastapi-compiled.pc"
echo "fastapi $version is installed in $prefix."
