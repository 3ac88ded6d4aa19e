#!/usr/bin/env python3
"""Holds the tutorial's text to its programs.

  tools/tutorial.py check docs/tutorial/*.md         quoted code is word for word in the file that the block names
  tools/tutorial.py try BUILD docs/tutorial/*.md     what the pages type is typed, and answered as the pages say
  tools/tutorial.py write BUILD docs/tutorial/*.md   writes code and answers into the pages

```cpp examples/tutorial/02_path_parameters.cpp read_book    the region between `// [read_book]` and `// [/read_book]`;
                                                            without a name the whole file. Lines with markers are left out.
```console                                                   `$ make run EXAMPLE=tutorial/02_path_parameters` serves that program (from
                                                            BUILD, on another port) for the commands behind it; one that is followed
                                                            by output is run to its end. `…` stands for any text of a line.
```text                                                      a line `error: …` is a sentence of the library's headers.

Any other ```cpp block is an error; code that is wrong on purpose is ```c++.
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```[ ]*$", re.M | re.S)
MARKER = re.compile(r"^\s*(?://|#) \[/?[\w-]+\]\s*$")
ADDRESS = "127.0.0.1:8000"


class Wrong(Exception):
    pass


def dedented(lines):
    room = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "".join(line[room:] + "\n" for line in lines)


def region(name, wanted):
    """The text of a region of a file, or of the whole of it."""
    path = Path(name)
    if not path.is_file():
        raise Wrong(f"{name} does not exist.")
    lines = path.read_text(encoding="utf-8").splitlines()
    if wanted:
        places = [[at for at, line in enumerate(lines) if re.fullmatch(rf"\s*(?://|#) \[{end}{re.escape(wanted)}\]\s*", line)] for end in ("", "/")]
        if [len(found) for found in places] != [1, 1] or places[0] >= places[1]:
            raise Wrong(f"{name} has no region [{wanted}] … [/{wanted}].")
        lines = lines[places[0][0] + 1 : places[1][0]]
    return dedented([line for line in lines if not MARKER.match(line)]).strip("\n") + "\n"


def sentences():
    """All string literals of the headers, adjacent ones joined."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(Path("include").rglob("*.?pp")))
    return re.sub(r'"\s*\n\s*"', "", text).replace('\\"', '"')


def checked_code(info, body, headers):
    """What a block that is no dialogue should hold."""
    words = info.split()
    if words and "/" in (words[1] if len(words) > 1 else ""):
        return region(words[1], words[2] if len(words) > 2 else "")
    if words[:1] == ["cpp"]:
        raise Wrong("a cpp block names no file; what is wrong on purpose is c++.")
    if words[:1] == ["text"]:
        for line in body.splitlines():
            called = re.search(r"error: call to .*::(\w+)\(\)", line) # the sentence is a function's name
            said = called.group(1) if called else re.sub(r"^.*error: (static assertion failed: )?", "", line)
            if said != line and said not in headers():
                raise Wrong(f"no header says: {said}")
    return body


