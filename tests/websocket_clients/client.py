"""The server of this folder against PyPI's `websockets`: client.py PORT"""

import asyncio
import os
import sys
import time

import websockets
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.sync.client import connect as connect_sync

PORT = int(sys.argv[1])
BASE = f"ws://127.0.0.1:{PORT}"
LARGE = "abcdefghijklmnopqrstuvwxyz0123456789" * 29128
LARGE = LARGE[: 1 << 20]
NOISE = os.urandom(1 << 20)
passed = failed = 0


def check(what, good, detail=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: websockets: {what}: {str(detail)[:300]}", flush=True)


async def echoes(target, compression):
    name = f"{target}, compression {compression}"
    async with connect(BASE + target, compression=compression, max_size=8 << 20) as ws:
        agreed = [e.name for e in ws.protocol.extensions]
        check(f"{name}: agreed", agreed == (["permessage-deflate"] if compression else []), agreed)
        for text in ("hello", "", "Grüße, 你好, 🙂", "x" * 125, "x" * 126, "x" * 65535, "x" * 65536, LARGE):
            await ws.send(text)
            check(f"{name}: text of {len(text)}", await ws.recv() == text)
        for size in (0, 1, 125, 126, 65535, 65536, 1 << 20):
            await ws.send(NOISE[:size])
            check(f"{name}: {size} bytes", await ws.recv() == NOISE[:size])
        await ws.send(["Grü", "ße ", "", "an alle"])
        check(f"{name}: text in fragments", await ws.recv() == "Grüße an alle")
        await ws.send([NOISE[i : i + 1000] for i in range(0, 100000, 1000)])
        check(f"{name}: binary in fragments", await ws.recv() == NOISE[:100000])
        for payload in (b"", b"p", b"x" * 125):
            pong = await ws.ping(payload or None)
            check(f"{name}: ping", await asyncio.wait_for(pong, 5) >= 0)
        for i in range(500):
            await ws.send(f"message {i}")
        back = [await ws.recv() for _ in range(500)]
        check(f"{name}: 500 at once, in order", back == [f"message {i}" for i in range(500)])

        async def pour():
            for _ in range(30):
                await ws.send(NOISE)

        async def count():
            return sum([await ws.recv() == NOISE for _ in range(30)])

        _, right = await asyncio.gather(pour(), count())
        check(f"{name}: 30 of 1 MB", right == 30, right)
    check(f"{name}: closed", ws.close_code == 1000, ws.close_code)


async def negotiation():
    offers = [
        ClientPerMessageDeflateFactory(server_no_context_takeover=True),
        ClientPerMessageDeflateFactory(client_no_context_takeover=True),
        ClientPerMessageDeflateFactory(server_max_window_bits=9),
        ClientPerMessageDeflateFactory(client_max_window_bits=9),
        ClientPerMessageDeflateFactory(client_max_window_bits=True),
        ClientPerMessageDeflateFactory(True, True, 10, 11),
    ]
    for offer in offers:
        async with connect(BASE + "/echo", compression=None, extensions=[offer], max_size=8 << 20) as ws:
            right = 0
            for text in (LARGE, "short", LARGE[:3000], LARGE[:3000], ""):
                await ws.send(text)
                right += await ws.recv() == text
            header = ws.response.headers.get("Sec-WebSocket-Extensions")
            check(f"permessage-deflate {header}", right == 5 and header, right)


async def closing():
    for code, reason in ((1000, ""), (1001, "away"), (3000, "Grüße"), (4999, "x" * 123)):
        async with connect(BASE + "/ending") as ws:
            await ws.recv()
            await ws.close(code, reason)
            answered = ws.close_code
        async with connect(BASE + "/ending") as ws:
            seen = await ws.recv()
        check(f"the client closes with {code}", (answered, seen) == (code, f"{code} {reason}"), (answered, seen))
    for code, reason in ((1000, "bye"), (1001, ""), (1008, "policy"), (1011, ""), (4001, "x" * 123)):
        async with connect(f"{BASE}/close/{code}?reason={reason}") as ws:
            try:
                await ws.recv()
            except ConnectionClosed as closed:
                check(f"the server closes with {code}", (closed.rcvd.code, closed.rcvd.reason) == (code, reason), closed)
    async with connect(BASE + "/throws") as ws:
        try:
            await ws.recv()
        except ConnectionClosed as closed:
            check("a handler that throws", closed.rcvd and closed.rcvd.code == 1011, closed)
    async with connect(BASE + "/pour/64/65536") as ws:
        sizes = [len(message) async for message in ws]
        check("what waits is sent before the close frame", sizes == [65536] * 64 and ws.close_code == 1000, (len(sizes), ws.close_code))
    async with connect(BASE + "/echo") as ws:
        try:
            await ws.send("x" * ((4 << 20) + 1))
            await ws.recv()
        except ConnectionClosed as closed:
            check("a message of more than 4 MiB", closed.rcvd and closed.rcvd.code == 1009, closed)


async def handshakes():
    async with connect(BASE + "/chosen?choose=b", subprotocols=["a", "b"], additional_headers={"Cookie": "seen=yes"}) as ws:
        said = await ws.recv()
        check("a subprotocol is chosen", ws.subprotocol == "b" and '"yes"' in said, (ws.subprotocol, said))
        check("headers of accept", ws.response.headers["x-greeting"] == "hello")
    async with connect(BASE + "/chosen", subprotocols=["a"]) as ws:
        check("none is chosen", ws.subprotocol is None)
    for target, status in (("/refused", 403), ("/refused/blocking", 403), ("/no/such/route", 403), ("/close/abc", 403), ("/denied", 401)):
        try:
            async with connect(BASE + target):
                check(f"{target} is refused", False)
        except InvalidStatus as refused:
            check(f"{target} is refused", refused.response.status_code == status, refused)


async def silence():
    async with connect(BASE + "/echo", ping_interval=None) as ws:
        await asyncio.sleep(1.5)
        await ws.send("here")
        check("a silent client that answers pings is kept", await ws.recv() == "here")


async def crowd():
    async def one(number):
        async with connect(BASE + ("/echo" if number % 2 else "/blocking")) as ws:
            for i in range(50):
                text = f"{number} {i} " + "x" * (i * 40)
                await ws.send(text)
                if await ws.recv() != text:
                    return 0
        return 1

    good = sum(await asyncio.gather(*(one(i) for i in range(100))))
    check("100 clients at once", good == 100, good)


async def sync_client():
    def work():
        with connect_sync(BASE + "/echo", max_size=8 << 20) as ws:
            right = 0
            for data in ("hello", NOISE, LARGE):
                ws.send(data)
                right += ws.recv() == data
            ws.send(iter(["in ", "pieces"]))
            return right + (list(ws.recv_streaming()) == ["in pieces"])

    right = await asyncio.to_thread(work)
    check("the client of threads", right == 4, right)


async def main():
    parts = [(echoes, t, c) for t in ("/echo", "/blocking") for c in ("deflate", None)]
    parts += [(negotiation,), (closing,), (handshakes,), (silence,), (crowd,), (sync_client,)]
    for part, *arguments in parts:
        began = time.monotonic()
        try:
            await asyncio.wait_for(part(*arguments), 15)
        except Exception as error:
            check(f"{part.__name__} {arguments} runs to its end", False, repr(error))
        if os.environ.get("TIMES"):
            print(part.__name__, arguments, f"{time.monotonic() - began:.2f} s")
    print(f"websockets {websockets.__version__}")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


sys.exit(asyncio.run(main()))
