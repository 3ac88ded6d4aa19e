#!/usr/bin/env bash
# The same random sequences of operations on the same tables, by our sql room and by SQLModel: the same rows, the same errors.
#   run.sh PROGRAM [SEQUENCES] [FIRST_SEED]   the program made from ours.cpp
# A failure is repeated by its seed: run.sh PROGRAM 1 SEED. The first run fetches SQLModel into build/sql_differential/.
set -u
cd "$(dirname "$0")/../.." || exit 1
program=$1
count=${2:-200}
first=${3:-1}
here=tests/sql_differential
folder=build/sql_differential
sqlmodel=0.0.50
sqlalchemy=2.1.9
export PYTHONDONTWRITEBYTECODE=1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$folder"

package() {
    "$folder/venv/bin/python" -c "import sqlalchemy, sqlmodel; raise SystemExit((sqlmodel.__version__, sqlalchemy.__version__) != ('$sqlmodel', '$sqlalchemy'))" 2>/dev/null && return
    python3 -m venv "$folder/venv" && "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "sqlmodel==$sqlmodel" "sqlalchemy==$sqlalchemy"
}
if ! package >"$scratch/log" 2>&1; then
    echo "sql-differential: pip cannot fetch sqlmodel $sqlmodel: $(tail -n 3 "$scratch/log")"
    echo "sql-differential: 0 passed, 1 failed"
    exit 1
fi
python=$folder/venv/bin/python

"$python" $here/generate.py "$count" "$first" >"$scratch/sequences" || exit 1
# A process a core; SQLModel takes nearly all of the time.
cores=$(nproc 2>/dev/null || echo 2)
split --number="r/$cores" "$scratch/sequences" "$scratch/part."
waiting=()
"$program" "$scratch/sequences" "$scratch" >"$scratch/ours" 2>"$scratch/ours.log" &
waiting+=($!)
for part in "$scratch"/part.*; do
    "$python" $here/sqlmodel_side.py "$part" "$scratch" >"$part-theirs" 2>"$part-log" &
    waiting+=($!)
done
wait "${waiting[@]}"
tail -n 5 "$scratch"/ours.log "$scratch"/part.*-log 2>/dev/null | grep -vE '^(==> .*)?$'
cat "$scratch"/part.*-theirs >"$scratch/theirs"
"$python" $here/compare.py "$scratch/sequences" "$scratch/ours" "$scratch/theirs" "$scratch"