class Programs:
    """The server that a page talks to, one at a time."""

    def __init__(self, build, scratch):
        self.build, self.scratch, self.process, self.port = Path(build).resolve(), scratch, None, 0

    def stop(self):
        if not self.process:
            return
        process, self.process = self.process, None
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Wrong("the program did not stop.") from None
        if status != 0:
            raise Wrong(f"the program ended with status {status}.")

    def started(self, command, to_its_end):
        """`[NAME=VALUE …] make run EXAMPLE=… [ARGS="…"]`: what it printed, if it is run to its end."""
        self.stop()
        words = shlex.split(command)
        at = words.index("make")
        given = dict(word.split("=", 1) for word in words[at + 2 :])
        binary = self.build / "examples" / given["EXAMPLE"]
        if not binary.exists():
            raise Wrong(f"{binary} is not built.")
        environment = dict(os.environ, **dict(word.split("=", 1) for word in words[:at]))
        arguments = [str(binary), *shlex.split(given.get("ARGS", ""))]
        if to_its_end:
            done = subprocess.run(arguments, cwd=self.scratch, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=30, text=True)
            return done.stdout
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen([*arguments, "--port", str(self.port), "--no-access-log"], cwd=self.scratch, env=environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(500):
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", self.port)) == 0:
                    return ""
            if self.process.poll() is not None:
                self.process = None
                raise Wrong("the program did not serve.")
            time.sleep(0.02)
        raise Wrong("the program does not listen.")

    def answered(self, command):
        here = f"127.0.0.1:{self.port}"
        if not self.process:
            raise Wrong("no program is running here: make run EXAMPLE=… is missing.")
        done = subprocess.run(["bash", "-c", command.replace(ADDRESS, here)], cwd=self.scratch, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30, text=True)
        return done.stdout.replace("\r", "").replace(here, ADDRESS)


def complete(command):
    try:
        shlex.split(command)
    except ValueError: # an open quote, or a backslash at the end
        return False
    return not command.endswith("\\")


def fits(expected, found):
    return re.fullmatch("[^\n]*".join(re.escape(part) for part in expected.strip("\n").split("…")), found.strip("\n")) is not None


def tried_dialogue(body, programs):
    """The block with the answers that there really are; one that fits stays as it is. Counts what was tried."""
    out, lines, tried = [], body.splitlines(), 0
    while lines:
        command = [lines.pop(0)]
        if not command[0].startswith("$ "):
            raise Wrong(f"this is no command: {command[0]}")
        while lines and not complete("\n".join(command)):
            command.append(lines.pop(0))
        expected = []
        while lines and not lines[0].startswith("$ "):
            expected.append(lines.pop(0))
        text = "\n".join(command)[2:]
        said = "\n".join(expected)
        found = programs.started(text, bool(said.strip())) if "make run EXAMPLE=" in text else programs.answered(text)
        if not fits(said, found):
            said = re.sub(r"(?m)^date: .*$", "date: …", found.strip("\n"))
        out += command + (said.split("\n") if said else [])
        tried += 1
    return "\n".join(out) + "\n", tried


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("check", "try", "write"):
        print(__doc__, file=sys.stderr)
        return 2
    mode, arguments = sys.argv[1], sys.argv[2:]
    build = None if mode == "check" else arguments.pop(0)
    passed = failed = 0
    cache = []

    def headers():
        if not cache:
            cache.append(sentences())
        return cache[0]

    with tempfile.TemporaryDirectory() as scratch:
        os.symlink(Path("examples").resolve(), Path(scratch) / "examples") # a program may serve files that lie beside it
        for page in map(Path, arguments):
            text = page.read_text(encoding="utf-8")
            programs = Programs(build, scratch) if build else None
            pieces, end = [], 0

            def blame(place, problem):
                print(f"{page}:{text.count(chr(10), 0, place) + 1}: {problem}")

            for block in BLOCK.finditer(text):
                info, body = block.group(1), block.group(2)
                new = body
                try:
                    if info.strip() == "console":
                        if programs:
                            new, tried = tried_dialogue(body, programs)
                            passed += tried
                    elif mode != "try":
                        new = checked_code(info, body, headers)
                        passed += new == body and "/" in info
                    if new != body and mode != "write":
                        failed += 1
                        blame(block.start(), f"this is not what there is. It should be:\n{new}")
                except (Wrong, subprocess.TimeoutExpired) as error:
                    failed += 1
                    blame(block.start(), error)
                    if programs:
                        try:
                            programs.stop()
                        except Wrong:
                            pass
                pieces += [text[end : block.start()], f"```{info}\n{new}```"]
                end = block.end()
            if programs:
                try:
                    programs.stop()
                except Wrong as error:
                    failed += 1
                    blame(len(text), error)
            if mode == "write":
                page.write_text("".join(pieces) + text[end:], encoding="utf-8")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
