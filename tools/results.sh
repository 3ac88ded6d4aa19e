#!/usr/bin/env bash
# The ledger of one `make test` or `make test-all`: a line "suite passed failed seconds" for each suite.
#   results.sh begin                          start a new ledger
#   results.sh add SUITE PASSED FAILED [SECONDS [FILE]]  FILE: what the suite said, of which the failures are said again by total
#   results.sh total [LABEL]                  print the sum; exit 1 when something failed or nothing ran
# FASTAPI_ALL_RESULTS names a second ledger that `begin` leaves alone, for a script that sums several runs.
set -u
cd "$(dirname "$0")/.." || exit 1
ledger=${FASTAPI_RESULTS:-build/results.txt}
mkdir -p "$(dirname "$ledger")" || exit 1

case "${1:-}" in
begin)
    : >"$ledger"
    rm -f "$ledger.failures"
    ;;
add)
    line="$2 $3 $4 ${5:-0}"
    echo "$line" >>"$ledger"
    [ -n "${FASTAPI_ALL_RESULTS:-}" ] && echo "$line" >>"$FASTAPI_ALL_RESULTS"
    if [ "$4" -gt 0 ] && [ -f "${6:-}" ]; then
        # What doctest, the sanitizers, compilers and our own scripts write in front of a failure, with the lines behind it.
        awk -v suite="$2" '
            /^TEST CASE:|ERROR: (CHECK|REQUIRE|test case|.*Sanitizer|libFuzzer)|FAILED|SUMMARY: |: (fatal )?error: |WARNING: .*Sanitizer|^\*\*\* |make.*Error/ { left = 4 }
            left > 0 && n < 60 { print suite ": " $0; --left; ++n }' "$6" |
            tee -a "$ledger.failures" ${FASTAPI_ALL_RESULTS:+"$FASTAPI_ALL_RESULTS.failures"} >/dev/null
    fi
    echo "$2: $3 passed, $4 failed"
    ;;
total)
    [ -s "$ledger.failures" ] && cat "$ledger.failures"
    awk -v label="${2:-}" '
        { passed += $2; failed += $3; if ($3 > 0) bad = bad " " $1 }
        END {
            if (NR == 0) { print "No suite ran."; failed = 1 }
            if (bad != "") print "Failed suites:" bad
            printf "%s%d passed, %d failed\n", label == "" ? "" : label ": ", passed, failed
            exit failed > 0
        }' "$ledger"
    ;;
*)
    echo "results: say begin, add SUITE PASSED FAILED or total." >&2
    exit 2
    ;;
esac
