#!/usr/bin/env python3
"""Sequences of database operations, one a line as JSON, for the two sides to run: generate.py COUNT [FIRST_SEED] [OPERATIONS].

A sequence follows from its seed. What is random is random within pools so small that rows are found and constraints are broken.
"""

import json
import random
import sys

from schema import DEFAULTS, EXISTS, FOREIGN, GROUPS, JOINS, KEYS, SCHEMA

CODES = ["AT", "BE", "CH", "DE", "FRA", "GB"]
NAMES = [
    "Ann",
    "ann",
    "Bob",
    "Cid",
    "Dora",
    "100%",
    "a_b",
    "O'Hara",
    'say "x"',
    "Ärger",
    "Zoë",
    "back\\slash",
    "ABBA",
    "Eve",
    "Finn",
    "Gus",
]
WORDS = NAMES + ["", "red", "Red", "two words", "  ", "NULL", "%", "_", "1", "日本"]
PATTERNS = ["%a%", "A%", "_n_", "%", "", "%\\%", "b_b", "%b", "Ä%", "ä%", "%'%", "an", "a_b", "100%"]
COMPARISONS = ["==", "!=", "<", "<=", ">", ">="]
UNORDERED = {"list", "gear"}


class Sequence:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.depth = 0

    def chance(self, percent):
        return self.random.random() * 100 < percent

    def pick(self, items):
        return self.random.choice(items)

    # --- values ---------------------------------------------------------------------------------------------------------

    def value(self, table, column, bad=4):
        kind, nullable = SCHEMA[table][column]
        place = f"{table}.{column}"
        r = self.random
        if nullable and self.chance(25):
            return None
        wrong = self.chance(bad)
        if place in ("countries.code", "teams.country", "links.country"):
            return self.pick(
                ["", "X", "LONG"]
                if wrong and place == "countries.code"
                else ["??", "XX"] if wrong else CODES if place == "countries.code" or self.chance(10) else CODES[:4]
            )
        if place == "teams.name":
            return self.pick(["", "n" * 21]) if wrong else f"{self.pick(NAMES)} {r.randint(1, 3)}"
        if place == "countries.name":
            return f"{self.pick(NAMES)} {r.randint(1, 2)}"
        if place == "heroes.name":
            return self.pick(["", "thirteen char"]) if wrong else self.pick(NAMES)
        if place == "missions.title":
            return f"{self.pick(NAMES)} {r.randint(1, 4)}"
        if place == "heroes.age":
            return self.pick([-1, 151]) if wrong else self.pick([0, 150, r.randint(1, 99), r.randint(1, 9)])
        if place == "heroes.power":
            return self.pick([-0.5, 1000.25]) if wrong else self.pick([0.0, 1000.0, 0.1, 1e-9, r.uniform(0, 1000), r.randint(0, 99) / 4])
        if place == "missions.score":
            return self.pick([-100.0, 100.0]) if wrong else self.pick([0.0, 99.99, -1.5, r.uniform(-99, 99), r.randint(-9, 9) / 2])
        if place == "links.level":
            return self.pick([100, 5000]) if wrong else r.randint(-5, 30)
        if place == "countries.population":
            return -1 if wrong else self.pick([0, 2**31, 2**53 + 1, 2**62, r.randint(1, 10**9)])
        if place in ("heroes.team_id", "missions.team_id"):
            return 99 if wrong else r.randint(1, 3)
        if place in ("heroes.mentor_id", "missions.hero_id", "links.hero_id"):
            return 99 if wrong else r.randint(1, 7) if self.chance(15) else r.randint(1, 5)
        if column == "id":
            return r.randint(1, 14)
        if kind == "decimal":
            cents = -1 if wrong else self.pick([0, 1, 150, 99999999, r.randint(0, 100000)])
            if place == "missions.reward" and not wrong:
                cents += 1
            sign = "-" if cents < 0 else ""
            return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02}"
        if kind == "str":
            return self.pick(WORDS)
        if kind == "bool":
            return self.chance(50)
        if kind == "enum":
            return self.pick(["rookie", "veteran", "legend"])
        if kind == "date":
            return f"{self.pick([1, 1969, 2000, 2024, 9999]):04}-{r.randint(1, 12):02}-{r.randint(1, 28):02}"
        if kind in ("datetime", "aware"):
            fraction = self.pick(["", "", ".000001", ".5", f".{r.randint(0, 999999):06}"])
            day = f"{self.pick([1970, 2000, 2024])}-{r.randint(1, 12):02}-{r.randint(1, 3):02}"
            time = f"{r.randint(0, 23):02}:{r.randint(0, 59):02}:{self.pick(['00', '59'])}{fraction}"
            return f"{day}T{time}" + (self.pick(["Z", "+00:00", "+02:00", "-11:30"]) if kind == "aware" else "")
        if kind == "uuid":
            return f"{self.pick([0, 1, 10, 15]):08x}-6f1d-4e7b-8f3a-{r.randint(0, 4):012x}"
        if kind == "bytes":
            return self.pick(["", "00", "ff00", "27", "c3", bytes(r.randrange(256) for _ in range(9)).hex()])
        if kind == "interval":  # microseconds
            return self.pick([0, 1, -1, 90_000_000, -3_600_000_000, 86_400_000_000 * 400, r.randint(-(10**12), 10**12)])
        if kind == "list":
            return [r.randint(-9, 9) for _ in range(r.randint(0, 3))]
        if kind == "gear":
            return {"weight": r.randint(0, 99), "names": [self.pick(WORDS) for _ in range(r.randint(0, 2))]}
        raise KeyError(place)

    def row(self, table, with_key=None, bad=4):
        columns = {}
        for column in SCHEMA[table]:
            if column == "id" and not (self.chance(8) if with_key is None else with_key):
                continue
            if column in DEFAULTS.get(table, []) and self.chance(20):
                continue
            columns[column] = self.value(table, column, bad)
            if column == "id" and columns[column] is None:
                columns[column] = self.random.randint(1, 20)
        return columns

    def changed(self, table, most=3):
        free = [c for c in SCHEMA[table] if c not in KEYS[table]]
        return {c: self.value(table, c, 12) for c in self.random.sample(free, self.random.randint(1, min(most, len(free))))}

    # --- conditions -----------------------------------------------------------------------------------------------------

    def column(self, table, kinds=None, nullable=None):
        found = [
            c
            for c, (kind, null) in SCHEMA[table].items()
            if (kind in kinds if kinds else kind not in UNORDERED) and nullable in (None, null)
        ]
        return self.pick(found) if found else None

    def condition(self, table, depth=0):
        r = self.random
        if depth < 3 and self.chance(35 - 8 * depth):
            how = self.pick(["and", "or", "not", "not"])
            return [how] + [self.condition(table, depth + 1) for _ in range(1 if how == "not" else r.randint(2, 3))]
        column = self.column(table)
        kind = SCHEMA[table][column][0]
        place = f"{table}.{column}"
        operator = self.pick(["==", "!="] if kind == "bool" else COMPARISONS)
        value = self.value(table, column, 0)
        how = self.pick(
            [
                "compare",
                "compare",
                "compare",
                "in",
                "not_in",
                "between",
                "null",
                "not_null",
                "like",
                "like",
                "columns",
                "arithmetic",
                "function",
                "in_query",
                "scalar_query",
                "exists",
            ]
        )
        if how == "compare" and SCHEMA[table][column][1] and self.chance(12):
            return ["compare", place, operator, None]
        if how in ("in", "not_in") and kind not in ("decimal", "bool"):
            values = [self.value(table, column, 0) for _ in range(self.pick([0, 1, 2, 4]))]
            return [how, place, [v for v in values if v is not None]]
        if how == "between" and kind != "bool":
            low, high = self.value(table, column, 0), self.value(table, column, 0)
            if low is not None and high is not None:
                number = kind in ("int", "float")
                return ["between", place, *(sorted([low, high]) if number or self.chance(50) else [low, high])]
        if how in ("null", "not_null"):
            return [how, f"{table}.{self.column(table, nullable=True) or column}"]
        if how == "like" and (text := self.column(table, ["str"])):
            return [
                "like",
                f"{table}.{text}",
                self.pick(["like", "ilike", "not_like", "contains", "startswith", "endswith"]),
                self.pick(PATTERNS if self.chance(60) else WORDS),
            ]
        if how == "columns" and (other := self.column(table, [kind])):
            return ["columns", place, operator, f"{table}.{other}"]
        if how == "arithmetic" and (number := self.column(table, ["int", "float"])):
            if number == "population":
                return ["arithmetic", f"{table}.{number}", "-", r.randint(1, 9), operator if kind != "bool" else "<", r.randint(0, 10**9)]
            return [
                "arithmetic",
                f"{table}.{number}",
                self.pick("+-*/"),
                r.randint(1, 5),
                self.pick(COMPARISONS),
                self.pick([r.randint(-5, 60), 2.5]),
            ]
        if how == "function" and (text := self.column(table, ["str"])):
            name = self.pick(["lower", "upper", "length"])
            word = self.value(table, text, 0) or "x"
            return [
                "function",
                name,
                f"{table}.{text}",
                self.pick(COMPARISONS),
                r.randint(0, 6) if name == "length" else word.lower() if name == "lower" else word.upper(),
            ]
        if how == "in_query" and depth < 2:
            keys = [f for f in FOREIGN if f[0] == table] + [(b, d, a, c) for a, c, b, d in FOREIGN if b == table]
            if keys:
                _, mine, other, theirs = self.pick(keys)
                return ["in_query", f"{table}.{mine}", f"{other}.{theirs}", [self.condition(other, depth + 1)] if self.chance(70) else []]
        if how == "scalar_query" and depth < 2 and kind not in ("decimal", "bool", "bytes"):
            return [
                "scalar_query",
                place,
                operator,
                self.pick(["min", "max"]),
                place,
                [self.condition(table, depth + 2)] if self.chance(60) else [],
            ]
        if how == "exists" and depth < 2 and (pairs := [p for p in EXISTS if p.startswith(table + "-")]):
            pair = self.pick(pairs)
            return ["exists", pair, [self.condition(pair.split("-")[1], depth + 2)] if self.chance(70) else []]
        if value is None:
            return ["null", place]
        return ["compare", place, operator, value]

    def where(self, table, percent=75):
        return [self.condition(table) for _ in range(self.pick([1, 1, 2]))] if self.chance(percent) else []

    def key_condition(self, table):
        """Of one row, mostly."""
        out = []
        for column in KEYS[table]:
            out.append(["compare", f"{table}.{column}", "==", self.value(table, column, 0) or self.random.randint(1, 6)])
        return out

    def order(self, table, percent=70):
        """Several columns and then the key, so that there is one order; or none."""
        if not self.chance(percent):
            return []
        columns = [c for c in (self.column(table) for _ in range(self.random.randint(0, 2))) if SCHEMA[table][c][0] not in ("decimal",)]
        return [[f"{table}.{c}", self.pick(["asc", "desc", ""])] for c in dict.fromkeys(columns + KEYS[table])]

    def part(self, operation, ordered):
        if ordered and self.chance(45):
            operation["limit"] = self.pick([0, 1, 2, 5])
        if ordered and self.chance(30):
            operation["offset"] = self.pick([0, 1, 3])
        operation["ordered"] = bool(ordered)
        return operation

    # --- operations -----------------------------------------------------------------------------------------------------

    def guard(self, bare=True):
        choices = ["nested", "nested"] + (["bare", "bare", "bare"] if bare else []) + ([] if self.depth else ["rollback"])
        return self.pick(choices)

    def table(self):
        return self.pick(["heroes", "heroes", "heroes", "teams", "teams", "missions", "missions", "countries", "links"])

    def add(self, table=None, bad=5, guard=None):
        table = table or self.table()
        return {"op": "add", "table": table, "values": self.row(table, bad=bad), "guard": guard or self.guard()}

    def add_all(self):
        table = self.table()
        return {
            "op": "add_all",
            "table": table,
            "rows": [self.row(table, False, 2) for _ in range(self.random.randint(1, 4))],
            "guard": self.guard(False),
        }

    def get(self):
        table = self.table()
        key = [self.value(table, c, 0) or 3 for c in KEYS[table]]
        return {"op": "get", "table": table, "key": key}

    def select(self):
        table = self.table()
        how = self.pick(["all", "all", "all", "first", "one", "one_or_none", "loop", "count"])
        if how in ("one", "one_or_none"):
            where = self.pick([self.key_condition(table), self.where(table)])
            order = self.order(table)
        else:
            where, order = self.where(table), self.order(table, 100 if how in ("first", "loop") else 70)
        operation = {"op": "select", "table": table, "where": where, "order": order, "how": how, "distinct": self.chance(10)}
        return self.part(operation, order)

    def columns(self):
        table = self.table()
        column = self.column(table)
        distinct = self.chance(40)
        ordered = self.chance(70) and SCHEMA[table][column][0] != "decimal"
        order = [[f"{table}.{column}", self.pick(["asc", "desc"])]] if ordered else []
        if order and not distinct:
            order += [[f"{table}.{c}", ""] for c in KEYS[table] if c != column]
        return self.part(
            {
                "op": "columns",
                "column": f"{table}.{column}",
                "distinct": distinct,
                "where": self.where(table, 60),
                "order": order,
                "how": self.pick(["all", "all", "scalar" if order else "all", "count"]),
            },
            order,
        )

    def aggregate(self):
        table = self.table()
        function = self.pick(["count", "count_all", "sum", "min", "max", "avg"])
        kinds = (
            ["int", "float"]
            if function in ("sum", "avg")
            else [k for k in ("int", "float", "str", "date", "datetime", "aware", "uuid", "enum", "interval")]
        )
        column = self.column(table, kinds)
        if column == "population" and function in ("sum", "avg"):
            column = self.pick(["population"]) if function == "avg" else "population"
            function = "max"
        return {"op": "aggregate", "function": function, "column": f"{table}.{column}", "where": self.where(table, 60)}

    def group(self):
        key = self.pick(list(GROUPS))
        having = [] if self.chance(50) else [self.pick(["count", "sum", "max"]), self.pick(COMPARISONS), self.random.randint(0, 4)]
        return self.part(
            {
                "op": "group",
                "key": key,
                "value": self.pick(GROUPS[key]),
                "where": self.where(key.split(".")[0], 50),
                "having": having,
                "descending": self.chance(40),
            },
            True,
        )

    def join(self):
        pair = self.pick(JOINS)
        first, second = pair.split("-")
        order = self.order(first, 80)  # each row has one partner at most
        return self.part(
            {
                "op": "join",
                "pair": pair,
                "left": self.chance(50),
                "explicit": self.chance(40),
                "shape": self.pick(["objects", "first", "count"]),
                "where": self.where(first, 50) + self.where(second, 30),
                "order": order,
            },
            order,
        )

    def union(self):
        names = ["teams.name", "heroes.name", "heroes.secret_name", "countries.name", "missions.title"]
        parts = [
            {"column": c, "where": self.where(c.split(".")[0], 60)} for c in (self.pick(names) for _ in range(self.random.randint(2, 3)))
        ]
        return self.part(
            {
                "op": "union",
                "how": self.pick(["union", "union_all", "intersect", "except"]),
                "parts": parts,
                "order": self.pick(["asc", "desc"]),
            },
            True,
        )

    def change(self):
        table = self.table()
        return {"op": "change", "table": table, "pick": self.random.randrange(100), "values": self.changed(table), "guard": self.guard()}

    def remove(self):
        return {"op": "remove", "table": self.table(), "pick": self.random.randrange(100), "guard": self.guard()}

    def refresh(self):
        return {"op": "refresh", "table": self.table(), "pick": self.random.randrange(100)}

    def expunge(self):
        table = self.table()
        return {"op": "expunge", "table": table, "pick": self.random.randrange(100), "values": self.changed(table), "guard": self.guard()}

    def merge(self):
        table = self.table()
        return {"op": "merge", "table": table, "values": self.row(table, self.chance(80)), "guard": self.guard()}

    def stale(self):
        table = self.table()
        return {
            "op": "stale",
            "table": table,
            "pick": self.random.randrange(100),
            "how": self.pick(["change", "remove", "refresh"]),
            "values": self.changed(table),
        }

    def other_session(self):
        table = self.table()
        columns = [c for c in SCHEMA[table] if c not in KEYS[table] and SCHEMA[table][c][0] not in UNORDERED]
        if len(columns) < 2:
            return self.change()
        theirs, mine = self.random.sample(columns, 2)
        return {
            "op": "other_session",
            "table": table,
            "pick": self.random.randrange(100),
            "column": theirs,
            "value": self.value(table, theirs, 0),
            "values": {mine: self.value(table, mine, 0)},
        }

    def assignments(self, table, excluded=False, most=2):
        free = [c for c in SCHEMA[table] if c not in KEYS[table]]
        if not excluded and table == "countries" and self.chance(8):
            free = ["code"]
        out = []
        for column in self.random.sample(free, self.random.randint(1, min(most, len(free)))):
            kind = SCHEMA[table][column][0]
            choice = self.pick(["value", "value", "column", "plus", "excluded"])
            others = [c for c in SCHEMA[table] if SCHEMA[table][c][0] == kind and c != column]
            if choice == "excluded" and excluded:
                out.append([column, "excluded", column])
            elif choice == "column" and others and kind not in UNORDERED:
                out.append([column, "column", self.pick(others)])
            elif choice == "plus" and kind in ("int", "float") and column != "population":
                out.append([column, "plus", self.random.randint(-3, 3)])
            else:
                out.append([column, "value", self.value(table, column, 10)])
        return out

    def insert(self):
        table = self.table()
        operation = {
            "op": "insert",
            "table": table,
            "rows": [],
            "conflict": self.pick([None, "nothing", "update", "update"]),
            "returning": self.chance(40),
            "guard": self.guard(),
        }
        with_key = self.chance(10)
        for _ in range(self.random.randint(1, 3)):
            operation["rows"].append(self.row(table, with_key, 3))
        if operation["conflict"] == "update":
            operation["set"] = self.assignments(table, excluded=True)
        return operation

    def update(self):
        table = self.table()
        where = self.pick([self.key_condition(table), self.where(table, 90), self.where(table, 90)])
        return {
            "op": "update",
            "table": table,
            "set": self.assignments(table),
            "where": where,
            "returning": self.chance(35),
            "guard": self.guard(),
        }

    def delete(self):
        table = self.pick(["heroes", "teams", "missions", "missions", "countries", "links"])
        where = self.key_condition(table) if self.chance(70) else [self.condition(table), self.condition(table)]
        return {"op": "delete", "table": table, "where": where, "returning": self.chance(35), "guard": self.guard()}

    def text(self):
        r = self.random
        statement, values = self.pick(
            [
                ("INSERT INTO teams (name, budget, active) VALUES (:name, :budget, 1)", {"name": self.value("teams", "name"), "budget": 5}),
                (
                    "INSERT INTO heroes (name, secret_name, power, rank, active, joined, tags) "
                    "VALUES (:name, NULL, 1, 'rookie', 1, '2024-01-01 00:00:00.000000', '[]')",
                    {"name": "text"},
                ),
                ("INSERT INTO countries (code, population) VALUES (:code, 1)", {"code": self.pick(CODES)}),
                ("UPDATE heroes SET rank = :rank WHERE id = :id", {"rank": self.pick(["boss", "legend"]), "id": r.randint(1, 6)}),
                ("UPDATE teams SET name = :name WHERE id = :id", {"name": None, "id": r.randint(1, 4)}),
                ("UPDATE heroes SET team_id = :team WHERE age > :age", {"team": self.pick([None, 1, 2, 77]), "age": r.randint(0, 90)}),
                ("DELETE FROM missions WHERE id = :id", {"id": r.randint(1, 8)}),
                ("UPDATE links SET hero_id = NULL WHERE level > :level", {"level": r.randint(0, 20)}),
                (
                    "SELECT id, name FROM heroes WHERE age > :age OR name = :name ORDER BY id",
                    {"age": r.randint(0, 90), "name": self.pick(NAMES)},
                ),
                ("SELECT count(*), max(name) FROM teams WHERE city IS NOT :city", {"city": self.pick([None, "red"])}),
            ]
        )
        return {
            "op": "rows_of_text" if statement.startswith("SELECT") else "text",
            "sql": statement,
            "values": values,
            "guard": self.guard(),
        }

    def nested(self):
        self.depth += 1
        inner = [self.operation(False) for _ in range(self.random.randint(1, 4))]
        self.depth -= 1
        return {"op": "nested", "operations": inner, "end": self.pick(["commit", "rollback", "rollback", "forget"])}

    def operation(self, outer=True):
        kinds = {
            self.add: 10,
            self.add_all: 4,
            self.get: 6,
            self.select: 18,
            self.columns: 6,
            self.aggregate: 5,
            self.group: 4,
            self.join: 6,
            self.union: 3,
            self.change: 10,
            self.remove: 3,
            self.refresh: 2,
            self.expunge: 2,
            self.merge: 4,
            self.stale: 2,
            self.insert: 8,
            self.update: 7,
            self.delete: 4,
            self.text: 4,
        }
        if outer:
            kinds |= {
                self.other_session: 2,
                (lambda: {"op": "commit"}): 6,
                (lambda: {"op": "rollback"}): 3,
                (lambda: {"op": "new_session"}): 1,
            }
        if self.depth < 2:
            kinds[self.nested] = 5
        return self.random.choices(list(kinds), list(kinds.values()))[0]()

    def operations(self, count):
        # Something to begin with.
        out = []
        for table, count_of in (("countries", 4), ("teams", 3), ("heroes", 5), ("missions", 2), ("links", 2)):
            rows = [self.row(table, False, 0) for _ in range(count_of)]
            for i, row in enumerate(rows):
                row |= {
                    "countries": {"code": CODES[i % 4], "name": f"country {i}"},
                    "teams": {"name": f"{NAMES[i]} 1"},
                    "heroes": {"mentor_id": None, "badge": None},
                    "missions": {"title": f"first {i}"},
                    "links": {"hero_id": i + 1, "level": i},
                }[table]
            out.append({"op": "add_all", "table": table, "rows": rows, "guard": "nested"})
        out.append({"op": "commit"})
        while len(out) < count:
            out.append(self.operation())
        return out[:count]


def main():
    count = int(sys.argv[1])
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    operations = int(sys.argv[3]) if len(sys.argv) > 3 else 50
    for seed in range(first, first + count):
        print(json.dumps({"seed": seed, "operations": Sequence(seed).operations(operations)}, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main()
