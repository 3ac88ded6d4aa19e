"""The documents of the bench `models`, and Pydantic's work on them.

models.py documents FOLDER                            writes small.json, nested.json and large.json
models.py time DOCUMENT FILE MILLISECONDS             minima in nanoseconds
models.py count DOCUMENT FILE WORK TIMES              for callgrind. WORK: parse, dump
"""

import json
import pathlib
import random
import sys
import time


def documents(folder):
    chance = random.Random(7)
    small = {"name": "Foo", "price": 35.4, "quantity": 3, "description": "A very nice item", "tags": ["red", "blue"]}
    address = {"street": "14 Long Meadow Lane", "city": "Ashford", "zip": "TN23 1AB", "country": "GB"}
    nested = {
        "id": 7302115, "reference": "ORD-2024-11-7302115", "paid": True, "currency": "EUR",
        "customer": {"name": "Zoë Ångström-Müller", "email": "zoe.angstrom@example.com", "phone": None, "loyal": True,
                     "points": 12850, "address": address},
        "shipping": {"street": "221B Baker Street", "city": "London", "zip": "NW1 6XE", "country": "GB"},
        "lines": [
            {"sku": "KB-104-BLK", "title": "Mechanical keyboard, 104 keys", "quantity": 1, "unit_price": 129.99,
             "discount": 0.1, "gift": False},
            {"sku": "CBL-USBC-2M", "title": "Cable \"USB-C\", 2 m", "quantity": 3, "unit_price": 9.5, "discount": 0,
             "gift": False},
            {"sku": "MUG-LOGO", "title": "Mug with logo", "quantity": 2, "unit_price": 12.25, "discount": 0.25, "gift": True},
        ],
        "tags": ["web", "newsletter", "q4"], "note": "Leave it with the neighbours at number 12, please.",
        "total": 163.866,
    }
    first = ["Ada", "Grace", "Linus", "Bjarne", "Dennis", "Margaret", "Zoë", "Søren", "Barbara", "Ken"]
    last = ["Lovelace", "Hopper", "Torvalds", "Stroustrup", "Ritchie", "Hamilton", "Ångström", "Liskov", "O'Neil", "Thompson"]
    towns = ["London", "Wien", "København", "New York", "São Paulo", "Oslo", "Łódź", "Lagos", "Kyoto", "Québec"]
    large = []
    for i in range(1, 10001):
        a, b = chance.choice(first), chance.choice(last)
        large.append({
            "id": i, "name": f"{a} {b}", "email": f"{a}.{b}{i}@example.org".lower(), "city": chance.choice(towns),
            "age": chance.randrange(18, 90), "score": round(chance.uniform(0, 100), chance.choice([1, 2, 3, 6, 15])),
            "active": chance.random() < 0.7,
            "created": f"20{chance.randrange(10, 25)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}T08:30:00Z"})
    for name, value in (("small", small), ("nested", nested), ("large", large)):
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        (pathlib.Path(folder) / f"{name}.json").write_text(text, encoding="utf-8")


def adapters():
    from typing import Annotated, Optional

    from pydantic import BaseModel, Field, TypeAdapter

    class Item(BaseModel):
        name: str = Field(min_length=1, max_length=100)
        price: float = Field(gt=0)
        quantity: int = Field(ge=0)
        description: Optional[str] = None
        tags: list[str]

    class Address(BaseModel):
        street: str
        city: str
        zip: str
        country: str = Field(min_length=2, max_length=2)

    class Customer(BaseModel):
        name: str = Field(min_length=1, max_length=100)
        email: str
        phone: Optional[str] = None
        loyal: bool
        points: int = Field(ge=0)
        address: Address

    class Line(BaseModel):
        sku: str = Field(min_length=1)
        title: str
        quantity: int = Field(ge=1)
        unit_price: float = Field(gt=0)
        discount: float = Field(ge=0, lt=1)
        gift: bool

    class Order(BaseModel):
        id: int = Field(ge=1)
        reference: str = Field(min_length=3, max_length=40)
        paid: bool
        currency: str = Field(min_length=3, max_length=3)
        customer: Customer
        shipping: Address
        lines: Annotated[list[Line], Field(min_length=1)]
        tags: list[str]
        note: Optional[str] = None
        total: float = Field(ge=0)

    class Record(BaseModel):
        id: int = Field(ge=1)
        name: str = Field(min_length=1, max_length=100)
        email: str
        city: str
        age: int = Field(ge=0, le=150)
        score: float
        active: bool
        created: str

    records = TypeAdapter(list[Record])
    return {"small": (Item.model_validate_json, lambda made: made.model_dump_json()),
            "nested": (Order.model_validate_json, lambda made: made.model_dump_json()),
            "large": (records.validate_json, records.dump_json)}


def main():
    mode = sys.argv[1]
    if mode == "documents":
        return documents(sys.argv[2])
    parse, dump = adapters()[sys.argv[2]]
    text = pathlib.Path(sys.argv[3]).read_bytes()
    made = parse(text)
    if mode == "count":
        work, times = sys.argv[4], int(sys.argv[5])
        call, value = (parse, text) if work == "parse" else (dump, made)
        for _ in range(times):
            call(value)
        return None
    batch = max(1, 200000 // len(text))
    best = {"parse": 1e18, "dump": 1e18}
    clock = time.thread_time_ns  # CPU time, as models.cpp
    end = clock() + int(sys.argv[4]) * 1_000_000
    while clock() < end:
        for work, call, value in (("parse", parse, text), ("dump", dump, made)):
            start = clock()
            for _ in range(batch):
                call(value)
            best[work] = min(best[work], (clock() - start) / batch)
    for work, ns in best.items():
        print(f"pydantic {work} {ns:.1f}")
    return None


if __name__ == "__main__":
    main()
