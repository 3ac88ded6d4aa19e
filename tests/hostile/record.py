#!/usr/bin/env python3
"""Gives each request of requests.txt to Node's HTTP server and to h11, and writes what they make of it into the table.

  python3 -m venv venv && venv/bin/pip install h11 && venv/bin/python tests/hostile/record.py

The lines `node` and `h11` of each block are replaced; everything else stays. The table says which versions were asked.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import h11

HERE = Path(__file__).parent
TABLE = HERE / "requests.txt"
ESCAPES = {"r": "\r", "n": "\n", "t": "\t", "0": "\0", "\\": "\\"}


def unescape(text):
    """Undoes \\r \\n \\t \\0 \\\\ \\xNN and \\{N*text}, which is the text N times. Characters are bytes."""
    text = re.sub(r"\\\{(\d+)\*([^}]*)\}", lambda m: m.group(2) * int(m.group(1)), text)
    return re.sub(r"\\(x[0-9a-f]{2}|.)", lambda m: chr(int(m.group(1)[1:], 16)) if len(m.group(1)) == 3 else ESCAPES[m.group(1)], text)


def blocks(lines):
    """Yields (first line, line behind the last, bytes) of each block."""
    start = None
    for i, line in enumerate(lines + [""]):
        if line.startswith("["):
            start = i
        elif line == "" and start is not None:
            raw = "".join(l[2:] for l in lines[start:i] if l.startswith("| "))
            yield start, i, unescape(raw)
            start = None


def ask_h11(text):
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(text.encode("latin-1"))
    requests, current, size = [], None, 0
    try:
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                waits = current is not None or connection.trailing_data[0] or len(connection._receive_buffer) > 0
                return {"requests": requests, "end": "waits" if waits else "ok"}
            if event is h11.PAUSED:
                return {"requests": requests, "end": "closes"}
            if isinstance(event, h11.Request):
                current, size = f"{event.method.decode()} {event.target.decode('latin-1')}", 0
            elif isinstance(event, h11.Data):
                size += len(event.data)
            elif isinstance(event, h11.EndOfMessage):
                requests.append(f"{current} {size}")
                current = None
                connection.send(h11.Response(status_code=200, headers=[("content-length", "0")]))
                connection.send(h11.EndOfMessage())
                if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                    return {"requests": requests, "end": "closes"}
                connection.start_next_cycle()
    except h11.RemoteProtocolError as error:
        return {"requests": requests, "end": f"refused {error.error_status_hint}"}
    except h11.LocalProtocolError as error:
        return {"requests": requests, "end": f"refused 500 {error}"}


def spelled(seen):
    """On one line: what is no visible ASCII is escaped, long targets are cut."""
    requests = []
    for request in seen["requests"]:
        method, target, size = request.rsplit(" ", 2)
        target = "".join(c if "!" <= c <= "~" else f"\\x{ord(c):02x}" for c in target)
        requests.append(f"{method} {target if len(target) <= 60 else target[:60] + '…'} {size}")
    return "; ".join(requests + [seen["end"]])


def main():
    lines = TABLE.read_text(encoding="utf-8").split("\n")
    found = list(blocks(lines))
    texts = [text for _, _, text in found]
    node = subprocess.run(["node", HERE / "record.mjs"], input=json.dumps(texts), capture_output=True, text=True, check=True)
    verdicts = list(zip(json.loads(node.stdout), map(ask_h11, texts)))
    for (start, end, _), (by_node, by_h11) in reversed(list(zip(found, verdicts))):
        block = [l for l in lines[start:end] if not re.match(r"(node|h11) ", l)]
        behind = max(i for i, l in enumerate(block) if l.startswith("| ")) + 1
        while behind < len(block) and block[behind].startswith("requests "):
            behind += 1
        block[behind:behind] = [f"node {spelled(by_node)}", f"h11  {spelled(by_h11)}"]
        lines[start:end] = block
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    asked = f"# asked: Node {version}, h11 {h11.__version__}"
    lines = [asked if l.startswith("# asked:") else l for l in lines]
    TABLE.write_text("\n".join(lines), encoding="utf-8")
    print(f"{len(found)} requests recorded")


if __name__ == "__main__":
    sys.exit(main())
