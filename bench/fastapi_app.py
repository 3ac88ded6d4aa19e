"""The bench's endpoints in FastAPI (Python): `app`; and the hello world of the start-up table: `hello`."""

from typing import Annotated

from fastapi import FastAPI, Query
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

app = FastAPI(title="Bench")


class Message(BaseModel):
    message: str


class ItemRef(BaseModel):
    item_id: int
    q: str
    limit: int


class Item(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    price: Annotated[float, Field(gt=0)]
    quantity: Annotated[int, Field(ge=0)]
    description: str | None = None
    tags: list[str]


class ItemOut(BaseModel):
    name: str
    price: float
    quantity: int
    description: str | None
    tags: list[str]
    total: float


@app.get("/plaintext", response_class=PlainTextResponse)
async def plaintext():
    return PlainTextResponse("Hello, World!")


@app.get("/json")
async def hello_json() -> Message:
    return Message(message="Hello, World!")


@app.get("/items/{item_id}")
async def get_item(item_id: int, q: str, limit: Annotated[int, Query(ge=1, le=100)] = 10) -> ItemRef:
    return ItemRef(item_id=item_id, q=q, limit=limit)


@app.post("/items")
async def post_item(item: Item) -> ItemOut:
    return ItemOut(
        name=item.name,
        price=item.price,
        quantity=item.quantity,
        description=item.description,
        tags=item.tags,
        total=item.price * item.quantity,
    )


hello = FastAPI()


@hello.get("/")
async def root():
    return {"message": "Hello World"}


@hello.get("/items/{item_id}")
async def read_item(item_id: int, q: str | None = None):
    return {"item_id": item_id, "q": q}
