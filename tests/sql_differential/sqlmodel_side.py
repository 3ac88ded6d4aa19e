#!/usr/bin/env python3
"""SQLModel's answers to the sequences of generate.py: sqlmodel_side.py SEQUENCES FOLDER, a line of JSON for each sequence.

Each sequence has a database file of its own, FOLDER/theirs-SEED.db. Where SQLModel is made to act as the library does, because that
differs on purpose, "Adapted:" says so.
"""
import datetime
import decimal
import gc
import json
import operator
import os
import sys
import uuid
import warnings

import sqlalchemy
from sqlalchemy import and_, except_, exists, func, intersect, literal, not_, or_, text, union, union_all
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DatabaseError, IntegrityError, InvalidRequestError, MultipleResultsFound, NoResultFound, SAWarning
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, SQLModel, create_engine, delete, select, update

from schema import CONFLICTS, KEYS, SCHEMA
from sqlmodel_models import MODELS, Rank

sys.setrecursionlimit(10000)
# Adapted: a DELETE of a row that is gone is a warning there, and a StaleDataError here.
warnings.filterwarnings("error", message=r"DELETE statement on table .* expected to delete", category=SAWarning)
warnings.filterwarnings("ignore", category=SAWarning, message="(New instance|Dialect sqlite|Coercing|SELECT statement has a cartesian)")
OPERATORS = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def decoded(kind, value):
    if value is None:
        return None
    if kind == "decimal":
        return decimal.Decimal(value)
    if kind == "enum":
        return Rank(value)
    if kind == "date":
        return datetime.date.fromisoformat(value)
    if kind in ("datetime", "aware"):
        return datetime.datetime.fromisoformat(value)
    if kind == "uuid":
        return uuid.UUID(value)
    if kind == "bytes":
        return bytes.fromhex(value)
    if kind == "interval":
        return datetime.timedelta(microseconds=value)
    return value


def shown(value):
    if isinstance(value, SQLModel):
        return [shown(getattr(value, column)) for column in SCHEMA[value.__tablename__]]
    if isinstance(value, Rank):
        return value.value
    if isinstance(value, decimal.Decimal):
        return str(value.quantize(decimal.Decimal("0.01")))
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime.timedelta):
        return value // datetime.timedelta(microseconds=1)
    if isinstance(value, (tuple, sqlalchemy.Row)):
        return [shown(one) for one in value]
    return value


def column_of(place):
    table, column = place.split(".")
    return getattr(MODELS[table], column)


def kind_of(place):
    table, column = place.split(".")
    return SCHEMA[table][column][0]


def row_values(table, values):
    return {column: decoded(SCHEMA[table][column][0], value) for column, value in values.items()}


def error_of(error):
    if isinstance(error, IntegrityError):
        name = error.orig.sqlite_errorname
        kind = {"SQLITE_CONSTRAINT_UNIQUE": "unique", "SQLITE_CONSTRAINT_PRIMARYKEY": "primary_key",
                "SQLITE_CONSTRAINT_ROWID": "primary_key",
                "SQLITE_CONSTRAINT_FOREIGNKEY": "foreign_key", "SQLITE_CONSTRAINT_NOTNULL": "not_null", "SQLITE_CONSTRAINT_CHECK": "check",
                # Adapted: RESTRICT is done by a trigger of SQLite's own, which has a code of its own.
                "SQLITE_CONSTRAINT_TRIGGER": "foreign_key"}.get(name, name)
        message = str(error.orig)
        return {"error": "IntegrityError", "kind": kind, "columns": message.split(": ", 1)[1] if ": " in message else ""}
    if isinstance(error, SAWarning):
        return {"error": "StaleDataError"}
    return {"error": type(error).__name__}


# Adapted: a session is ours again after an error when what failed is rolled back; Python's refuses all but that.
FAILURES = (DatabaseError, StaleDataError, SAWarning)


