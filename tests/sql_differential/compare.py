#!/usr/bin/env python3
"""Compares the answers of both sides, and their database files: compare.py SEQUENCES OURS THEIRS FOLDER.

Prints each sequence's first difference with the operations up to it, then what was met, then "N passed, M failed".
"""

import collections
import decimal
import json
import os
import sqlite3
import sys
from datetime import datetime, timedelta

from schema import KEYS, SCHEMA

MAX_SHOWN = 10


def text(value):
    return json.dumps(value, ensure_ascii=False)


def ordered(rows):
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


def same(op, ours, theirs):
    """Where the two differ; None where they do not."""
    if op is None:
        return None if ours == theirs else (ours, theirs)
    if op["op"] == "nested":
        for inner, a, b in zip(op["operations"], ours.get("answers", []), theirs.get("answers", []), strict=False):
            if found := same(inner, a, b):
                return inner, *found[-2:]
        return None if len(ours.get("answers", [])) == len(theirs.get("answers", [])) else (ours, theirs)
    if "rows" in ours and "rows" in theirs and (op.get("ordered") is False or op.get("returning")):
        return None if ordered(ours["rows"]) == ordered(theirs["rows"]) else (ours, theirs)
    return None if ours == theirs else (ours, theirs)


def decoded(kind, value):
    """A cell of a file, where the two store the same thing in different forms."""
    if value is None:
        return None
    if kind == "decimal":  # exact text here, a number there
        return decimal.Decimal(str(value)).quantize(decimal.Decimal("0.01"))
    if kind in ("list", "gear"):  # JSON with other spaces
        return json.loads(value)
    if kind == "aware":  # the offset of UTC is written here, and not there
        return value.removesuffix("+00:00")
    if kind == "interval" and isinstance(value, str):  # microseconds here, a date counted from 1970 there
        return (datetime.fromisoformat(value) - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    return value


def file_rows(path):
    connection = sqlite3.connect(path)
    try:
        out = {}
        for table, columns in SCHEMA.items():
            rows = connection.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {', '.join(KEYS[table])}").fetchall()
            kinds = [kind for kind, _ in columns.values()]
            # The types count: 1 is not 1.0, and text no bytes.
            out[table] = [[(type(v).__name__, v) for v in map(decoded, kinds, row)] for row in rows]
        broken = connection.execute("PRAGMA integrity_check").fetchall() + connection.execute("PRAGMA foreign_key_check").fetchall()
        return out, broken[1:] if broken[0] == ("ok",) else broken
    finally:
        connection.close()


class Tally:
    def __init__(self):
        self.kinds = collections.defaultdict(collections.Counter)
        self.errors = collections.Counter()

    def add(self, op, answer):
        row = self.kinds[op["op"]]
        row["all"] += 1
        if op["op"] == "nested":
            for inner, one in zip(op["operations"], answer["answers"]):
                self.add(inner, one)
            return
        if "error" in answer:
            row["failed"] += 1
            name = answer["error"]
            self.errors[f"{name} {answer['kind']}" if "kind" in answer else name] += 1
        elif answer.get("none") or answer.get("gone"):
            row["no object"] += 1
        elif (
            answer.get("rows")
            or answer.get("row")
            or answer.get("value")
            or answer.get("count")
            or answer.get("removed")
            or answer.get("tables")
        ):
            row["with rows"] += 1

    def print(self):
        print(f"{'operation':16}{'all':>8}{'with rows':>11}{'failed':>8}{'no object':>11}")
        for name, row in sorted(self.kinds.items()):
            print(f"{name:16}{row['all']:8}{row['with rows']:11}{row['failed']:8}{row['no object']:11}")
        print("errors, the same on both sides: " + ", ".join(f"{name} {count}" for name, count in sorted(self.errors.items())))


def main():
    sequences, ours, theirs, folder = sys.argv[1:5]
    passed = failed = 0
    tally = Tally()
    with open(sequences, encoding="utf-8") as a, open(ours, encoding="utf-8") as b, open(theirs, encoding="utf-8") as c:
        answers = [{line["seed"]: line["answers"] for line in map(json.loads, side)} for side in (b, c)]
        for line in a:
            sequence = json.loads(line)
            seed, operations = sequence["seed"], sequence["operations"]
            problem = None
            mine, other = (side.get(seed) for side in answers)
            if mine is None or other is None:
                problem = f"{'ours' if mine is None else 'SQLModel'} came to no end"
            else:
                for at, op in enumerate([*operations, None]):
                    if found := same(op, mine[at], other[at]):
                        what = found[0] if len(found) == 3 else op  # of a nested transaction the one in it
                        problem = f"operation {at + 1}, {text(what)}\n  ours     {text(found[-2])}\n  SQLModel {text(found[-1])}"
                        if failed < MAX_SHOWN:
                            problem += "\n  the operations so far:\n" + "\n".join("    " + text(one) for one in operations[: at + 1])
                        break
                    if op is not None:
                        tally.add(op, mine[at])
                if problem is None:
                    paths = [os.path.join(folder, f"{side}-{seed}.db") for side in ("ours", "theirs")]
                    (one, broken), (two, _) = map(file_rows, paths)
                    if broken:
                        problem = f"our file is broken: {broken}"
                    elif one != two:
                        problem = next(
                            f"the files differ in {table}\n  ours     {x}\n  SQLModel {y}"
                            for table in SCHEMA
                            for x, y in zip(one[table] + [None], two[table] + [None])
                            if x != y
                        )
            if problem is None:
                passed += 1
            else:
                failed += 1
                if failed <= MAX_SHOWN:
                    print(f"sql-differential: seed {seed}: {problem}")
    tally.print()
    print(f"sql-differential: {passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
