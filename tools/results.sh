#!/usr/bin/env bash
# The ledger of one `make test` or `make test-all`: a line "suite passed failed seconds" for each suite.
#   results.sh begin                          start a new ledger
#   results.sh add SUITE PASSED FAILED [SECONDS]
#   results.sh total [LABEL]                  print the sum; exit 1 when something failed or nothing ran
# FASTAPI_ALL_RESULTS names a second ledger that `begin` leaves alone, for a script that sums several runs.
set -u
cd "$(dirname "$0")/.." || exit 1
ledger=${FASTAPI_RESULTS:-build/results.txt}
mkdir -p "$(dirname "$ledger")" || exit 1

case "${1:-}" in
begin)
    : >"$ledger"
    ;;
add)
    line="$2 $3 $4 ${5:-0}"
    echo "$line" >>"$ledger"
    [ -n "${FASTAPI_ALL_RESULTS:-}" ] && echo "$line" >>"$FASTAPI_ALL_RESULTS"
    echo "$2: $3 passed, $4 failed"
    ;;
total)
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