class Run:
    def __init__(self, seed, folder):
        self.path = os.path.join(folder, f"theirs-{seed}.db")
        self.engine = create_engine(f"sqlite:///{self.path}")

        @sqlalchemy.event.listens_for(self.engine, "connect")
        def connected(connection, _):
            connection.isolation_level = None  # the driver begins no transactions of its own: SAVEPOINT works
            for pragma in ("foreign_keys = ON", "synchronous = OFF"):
                connection.execute(f"PRAGMA {pragma}")

        @sqlalchemy.event.listens_for(self.engine, "begin")
        def begun(connection):
            connection.exec_driver_sql("BEGIN")

        SQLModel.metadata.create_all(self.engine)
        self.session = Session(self.engine)
        # Objects that the program holds: table -> key -> object; None when its row may be otherwise by now.
        # Adapted: SQLAlchemy has one object a row, and expires it; ours are values. So both sides read an object anew when that may be.
        self.held = {table: {} for table in MODELS}

    def close(self):
        self.session.close()
        self.engine.dispose()

    # --- objects that are held ----------------------------------------------------------------------------------------------

    def hold(self, item):
        table = item.__tablename__
        key = tuple(getattr(item, k) for k in KEYS[table])
        self.held[table].pop(key, None)
        self.held[table][key] = item
        if len(self.held[table]) > 4:
            del self.held[table][next(iter(self.held[table]))]

    def distrust(self):
        for table in self.held.values():
            for key in table:
                table[key] = None
        self.session.expunge_all()

    def taken(self, table, pick):
        """A held object as it is in the database; an answer when there is none."""
        held = self.held[table]
        if not held:
            return None, {"none": True}
        key = list(held)[pick % len(held)]
        if held[key] is None:
            held[key] = self.session.get(MODELS[table], key, populate_existing=True)
            if held[key] is None:
                del held[key]
                return None, {"gone": list(key)}
        return held[key], None

    # --- queries ------------------------------------------------------------------------------------------------------------

    def condition(self, c):
        what = c[0]
        if what in ("and", "or"):
            return (and_ if what == "and" else or_)(*[self.condition(one) for one in c[1:]])
        if what == "not":
            return not_(self.condition(c[1]))
        if what == "exists":
            outer, inner = c[1].split("-")
            pairs = {"teams-heroes": ("heroes.team_id", "teams.id"), "heroes-missions": ("missions.hero_id", "heroes.id"),
                     "heroes-links": ("links.hero_id", "heroes.id"), "countries-teams": ("teams.country", "countries.code")}
            a, b = pairs[c[1]]
            conditions = [self.condition(one) for one in c[2]]
            return exists(select(MODELS[inner]).where(column_of(a) == column_of(b), *conditions).correlate(MODELS[outer]))
        if what == "function":
            return OPERATORS[c[3]](getattr(func, c[1])(column_of(c[2])), c[4])
        column, kind = column_of(c[1]), kind_of(c[1])
        if what == "compare":
            value = decoded(kind, c[3])
            if value is None and c[2] not in ("==", "!="):
                # Adapted: SQLAlchemy refuses None beside "<"; ours is SQL's: unknown.
                return OPERATORS[c[2]](column, literal(None, column.type))
            return OPERATORS[c[2]](column, value)
        if what == "in":
            return column.in_([decoded(kind, v) for v in c[2]])
        if what == "not_in":
            return column.not_in([decoded(kind, v) for v in c[2]])
        if what == "between":
            return column.between(decoded(kind, c[2]), decoded(kind, c[3]))
        if what == "null":
            return column.is_(None)
        if what == "not_null":
            return column.is_not(None)
        if what == "like":
            if c[2] in ("contains", "startswith", "endswith"):
                return getattr(column, c[2])(c[3], autoescape=True)  # Adapted: ours always takes the text itself
            return getattr(column, c[2])(c[3])
        if what == "columns":
            return OPERATORS[c[2]](column, column_of(c[3]))
        if what == "arithmetic":
            number = {"+": lambda: column + c[3], "-": lambda: column - c[3], "*": lambda: column * c[3],
                      # Adapted: "/" of integers is SQL's there, "//" here.
                      "/": lambda: column // c[3] if kind == "int" else column / c[3]}[c[2]]()
            return OPERATORS[c[4]](number, c[5])
        if what == "in_query":
            return column.in_(select(column_of(c[2])).where(*[self.condition(one) for one in c[3]]))
        if what == "scalar_query":
            # Adapted: the query reads its own table; without a name of its own SQLAlchemy would correlate it.
            inner = select(getattr(func, c[3])(column_of(c[4]))).where(*[self.condition(one) for one in c[5]])
            return OPERATORS[c[2]](column, inner.correlate(None).scalar_subquery())
        raise KeyError(what)

    def finished(self, query, op):
        for place, direction in op["order"]:
            column = column_of(place)
            query = query.order_by(column.desc() if direction == "desc" else column.asc() if direction == "asc" else column)
        if op.get("distinct"):
            query = query.distinct()
        return self.limited(query, op)

    def limited(self, query, op):
        if "limit" in op:
            query = query.limit(op["limit"])
        if "offset" in op:
            query = query.offset(op["offset"])
        return query

    def conditions(self, op):
        return [self.condition(one) for one in op["where"]]

    def count(self, query):
        query = query.order_by(None).limit(None).offset(None)
        return {"value": self.session.exec(select(func.count()).select_from(query.subquery())).one()}

    def select(self, op):
        query = self.finished(select(MODELS[op["table"]]).where(*self.conditions(op)), op)
        how = op["how"]
        if how == "count":
            return self.count(query)
        result = self.session.exec(query)
        if how == "all":
            return {"rows": shown(tuple(result.all()))}
        if how == "loop":
            rows = []
            for row in result:
                rows.append(shown(row))
                if len(rows) == 2:
                    break
            result.close()
            return {"rows": rows}
        row = getattr(result, how)()
        if row is not None:
            self.hold(row)
        return {"row": shown(row)}

    def columns(self, op):
        query = self.finished(select(column_of(op["column"])).where(*self.conditions(op)), op)
        if op["how"] == "count":
            return self.count(query)
        if op["how"] == "scalar":
            return {"value": shown(self.session.scalar(query))}
        return {"rows": shown(tuple(self.session.exec(query).all()))}

    def aggregate(self, op):
        column = column_of(op["column"])
        term = func.count() if op["function"] == "count_all" else getattr(func, op["function"])(column)
        return {"value": shown(self.session.exec(select(term).select_from(column.class_).where(*self.conditions(op))).one())}

    def group(self, op):
        key, value = column_of(op["key"]), column_of(op["value"])
        query = select(key, func.count(), func.count(value), func.sum(value), func.min(value), func.max(value), func.avg(value))
        query = query.where(*self.conditions(op)).group_by(key)
        if op["having"]:
            what, by, number = op["having"]
            query = query.having(OPERATORS[by](func.count() if what == "count" else getattr(func, what)(value), number))
        return {"rows": shown(tuple(self.session.exec(self.limited(query.order_by(key.desc() if op["descending"] else key), op)).all()))}

    def join(self, op):
        first, second = (MODELS[table] for table in op["pair"].split("-"))
        on = []
        if op["explicit"]:
            pairs = {"heroes-teams": ("heroes.team_id", "teams.id"), "missions-heroes": ("missions.hero_id", "heroes.id"),
                     "links-heroes": ("links.hero_id", "heroes.id"), "teams-countries": ("teams.country", "countries.code")}
            a, b = pairs[op["pair"]]
            on = [column_of(a) == column_of(b)]
        query = select(first) if op["shape"] == "first" else select(first, second)
        query = self.finished(query.join(second, *on, isouter=op["left"]).where(*self.conditions(op)), op)
        if op["shape"] == "count":
            return self.count(query)
        return {"rows": shown(tuple(self.session.exec(query).all()))}

    def union(self, op):
        parts = [select(column_of(part["column"]).label("name")).where(*self.conditions(part)) for part in op["parts"]]
        query = {"union": union, "union_all": union_all, "intersect": intersect, "except": except_}[op["how"]](*parts)
        name = query.selected_columns.name
        query = self.limited(query.order_by(name.desc() if op["order"] == "desc" else name), op)
        return {"rows": shown(tuple(self.session.execute(query).scalars().all()))}

    # --- changes ------------------------------------------------------------------------------------------------------------

    def guarded(self, op, change):
        try:
            if op["guard"] == "rollback":
                answer = change()
                self.session.flush()  # Adapted: ours writes at once
                return answer
            # Adapted, of "bare": a statement that fails is undone alone there; the session of Python needs a savepoint for that.
            with self.session.begin_nested():
                answer = change()
                self.session.flush()
            return answer
        except FAILURES as error:
            answer = error_of(error)
            if op["guard"] == "rollback":
                self.session.rollback()
            self.distrust()
            if op["guard"] == "rollback":
                answer["tables"] = self.tables()
            return answer

    def hold_after(self, op, item, change):
        answer = self.guarded(op, change)
        if "row" in answer:
            self.hold(item)
        return answer

    def add(self, op):
        item = MODELS[op["table"]](**row_values(op["table"], op["values"]))

        def change():
            self.session.add(item)
            self.session.flush()
            return {"row": shown(item)}
        return self.hold_after(op, item, change)

    def add_all(self, op):
        items = [MODELS[op["table"]](**row_values(op["table"], values)) for values in op["rows"]]

        def change():
            # Adapted: one statement a row, in their order, so that the first that fails is the same.
            for item in items:
                self.session.add_all([item])
                self.session.flush()
            return {"rows": [shown(item) for item in items]}
        answer = self.guarded(op, change)
        if "rows" in answer:
            self.hold(items[-1])
        return answer

    def get(self, op):
        item = self.session.get(MODELS[op["table"]], tuple(op["key"]))
        if item is not None:
            self.hold(item)
        return {"row": shown(item)}

    def changed(self, op, prepare=lambda item: None):
        item, missing = self.taken(op["table"], op["pick"])
        if item is None:
            return missing

        def change():
            prepare(item)
            for column, value in row_values(op["table"], op["values"]).items():
                setattr(item, column, value)
            self.session.add(item)
            self.session.flush()
            return {"row": shown(item)}
        return self.hold_after(op, item, change)

    def change(self, op):
        return self.changed(op)

    def expunge(self, op):
        def prepare(item):
            self.session.refresh(item)  # Adapted: a committed object is expired there, and cannot be read once it is detached
            self.session.expunge(item)
        return self.changed(op, prepare)

    def remove(self, op):
        item, missing = self.taken(op["table"], op["pick"])
        if item is None:
            return missing
        key = tuple(getattr(item, k) for k in KEYS[op["table"]])

        def change():
            self.session.delete(item)
            return {"removed": list(key)}
        answer = self.guarded(op, change)
        if "removed" in answer:
            del self.held[op["table"]][key]
            self.distrust()  # what it took along
        return answer

    def refresh(self, op):
        item, missing = self.taken(op["table"], op["pick"])
        if item is None:
            return missing
        self.session.refresh(item)
        return {"row": shown(item)}

    def merge(self, op):
        item = MODELS[op["table"]](**row_values(op["table"], op["values"]))
        for column in DEFAULT_COLUMNS[op["table"]]:  # Adapted: merge there leaves out what was never set; ours writes whole objects
            setattr(item, column, getattr(item, column))

        def change():
            merged = self.session.merge(item)
            self.session.flush()
            return {"row": shown(merged), "_item": merged}
        answer = self.guarded(op, change)
        if "row" in answer:
            self.hold(answer.pop("_item"))
        return answer

    def stale(self, op):
        item, missing = self.taken(op["table"], op["pick"])
        if item is None:
            return missing
        nested = self.session.begin_nested()
        try:
            shown(item)  # Adapted: it is loaded, as ours is
            key = {f"k{i}": getattr(item, k) for i, k in enumerate(KEYS[op["table"]])}
            where = " AND ".join(f"{k} = :k{i}" for i, k in enumerate(KEYS[op["table"]]))
            self.session.execute(text(f"DELETE FROM {op['table']} WHERE {where}"), key)
            if op["how"] == "refresh":
                self.session.refresh(item)
            elif op["how"] == "remove":
                self.session.delete(item)
            else:
                for column, value in row_values(op["table"], op["values"]).items():
                    setattr(item, column, value)
                # Adapted: ours writes nothing when nothing was changed.
                if not self.session.is_modified(item):
                    return {"unchanged": True}
            self.session.flush()
            return {"written": True}
        except FAILURES as error:
            return error_of(error)
        except InvalidRequestError:  # Adapted: refresh of a row that is gone is a StaleDataError here
            return {"error": "StaleDataError"}
        finally:
            nested.rollback()
            self.distrust()

    def other_session(self, op):
        item, missing = self.taken(op["table"], op["pick"])
        if item is None:
            return missing
        shown(item)
        model = MODELS[op["table"]]
        key = [getattr(item, k) for k in KEYS[op["table"]]]
        self.session.commit()
        with Session(self.engine) as other:
            try:
                query = update(model).values({op["column"]: decoded(SCHEMA[op["table"]][op["column"]][0], op["value"])})
                count = other.exec(query.where(*[getattr(model, k) == v for k, v in zip(KEYS[op["table"]], key)])).rowcount
                other.commit()
                answer = {"theirs": count}
            except IntegrityError as error:
                answer = {"theirs": error_of(error)}
        try:
            for column, value in row_values(op["table"], op["values"]).items():
                setattr(item, column, value)
            self.session.add(item)
            self.session.commit()
            self.session.refresh(item)
            answer["row"] = shown(item)
        except FAILURES as error:
            self.session.rollback()
            answer.update(error_of(error))
        self.distrust()
        return answer

    def assignments(self, op, excluded=None):
        out = {}
        for column, how, value in op["set"]:
            own = getattr(MODELS[op["table"]], column)
            if how == "value":
                out[column] = decoded(SCHEMA[op["table"]][column][0], value)
            elif how == "column":
                out[column] = getattr(MODELS[op["table"]], value)
            else:
                out[column] = own + value if how == "plus" else excluded[value]
        return out

    def bulk(self, op, query):
        def change():
            if op["returning"]:
                # Adapted: as columns; of a row that is changed twice SQLAlchemy has one object.
                rows = self.session.execute(query.returning(*MODELS[op["table"]].__table__.c)).all()
                return {"rows": shown(tuple(rows))}
            return {"count": self.session.execute(query).rowcount}
        answer = self.guarded(op, change)
        self.distrust()
        return answer

    def insert(self, op):
        model = MODELS[op["table"]]
        rows = []
        for values in op["rows"]:
            item = model(**row_values(op["table"], values))
            # Adapted: ours writes whole objects, with the defaults of their members.
            rows.append({c: getattr(item, c) for c in SCHEMA[op["table"]] if c != "id" or item.id is not None})
        query = insert(model).values(rows)
        if op["conflict"] == "nothing":
            query = query.on_conflict_do_nothing()
        elif op["conflict"] == "update":
            query = query.on_conflict_do_update(index_elements=CONFLICTS[op["table"]], set_=self.assignments(op, query.excluded))
        return self.bulk(op, query)

    def update(self, op):
        query = update(MODELS[op["table"]]).values(self.assignments(op)).where(*self.conditions(op))
        return self.bulk(op, query.execution_options(synchronize_session=False))

    def delete(self, op):
        return self.bulk(op, delete(MODELS[op["table"]]).where(*self.conditions(op)).execution_options(synchronize_session=False))

    def text(self, op):
        def change():
            return {"count": self.session.execute(text(op["sql"]), op["values"]).rowcount}
        answer = self.guarded(op, change)
        self.distrust()
        return answer

    def rows_of_text(self, op):
        return {"rows": shown(tuple(self.session.execute(text(op["sql"]), op["values"]).all()))}

    # --- transactions -------------------------------------------------------------------------------------------------------

    def nested(self, op):
        nested = self.session.begin_nested()
        answers = [self.answer(one) for one in op["operations"]]
        if op["end"] == "commit":
            nested.commit()
        else:
            nested.rollback()
            self.distrust()
        return {"answers": answers}

    def commit(self, op):
        self.session.commit()
        return {}

    def rollback(self, op):
        self.session.rollback()
        self.distrust()
        return {"tables": self.tables()}

    def new_session(self, op):
        self.session.close()
        self.session = Session(self.engine)
        self.distrust()
        return {"tables": self.tables()}

    def tables(self):
        return {table: shown(tuple(self.session.exec(select(model).order_by(*[getattr(model, k) for k in KEYS[table]])).all()))
                for table, model in MODELS.items()}

    def answer(self, op):
        try:
            return getattr(self, op["op"])(op)
        except (NoResultFound, MultipleResultsFound) as error:
            return {"error": type(error).__name__}


DEFAULT_COLUMNS = {table: list(columns) for table, columns in SCHEMA.items()}


def main():
    path, folder = sys.argv[1:3]
    gc.set_threshold(50000)
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            sequence = json.loads(line)
            run = Run(sequence["seed"], folder)
            answers = [run.answer(op) for op in sequence["operations"]]
            run.session.commit()
            answers.append({"tables": run.tables()})
            run.close()
            print(json.dumps({"seed": sequence["seed"], "answers": answers}, ensure_ascii=False))


if __name__ == "__main__":
    main()
