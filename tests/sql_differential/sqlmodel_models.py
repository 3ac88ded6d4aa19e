"""The tables of models.hpp, in SQLModel; what SQLModel cannot say is said by SQLAlchemy's columns and constraints."""
import datetime
import decimal
import enum
import uuid
from typing import Optional

import sqlalchemy
from pydantic import AwareDatetime, NaiveDatetime
from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, Integer, Interval, String, UniqueConstraint, Uuid
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable
from sqlmodel import Field, SQLModel

Decimal = decimal.Decimal


class Rank(str, enum.Enum):
    rookie = "rookie"
    veteran = "veteran"
    legend = "legend"


class Country(SQLModel, table=True):
    __tablename__ = "countries"
    code: str = Field(primary_key=True)
    name: str = Field(unique=True)
    population: int
    continent: Optional[str] = None
    __table_args__ = (CheckConstraint("length(code) >= 2 AND length(code) <= 3", name="ck_countries_code"),
                      CheckConstraint("population >= 0", name="ck_countries_population"))


class Team(SQLModel, table=True):
    __tablename__ = "teams"
    id: Optional[int] = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    city: Optional[str] = Field(default=None, index=True)
    country: Optional[str] = Field(default=None, foreign_key="countries.code", ondelete="RESTRICT")
    budget: Decimal = Field(max_digits=12, decimal_places=2)
    active: bool = True
    founded: Optional[datetime.date] = None
    motto: str = Field(default="", sa_column=Column(String, nullable=False, server_default=sqlalchemy.text("'none'")))
    __table_args__ = (CheckConstraint("length(name) >= 1 AND length(name) <= 20", name="ck_teams_name"),
                      CheckConstraint("budget >= 0", name="ck_teams_budget"),
                      CheckConstraint("active IN (0, 1)", name="ck_teams_active"))


class Hero(SQLModel, table=True):
    __tablename__ = "heroes"
    id: Optional[int] = Field(default=None, primary_key=True)
    name: str = Field(index=True)
    secret_name: str
    nickname: Optional[str] = None
    age: Optional[int] = Field(default=None, index=True)
    power: float
    rank: Rank = Rank.rookie
    active: bool = True
    joined: NaiveDatetime
    born: Optional[datetime.date] = None
    badge: Optional[uuid.UUID] = Field(default=None, sa_column=Column(Uuid, unique=True))
    team_id: Optional[int] = Field(default=None, foreign_key="teams.id", ondelete="SET NULL")
    mentor_id: Optional[int] = Field(default=None, foreign_key="heroes.id")
    tags: list[int] = Field(sa_column=Column(JSON, nullable=False))
    gear: Optional[dict] = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    __table_args__ = (CheckConstraint("length(name) >= 1 AND length(name) <= 12", name="ck_heroes_name"),
                      CheckConstraint("age >= 0 AND age <= 150", name="ck_heroes_age"),
                      CheckConstraint("power >= 0 AND power <= 1000", name="ck_heroes_power"),
                      CheckConstraint("rank IN ('rookie', 'veteran', 'legend')", name="ck_heroes_rank"),
                      CheckConstraint("active IN (0, 1)", name="ck_heroes_active"))


class Mission(SQLModel, table=True):
    __tablename__ = "missions"
    id: Optional[int] = Field(default=None, primary_key=True)
    hero_id: int = Field(foreign_key="heroes.id", ondelete="CASCADE")
    team_id: Optional[int] = Field(default=None, foreign_key="teams.id", ondelete="RESTRICT")
    title: str
    reward: Decimal = Field(max_digits=12, decimal_places=2)
    length: datetime.timedelta = Field(sa_column=Column(Interval, nullable=False))
    ended: Optional[AwareDatetime] = None
    data: bytes
    score: Optional[float] = None
    __table_args__ = (CheckConstraint("reward > 0", name="ck_missions_reward"),
                      CheckConstraint("score > -100 AND score < 100", name="ck_missions_score"),
                      UniqueConstraint("hero_id", "title"))


class Link(SQLModel, table=True):
    __tablename__ = "links"
    hero_id: int = Field(sa_column=Column(Integer, ForeignKey("heroes.id", ondelete="CASCADE"), primary_key=True))
    country: str = Field(sa_column=Column(String, ForeignKey("countries.code", ondelete="CASCADE"), primary_key=True))
    level: int = 1
    __table_args__ = (UniqueConstraint("country", "level"), CheckConstraint("level < 100"),
                      Index("ix_links_level_hero_id", "level", "hero_id"))


# A row that breaks two constraints is told the one that stands first in CREATE TABLE. SQLAlchemy writes UNIQUE of a column behind
# PRIMARY KEY, and we before it.
@compiles(CreateTable, "sqlite")
def _unique_before_key(create, compiler, **options):
    text = compiler.visit_create_table(create, **options)
    if create.element.name != "countries":
        return text
    return text.replace("\tname VARCHAR NOT NULL, ", "\tname VARCHAR NOT NULL UNIQUE, ").replace(", \n\tUNIQUE (name)", "")


MODELS = {model.__tablename__: model for model in (Country, Team, Hero, Mission, Link)}
