#!/usr/bin/env bash
# Runs the tests of each file in a process of its own: tsan.sh BINARY FILE... [-- ARGUMENT...]
# Servers are children that fork without exec, and what threads another file's tests have left must not be in them.
set -u
cd "$(dirname "$0")/.." || exit 1
binary=$1
shift
files=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do files+=("$1") && shift; done
[ $# -gt 0 ] && shift

# The sanitizer's shadow memory does not fit every layout that the kernel may choose at random; where we may, we turn that off.
fixed=()
machine=$(uname -m)
setarch "$machine" -R true 2>/dev/null && fixed=(setarch "$machine" -R)
# At its end the sanitizer waits a second for the races of others, which is long for hundreds of children.
export TSAN_OPTIONS="die_after_fork=0 atexit_sleep_ms=50 suppressions=tests/tsan.supp ${TSAN_OPTIONS:-}"

# Two files at a time: most of the time they wait.
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
one() { # NUMBER FILE ARGUMENT...
    local log=$scratch/$1 file=$2
    shift 2
    "${fixed[@]}" timeout 300 "$binary" -sf="*$file" "$@" >"$log" 2>&1
    echo $? >"$log.status"
}
number=0
for file in "${files[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
    one "$number" "$file" "$@" &
    number=$((number + 1))
done
wait

passed=0 failed=0
for ((i = 0; i < number; i++)); do
    output=$(cat "$scratch/$i")
    status=$(cat "$scratch/$i.status")
    printf '%s\n' "$output" | grep -vE '^\[doctest\] (doctest version|run with|assertions)'
    counts=$(printf '%s\n' "$output" | sed -nE 's/.*test cases: +[0-9]+ \| +([0-9]+) passed \| +([0-9]+) failed.*/\1 \2/p' | tail -n 1)
    read -r good bad <<<"${counts:-0 1}"
    [ "$status" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
    passed=$((passed + good)) failed=$((failed + bad))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
