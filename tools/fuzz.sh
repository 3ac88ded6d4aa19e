#!/usr/bin/env bash
# Runs libFuzzer programs for a while each, some at a time: fuzz.sh SECONDS JOBS BINARY...
# New inputs are kept in build/corpus/NAME; tests/fuzz/corpus/NAME holds the seeds, if there are any.
set -u
cd "$(dirname "$0")/.." || exit 1
seconds=$1 jobs=$2
shift 2
mkdir -p build/corpus build/crashes

one() {
    local binary=$1 name log
    name=$(basename "$binary")
    log=build/crashes/$name.log
    local seeds=()
    [ -d "tests/fuzz/corpus/$name" ] && seeds=("tests/fuzz/corpus/$name")
    mkdir -p "build/corpus/$name"
    if "$binary" -max_total_time="$SECONDS_EACH" -timeout=10 -rss_limit_mb=3000 -artifact_prefix="build/crashes/$name-" \
        "build/corpus/$name" "${seeds[@]}" >"$log" 2>&1; then
        echo "fuzz $name: $(sed -n 's/^Done \([0-9]* runs\).*/\1/p' "$log")"
    else
        echo "fuzz $name FAILED:"
        grep -vE '^#[0-9]+\s+(NEW|REDUCE|pulse|RELOAD|INITED|DONE)' "$log" | tail -n 40
    fi
}
export -f one
export SECONDS_EACH=$seconds

[ $# -eq 0 ] && { echo "0 passed, 0 failed"; exit 0; }
output=$(printf '%s\n' "$@" | xargs -P "$jobs" -I{} bash -c 'one "$1"' _ {})
printf '%s\n' "$output"
failed=$(printf '%s\n' "$output" | grep -c 'FAILED:$')
echo "$(($# - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
