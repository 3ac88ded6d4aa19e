"""The bench's endpoints in FastAPI (Python): `app`; and the hello world of the start-up table: `hello`."""

import asyncio
import time
from typing import Annotated

from fastapi import FastAPI, Query, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import PlainTextResponse, StreamingResponse
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


# What load.cpp asks; see bench_app.hpp.
@app.post("/upload")
async def upload(request: Request) -> dict[str, int]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return {"size": size}


@app.get("/download")
async def download(size: Annotated[int, Query(ge=0)]):
    async def pieces():
        left, piece = size, b"x" * 65536
        while left:
            yield piece[:left]
            left -= min(left, len(piece))

    return StreamingResponse(pieces(), media_type="application/octet-stream")


@app.get("/sse")
async def events():
    async def stream():
        while True:
            yield f"data: {time.clock_gettime_ns(time.CLOCK_MONOTONIC)}\n\n"
            await asyncio.sleep(0.1)

    return StreamingResponse(stream(), media_type="text/event-stream")


@app.websocket("/ws")
async def echo(socket: WebSocket):
    await socket.accept()
    try:
        while True:
            message = await socket.receive()
            if message.get("text") is not None:
                await socket.send_text(message["text"])
            elif message.get("bytes") is not None:
                await socket.send_bytes(message["bytes"])
            else:
                break
    except WebSocketDisconnect:
        pass


hello = FastAPI()


@hello.get("/")
async def root():
    return {"message": "Hello World"}


@hello.get("/items/{item_id}")
async def read_item(item_id: int, q: str | None = None):
    return {"item_id": item_id, "q": q}
