#!/usr/bin/env bash
# Runs one test suite and writes its result into the ledger (tools/results.sh).
#   suite.sh NAME COMMAND...
# The counts are read from the command's last "N passed, N failed" or from doctest's closing line; a command
# without either counts as one test. It exits 0 also when tests failed, so that the suites after it still run:
# the ledger remembers. TOGETHER=1 prints what the command says when it has ended, for suites that run side by side.
set -u
here=$(dirname "$0")
name=$1
shift
began=$SECONDS
counts=$(mktemp) || exit 1
said=$(mktemp) || exit 1
trap 'rm -f "$counts" "$said"' EXIT
keep() { if [ -n "${TOGETHER:-}" ]; then cat >"$said"; else tee "$said"; fi; }

"$@" </dev/null 2>&1 | while IFS= read -r line || [ -n "$line" ]; do
    if [[ $line =~ ^([A-Za-z_-]+:\ )?([0-9]+)\ passed,\ ([0-9]+)\ failed(,.*)?$ ]]; then
        echo "${BASH_REMATCH[2]} ${BASH_REMATCH[3]}" >"$counts" # said again below, under the suite's name
        continue
    elif [[ $line =~ test\ cases:\ +[0-9]+\ \|\ +([0-9]+)\ passed\ \|\ +([0-9]+)\ failed ]]; then
        echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]}" >"$counts"
    fi
    printf '%s\n' "$line"
done | keep
status=${PIPESTATUS[0]}

if [ -s "$counts" ]; then
    read -r passed failed <"$counts"
    # A crash after the counts, or an error that no test owns, is a failure too.
    [ "$status" -ne 0 ] && [ "$failed" -eq 0 ] && failed=1
elif [ "$status" -eq 0 ]; then
    passed=1 failed=0
else
    passed=0 failed=1
fi
[ -n "${TOGETHER:-}" ] && cat "$said"
"$here/results.sh" add "$name" "$passed" "$failed" $((SECONDS - began)) "$said"
