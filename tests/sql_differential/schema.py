"""The tables of the differential test, for its three programs in Python: columns, keys, and how tables refer to each other."""

# table -> column -> (type, nullable). "aware" is a date and time with an offset, "interval" microseconds.
SCHEMA = {
    "countries": {"code": ("str", False), "name": ("str", False), "population": ("int", False), "continent": ("str", True)},
    "teams": {
        "id": ("int", True),
        "name": ("str", False),
        "city": ("str", True),
        "country": ("str", True),
        "budget": ("decimal", False),
        "active": ("bool", False),
        "founded": ("date", True),
        "motto": ("str", False),
    },
    "heroes": {
        "id": ("int", True),
        "name": ("str", False),
        "secret_name": ("str", False),
        "nickname": ("str", True),
        "age": ("int", True),
        "power": ("float", False),
        "rank": ("enum", False),
        "active": ("bool", False),
        "joined": ("datetime", False),
        "born": ("date", True),
        "badge": ("uuid", True),
        "team_id": ("int", True),
        "mentor_id": ("int", True),
        "tags": ("list", False),
        "gear": ("gear", True),
    },
    "missions": {
        "id": ("int", True),
        "hero_id": ("int", False),
        "team_id": ("int", True),
        "title": ("str", False),
        "reward": ("decimal", False),
        "length": ("interval", False),
        "ended": ("aware", True),
        "data": ("bytes", False),
        "score": ("float", True),
    },
    "links": {"hero_id": ("int", False), "country": ("str", False), "level": ("int", False)},
}
KEYS = {"countries": ["code"], "teams": ["id"], "heroes": ["id"], "missions": ["id"], "links": ["hero_id", "country"]}
# What ON CONFLICT names.
CONFLICTS = {
    "countries": ["code"],
    "teams": ["name"],
    "heroes": ["badge"],
    "missions": ["hero_id", "title"],
    "links": ["hero_id", "country"],
}
DEFAULTS = {"teams": ["active", "motto"], "heroes": ["rank", "active"], "links": ["level"]}  # a row may leave these out
FOREIGN = [
    ("heroes", "team_id", "teams", "id"),
    ("missions", "hero_id", "heroes", "id"),
    ("links", "hero_id", "heroes", "id"),
    ("links", "country", "countries", "code"),
    ("teams", "country", "countries", "code"),
    ("missions", "team_id", "teams", "id"),
]
JOINS = ["heroes-teams", "missions-heroes", "links-heroes", "teams-countries"]
EXISTS = ["teams-heroes", "heroes-missions", "heroes-links", "countries-teams"]  # the outer table, the inner one
GROUPS = {
    "heroes.rank": ["heroes.age", "heroes.power"],
    "heroes.active": ["heroes.age", "heroes.power"],
    "heroes.team_id": ["heroes.age", "heroes.power"],
    "links.country": ["links.level"],
    "missions.hero_id": ["missions.score", "missions.id"],
}
