"""The work of sql.hpp with SQLModel: sql.py URL ROWS PHASES, which prints what the programs print."""

import pathlib
import resource
import sys

from sqlalchemy import event
from sqlmodel import Field, Session, SQLModel, create_engine, select

PAGE = 100


class Hero(SQLModel, table=True):
    __tablename__ = "heroes"
    id: int | None = Field(default=None, primary_key=True)
    name: str
    secret_name: str
    age: int | None = None
    score: float


def make(i):
    return Hero(name=f"Hero {i}", secret_name=f"The secret identity of hero {i * 7}", age=i % 100 if i % 3 else None, score=i / 4)


def sum_of(hero):
    def last(text):
        return len(text) * 31 + ord(text[-1])
    age = 1000 if hero.age is None else hero.age
    return hero.id * 7 + last(hero.name) * 3 + last(hero.secret_name) * 5 + age * 11 + int(hero.score * 4)


def insert(engine, rows):
    with Session(engine, expire_on_commit=False) as session:
        heroes = [make(i) for i in range(1, rows + 1)]
        session.add_all(heroes)
        session.commit()
        return sum(map(sum_of, heroes))


def get(engine, rows):
    with Session(engine) as session:
        return sum(sum_of(session.get(Hero, i)) for i in range(1, rows + 1))


def pages(engine, rows):
    with Session(engine) as session:
        return sum(sum_of(hero) for i in range(0, rows, PAGE)
                   for hero in session.exec(select(Hero).where(Hero.id > i).order_by(Hero.id).limit(PAGE)).all())


def update(engine, rows):
    total = 0
    with Session(engine, autoflush=False) as session:
        for i in range(1, rows + 1):
            hero = session.get(Hero, i)
            hero.age = (hero.age or 0) + 1
            session.add(hero)
            total += sum_of(hero)
        session.commit()
    return total


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    url, rows, phases = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    file = url.removeprefix("sqlite:///")
    files = [] if file == ":memory:" else [pathlib.Path(file + ending) for ending in ("", "-wal", "-shm")]
    for one in files:
        one.unlink(missing_ok=True)
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def settings(connection, _):
        for pragma in ("foreign_keys = ON", "journal_mode = wal", "synchronous = full"):
            connection.execute(f"PRAGMA {pragma}")

    SQLModel.metadata.create_all(engine)
    for phase in (insert, get, pages, update)[:phases]:
        before = cpu_seconds()
        total = phase(engine, rows)
        print(f"{phase.__name__} ns {(cpu_seconds() - before) / rows * 1e9:.1f}\n{phase.__name__} sum {total}")
    engine.dispose()
    for one in files:
        one.unlink(missing_ok=True)


main()
