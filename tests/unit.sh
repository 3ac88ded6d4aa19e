#!/usr/bin/env bash
# Runs the unit tests as two processes side by side: unit.sh BINARY FILE... [-- ARGUMENT...]
# The first has the tests of the files that are named, which wait for sockets and clocks; the second has all others. With arguments for
# doctest there is one process, which prints as it goes.
set -u
binary=$1
shift
files=""
while [ $# -gt 0 ] && [ "$1" != -- ]; do files="$files,*$1" && shift; done
[ $# -gt 0 ] && shift
[ $# -gt 0 ] && exec "$binary" "$@"

sockets=$(mktemp) others=$(mktemp)
trap 'rm -f "$sockets" "$others"' EXIT
"$binary" -sf="${files#,}" >"$sockets" 2>&1 &
"$binary" -sfe="${files#,}" >"$others" 2>&1
status=$?
wait $! || status=1
cat "$sockets" "$others"
# A process that did not come to its closing line is a failure.
cat "$sockets" "$others" | awk '/test cases:.*passed.*failed/ { gsub(/[^0-9|]/, ""); split($0, n, "|"); passed += n[2]; failed += n[3]; ends++ }
    END { print passed + 0 " passed, " failed + 2 - ends " failed" }'
exit "$status"
