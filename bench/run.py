"""Benchmarks of fastapi.hpp: HTTP load, many and strange connections, compile cost, instructions a request, models from
and to JSON, and SQL. Needs g++, wrk, valgrind and OpenSSL.

Everything compared is measured in one run and interleaved, so that noise of the machine hits all alike; medians are
reported, of ratios the median of each round's ratio. CPU time a request is the main figure: requests/s depends on what the
load generator leaves over. The yardstick is epoll_loop.c, the least that a server can do.
"""

import argparse
import ctypes
import functools
import http.client
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import venv

BENCH = pathlib.Path(__file__).resolve().parent
ROOT = BENCH.parent
BUILD = ROOT / "build" / "bench"
VENV = ROOT / "build" / "venv"
FASTAPI = "fastapi==0.141.1"
TICK = os.sysconf("SC_CLK_TCK")

ITEM = '{"name":"Foo","price":35.4,"quantity":3,"description":"A very nice item","tags":["red","blue"]}'
ITEM_OUT = {**json.loads(ITEM), "total": 35.4 * 3}
CASES = {  # name: method, target, body
    "plaintext": ("GET", "/plaintext", None),
    "json": ("GET", "/json", None),
    "params": ("GET", "/items/42?q=hello&limit=20", None),
    "post": ("POST", "/items", ITEM),
}


def problem(kind, loc, msg, value, **ctx):
    return {"type": kind, "loc": loc, "msg": msg, "input": value} | ({"ctx": ctx} if ctx else {})


INT_PARSING = "Input should be a valid integer, unable to parse string as an integer"
CHECKS = [  # method, target, body, status, content type, answer; what FastAPI answers
    ("GET", "/plaintext", None, 200, "text/plain", "Hello, World!"),
    ("GET", "/json", None, 200, "application/json", {"message": "Hello, World!"}),
    ("GET", "/items/42?q=hello&limit=20", None, 200, "application/json", {"item_id": 42, "q": "hello", "limit": 20}),
    ("GET", "/items/-7?q=a%20b", None, 200, "application/json", {"item_id": -7, "q": "a b", "limit": 10}),
    ("GET", "/items/abc?limit=500", None, 422, "application/json", {"detail": [
        problem("int_parsing", ["path", "item_id"], INT_PARSING, "abc"),
        problem("missing", ["query", "q"], "Field required", None),
        problem("less_than_equal", ["query", "limit"], "Input should be less than or equal to 100", "500", le=100),
    ]}),
    ("POST", "/items", ITEM, 200, "application/json", ITEM_OUT),
    ("POST", "/items", '{"name":"x","price":1,"quantity":0,"tags":[]}', 200, "application/json",
     {"name": "x", "price": 1.0, "quantity": 0, "description": None, "tags": [], "total": 0.0}),
    ("POST", "/items", '{"name":"","price":-1,"quantity":-3,"tags":["a",1]}', 422, "application/json", {"detail": [
        problem("string_too_short", ["body", "name"], "String should have at least 1 character", "", min_length=1),
        problem("greater_than", ["body", "price"], "Input should be greater than 0", -1, gt=0.0),
        problem("greater_than_equal", ["body", "quantity"], "Input should be greater than or equal to 0", -3, ge=0),
        problem("string_type", ["body", "tags", 1], "Input should be a valid string", 1),
    ]}),
]

closing = []  # the lines "bench: …", printed last


def figure(case, metric, value):
    text = f"{value:.0f}" if isinstance(value, float) and value >= 1000 else (
        f"{value:.3g}" if isinstance(value, float) else str(value))
    closing.append(f"bench: {case} {metric} {text}")


def fail(message):
    sys.exit(f"bench: error: {message}")


def say(text=""):
    print(text, flush=True)


def table(head, rows):
    rows = [[f"{c:.4g}" if isinstance(c, float) and c < 1000 else f"{c:.0f}" if isinstance(c, float) else str(c)
             for c in row] for row in [head, *rows]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for row in rows:
        say("  " + row[0].ljust(widths[0]) + "".join("  " + c.rjust(w) for c, w in zip(row[1:], widths[1:])))
    say()


def tool_version(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return "missing"
    return ((done.stdout + done.stderr).splitlines() or ["?"])[0].strip()


# ---------------------------------------------------------------------------------------------- processes

LIBC = ctypes.CDLL(None)


CORES = set(os.sched_getaffinity(0))
PINS = {  # of server and load
    "one": ({max(CORES)}, {max(CORES)}),  # they take turns: nobody is woken on another core, which costs most and varies most
    "split": ({min(CORES)}, {max(CORES)}),
    "both": (CORES, CORES),
}


def start_bound(command, core, **options):
    """Starts a process pinned to core that ends with us."""
    def prepare():
        os.sched_setaffinity(0, core)
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        LIBC.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    return subprocess.Popen([str(c) for c in command], preexec_fn=prepare, **options)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def family(pid):
    """pid and its descendants."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = pathlib.Path("/proc", entry, "stat").read_text()
            except OSError:
                continue
            children.setdefault(int(stat.rsplit(")", 1)[1].split()[1]), []).append(int(entry))
    found = [pid]
    for member in found:
        found += children.get(member, [])
    return found


class Server:
    def __init__(self, name, command, lifetime, core=PINS["split"][0]):
        self.name, self.port = name, free_port()
        command = [str(c).replace("{port}", str(self.port)) for c in command]
        log = BUILD / f"{name}.log"
        self.started = time.perf_counter()
        with open(log, "wb") as out:
            self.process = start_bound(command, core, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=BENCH)
        self.log = log
        self.bound = threading.Timer(lifetime, self.process.kill)
        self.bound.daemon = True
        self.bound.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.bound.cancel()
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def wait(self, target, seconds=30):
        """Asks until answered; the seconds from the start of the process to its first answer."""
        request = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
        while time.perf_counter() - self.started < seconds:
            if self.process.poll() is not None:
                fail(f"{self.name} ended with {self.process.returncode}: {self.log.read_text(errors='replace')[-500:]}")
            try:
                with socket.create_connection(("127.0.0.1", self.port), 5) as s:
                    s.sendall(request)
                    if s.recv(65536).startswith(b"HTTP/1.1 200"):
                        return time.perf_counter() - self.started
            except OSError:
                pass
            time.sleep(0.0002)
        fail(f"{self.name} did not answer GET {target} with 200 within {seconds} s: see {self.log.relative_to(ROOT)}")

    def cpu_seconds(self):
        """User and system time of its processes and threads, those that have ended included."""
        seconds = 0
        for pid in family(self.process.pid):
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            seconds += sum(int(f) for f in fields[13:15]) / TICK  # cutime cstime
            # The process's clock (clock_getcpuclockid) counts the same as utime and stime, but in ns, not in 10 ms.
            seconds += time.clock_gettime((~pid << 3) | 2)
        return seconds

    def memory_mb(self):
        """Resident now and at most."""
        rss = peak = 0
        for pid in family(self.process.pid):
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            rss += int(re.search(r"VmRSS:\s+(\d+)", status)[1])
            peak += int(re.search(r"VmHWM:\s+(\d+)", status)[1])
        return rss / 1024, peak / 1024


# ------------------------------------------------------------------------------------------------ compiler

CXX = os.environ.get("CXX", "g++").split()
CC = os.environ.get("CC", "gcc").split()


def package(option, *names):
    """What pkg-config says of those that are installed."""
    found = []
    for name in names:
        if shutil.which("pkg-config"):
            done = subprocess.run(["pkg-config", option, name], capture_output=True, text=True)
            found += [f for f in done.stdout.split() if f not in found]
    return found


CFLAGS = package("--cflags", "cpp-httplib")
# What fastapi.hpp uses when it is installed; --as-needed leaves out what a program does not use.
LIBS = ["-Wl,--as-needed", *(package("--libs", "cpp-httplib", "re2", "sqlite3", "libssl", "libcrypto", "zlib") or ["-lcpp-httplib"]),
        "-pthread"]


@functools.cache
def includes():
    """The folded fastapi.hpp; where it is not what include/ gives, the source tree."""
    check = ROOT / "tools" / "amalgamate.py"
    current = (ROOT / "fastapi.hpp").exists() and (
        not check.exists() or subprocess.run([sys.executable, str(check), "--check"], capture_output=True).returncode == 0)
    if current:
        return [f"-I{ROOT}"]
    say("fastapi.hpp is missing or not what include/ gives (make header): the source tree is measured.\n")
    (BUILD / "include").mkdir(exist_ok=True)
    (BUILD / "include" / "fastapi.hpp").write_text('#pragma once\n#include "fastapi/fastapi.hpp"\n')
    return [f"-I{BUILD / 'include'}", f"-I{ROOT / 'include'}"]


def compile_cost(source, out, *flags, object_only=False, strict=True):
    """Compiles (and links); CPU seconds and peak memory in MB of the costliest process, or None on an error."""
    command = [*CXX, "-std=c++20", "-O2", *flags, *includes(), f"-I{BENCH}", *CFLAGS, str(source), "-o", str(out)]
    command += ["-c"] if object_only else LIBS
    errors = BUILD / "compile.log"
    with open(errors, "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        text = errors.read_text(errors="replace")
        if strict:
            fail(f"{source.name} does not compile:\n{text[:3000]}")
        return None
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


# -------------------------------------------------------------------------------------------- environment

def fastapi_python():
    """The interpreter of the virtual environment with FastAPI, or None with the reason said."""
    python = VENV / "bin" / "python"
    probe = [str(python), "-c", "import fastapi, uvicorn, uvloop, httptools; print(fastapi.__version__, uvicorn.__version__)"]
    def works():
        return python.exists() and subprocess.run(probe, capture_output=True, text=True).stdout.startswith(
            FASTAPI.split("==")[1] + " ")
    if not works():
        say(f"Making a virtual environment with {FASTAPI} and uvicorn in build/venv …")
        try:
            if not python.exists():
                venv.create(VENV, with_pip=True)
            done = subprocess.run([str(python), "-m", "pip", "install", "-q", FASTAPI, "uvicorn[standard]"],
                                  capture_output=True, text=True, timeout=600)
        except (OSError, subprocess.SubprocessError) as error:
            say(f"FastAPI is left out: the virtual environment could not be made ({error}).\n")
            return None
        if not works():
            say("FastAPI is left out: it could not be installed "
                f"({(done.stderr.strip().splitlines() or ['no message'])[-1]}).\n")
            return None
    say("FastAPI, uvicorn: " + subprocess.run(probe, capture_output=True, text=True).stdout.strip())
    return python


# ------------------------------------------------------------------------------------------------ HTTP load

def check(server):
    """The differences between what a server answers and what it should."""
    wrong = []
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    for method, target, body, status, content_type, expected in CHECKS:
        if server.name in YARDSTICKS and (method, target, body) not in CASES.values():
            continue  # their answers are fixed
        connection.request(method, target, body, {"Content-Type": "application/json"} if body else {})
        response = connection.getresponse()
        raw = response.read()
        kind = (response.getheader("Content-Type") or "").split(";")[0].strip()
        try:
            answer = json.loads(raw) if content_type == "application/json" else raw.decode()
        except ValueError:
            answer = raw
        if (response.status, kind, answer) != (status, content_type, expected):
            wrong.append(f"{server.name}: {method} {target}\n    expected {status} {content_type} {expected!r}\n"
                         f"    answered {response.status} {kind} {answer!r}")
    connection.close()
    return wrong


def load(server, case, seconds, connections, core):
    method, target, body = CASES[case]
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", BENCH / "wrk.lua",
               f"http://127.0.0.1:{server.port}{target}"]
    command += ["--", method, body] if body else []
    before = server.cpu_seconds()
    process = start_bound(command, core, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        output, _ = process.communicate(timeout=seconds + 30)
    except subprocess.TimeoutExpired:
        process.kill()
        fail(f"wrk did not end ({server.name}, {case})")
    cpu = server.cpu_seconds() - before
    line = re.search(r"^RESULT (.*)$", output, re.M)
    if not line:
        fail(f"wrk gave no result ({server.name}, {case}):\n{output}")
    result = {k: int(v) for k, v in (pair.split("=") for pair in line[1].split())}
    if result["errors"] or not result["requests"]:
        fail(f"{result['errors']} errors in {result['requests']} requests ({server.name}, {case})")
    return {
        "requests_per_second": result["requests"] / result["duration_us"] * 1e6,
        "cpu_us": cpu / result["requests"] * 1e6,
        "p50_us": result["p50_us"],
        "p99_us": result["p99_us"],
    }


YARDSTICKS = ("epoll", "again")  # "again" is epoll once more: what differs between them is noise


def server_commands(options, python, names):
    """What starts each of the servers asked for; builds them."""
    commands = {}
    for name in names:
        if name == "ours":
            compile_cost(BENCH / "fastapi_hpp.cpp", BUILD / "fastapi_hpp")
            commands[name] = [BUILD / "fastapi_hpp", "--port", "{port}", "--no-access-log"]
        elif name in YARDSTICKS:
            done = subprocess.run([*CC, "-std=c11", "-O2", "-Wall", "-Wextra", "-pthread", str(BENCH / "epoll_loop.c"), "-o",
                                   str(BUILD / f"epoll_loop_{name}")], capture_output=True, text=True)
            if done.returncode:
                fail(f"epoll_loop.c does not compile:\n{done.stderr[:3000]}")
            commands[name] = [BUILD / f"epoll_loop_{name}", "--port", "{port}"]
        elif name == "bare":
            compile_cost(BENCH / "bare_httplib.cpp", BUILD / "bare_httplib")
            commands[name] = [BUILD / "bare_httplib", "{port}", options.connections]
        elif name == "fastapi" and python:
            commands[name] = [python, "-m", "uvicorn", "fastapi_app:app", "--port", "{port}", "--no-access-log",
                              "--log-level", "warning"]
    return commands


def http_part(options, python):
    server_core, load_core = PINS[options.pin]
    place = {"one": f"server and wrk together on core {max(CORES)}", "both": "server and wrk on all cores",
             "split": f"server on core {min(CORES)}, wrk on core {max(CORES)}"}[options.pin]
    say(f"== HTTP: wrk, {options.connections} connections kept alive; {place}; {options.rounds} rounds of {options.seconds} s "
        "each, medians\n")
    commands = server_commands(options, python, options.only)
    lifetime = 120 + options.rounds * len(commands) * len(CASES) * (options.seconds + 5)
    servers, results, memory = {}, {}, {}
    try:
        for name, command in commands.items():
            servers[name] = Server(name, command, lifetime, server_core)
        wrong = []
        for server in servers.values():
            server.wait("/plaintext")
            wrong += check(server)
        if wrong:
            fail("wrong answers, so nothing is measured:\n  " + "\n  ".join(wrong))
        if same := [n for n in servers if n not in YARDSTICKS]:
            say(f"All {len(CHECKS)} checks answered alike by: {', '.join(same)}.\n")
        for server in servers.values():
            load(server, "plaintext", 1, options.connections, load_core)  # warm-up
        for turn in range(options.rounds):
            for case in CASES:
                for name in list(servers)[::-1 if turn % 2 else 1]:
                    results.setdefault((case, name), []).append(
                        load(servers[name], case, options.seconds, options.connections, load_core))
        for name, server in servers.items():
            memory[name] = server.memory_mb()
    finally:
        for server in servers.values():
            server.stop()
    first = "ours" if "ours" in servers else next(iter(servers))
    others = [n for n in servers if n != first]
    short = {"cpu_us": "cpu", "requests_per_second": "requests_per_second", "p50_us": "p50", "p99_us": "p99"}
    rows = []
    for case in CASES:
        for name in servers:
            runs = results[case, name]
            m = {metric: statistics.median(r[metric] for r in runs) for metric in short}
            cpu = [r["cpu_us"] for r in runs]
            row = [f"{case} {name}", m["cpu_us"], f"{min(cpu):.3g}-{max(cpu):.3g}", *(m[metric] for metric in list(short)[1:])]
            for metric, value in m.items():
                figure(case, metric if name == first else f"{metric}_{name}", float(value))
            for other in others:
                if name != first:
                    row.append("")
                    continue
                for metric, word in short.items():
                    ratios = [mine[metric] / its[metric] for mine, its in zip(runs, results[case, other])]
                    figure(case, f"{word}_vs_{other}", statistics.median(ratios))
                    if metric == "cpu_us":
                        row.append(f"{statistics.median(ratios):.3f} ({min(ratios):.2f}-{max(ratios):.2f})")
            rows.append(row)
    table(["case", "CPU us/request", "spread", "requests/s", "p50 us", "p99 us", *[f"CPU {first}/{o}" for o in others]], rows)
    rows = []
    for name, (rss, peak) in memory.items():
        rows.append([name, rss, peak])
        figure("load", "rss_mb" if name == first else f"rss_mb_{name}", rss)
        figure("load", "hwm_mb" if name == first else f"hwm_mb_{name}", peak)
        if name != first:
            figure("load", f"rss_vs_{name}", memory[first][0] / rss)
            figure("load", f"hwm_vs_{name}", memory[first][1] / peak)
    table(["memory after load", "VmRSS MB", "VmHWM MB"], rows)


# ------------------------------------------------------------------------------------------------ connections

def connections_part(options, python):
    """What load.cpp measures: parked and slow connections, streams, large bodies, TLS, clients that misbehave."""
    server_core, load_core = PINS["split"]
    say(f"== Connections: load.cpp; server on core {min(CORES)}, load on core {max(CORES)}\n")
    program = BUILD / "load"
    done = subprocess.run([*CXX, "-std=c++20", "-O2", str(BENCH / "load.cpp"), "-o", str(program), "-lssl", "-lcrypto", "-pthread"],
                          capture_output=True, text=True)
    if done.returncode:
        fail(f"load.cpp does not compile:\n{done.stderr[:3000]}")
    quick = options.quick
    many, large = ("200", "100000000") if quick else ("1000", "1000000000")
    modes = [["idle", "2000" if quick else "10000"], ["slow", "50" if quick else "200"], ["sse", many], ["websocket", many],
             ["upload", large], ["upload", large, "--chunked"], ["download", large], ["chaos", "1"], ["tls"]]
    if options.modes:
        modes = [m for m in modes if m[0] in options.modes.split(",")]
    certificate, key = BUILD / "certificate.pem", BUILD / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)], capture_output=True, check=True)
    names = [n for n in options.only if n in ("ours", "epoll", "fastapi")]
    for name, command in server_commands(options, python, names).items():
        for mode in modes:
            if name == "epoll" and mode[0] not in ("idle", "chaos"):
                continue
            ending = "" if name == "ours" else f"_{name}"
            label = mode[0] + ("_chunked" if "--chunked" in mode else "")
            extra = []
            if mode[0] == "tls":
                extra = ["--ssl-certfile", certificate, "--ssl-keyfile", key]
                if name == "ours":
                    offers = subprocess.run([str(command[0]), "--help"], capture_output=True, text=True).stdout
                    if "--ssl-certfile" not in offers:
                        closing.append("skipped: tls: the server has no --ssl-certfile")
                        say(closing[-1])
                        continue
            with Server(name, [*command, *extra], 300, server_core) as server:
                if extra:
                    time.sleep(3 if name == "fastapi" else 0.5)
                else:
                    server.wait("/plaintext")
                process = start_bound([program, *mode, "--port", server.port, "--pid", server.process.pid, "--seconds",
                                       2 if quick else 5], load_core, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                output, _ = process.communicate(timeout=400)
                if server.process.poll() is not None:
                    output += f"wrong: {mode[0]}: the server ended with {server.process.returncode}\n"
            for line in output.splitlines():
                say(f"  {name}: {line}")
                words = line.split()
                if words and words[0] == "bench:":
                    closing.append(f"bench: {label} {words[2]}{ending} {words[3]}")
                elif words and words[0] in ("skipped:", "wrong:"):
                    closing.append(line if name == "ours" else f"{line} ({name})")
    say()


# ------------------------------------------------------------------------------------------------ compile cost

def first_answer(name, command):
    """Milliseconds to the first answer and resident MB shortly after it."""
    with Server(name, command, 60) as server:
        seconds = server.wait("/")
        time.sleep(0.3)
        return seconds * 1000, server.memory_mb()[0]


def compile_part(options, python):
    say(f"== Compile cost and start-up: -O2, {options.repeats} interleaved repeats, medians\n")
    hello = ROOT / "examples" / "hello.cpp"
    ours = "ours" in options.only
    if ours and not hello.exists():
        fail("examples/hello.cpp is missing")
    large = BUILD / "large.cpp"
    large.write_text(subprocess.run([sys.executable, str(BENCH / "gen_large.py")], capture_output=True, text=True,
                                    check=True).stdout)
    jobs = {}
    if ours:
        jobs["hello"] = (hello, BUILD / "hello", [], False)
    jobs["by_hand"] = (BENCH / "hello_by_hand.cpp", BUILD / "hello_by_hand", [], False)
    if ours:
        jobs["compiled"] = (hello, BUILD / "hello_compiled.o", ["-DFASTAPI_COMPILED_LIB"], True)
    jobs["only_json"] = (BENCH / "only_json.cpp", BUILD / "only_json.o", [], True)
    if ours:
        jobs["large"] = (large, BUILD / "large", [], False)
    costs = {}
    for _ in range(options.repeats):
        for name in list(jobs):
            source, out, flags, object_only = jobs[name]
            # the compiled form may not exist in this checkout: said, not fatal
            cost = compile_cost(source, out, *flags, object_only=object_only, strict=name != "compiled")
            if cost is None:
                say("The compiled form (-DFASTAPI_COMPILED_LIB) does not compile; it is left out.\n")
                del jobs[name]
            else:
                costs.setdefault(name, []).append(cost)
    seconds = {n: statistics.median(c[0] for c in costs[n]) for n in jobs}
    peak = {n: statistics.median(c[1] for c in costs[n]) for n in jobs}
    size = {}
    for name, (_, out, _, object_only) in jobs.items():
        if not object_only:
            stripped = out.with_suffix(".stripped")
            subprocess.run(["strip", "-o", str(stripped), str(out)], check=True)
            size[name] = stripped.stat().st_size / 1024
    commands = {n: [jobs[n][1], "--port", "{port}"] for n in ("hello", "by_hand") if n in jobs}
    if python and "fastapi" in options.only:
        commands["fastapi"] = [python, "-m", "uvicorn", "fastapi_app:hello", "--port", "{port}", "--no-access-log",
                               "--log-level", "warning"]
    starts = {}
    for _ in range(options.starts):
        for name, command in commands.items():
            starts.setdefault(name, []).append(first_answer(name, command))
    answer = {n: statistics.median(s[0] for s in v) for n, v in starts.items()}
    idle = {n: statistics.median(s[1] for s in v) for n, v in starts.items()}

    label = {"hello": "hello, header only", "by_hand": "hello, by hand", "compiled": "hello -c, compiled form",
             "only_json": "json.hpp -c", "large": "50 routes, 30 models", "fastapi": "hello, FastAPI"}
    rows = []
    for name in [*jobs, *(n for n in starts if n not in jobs)]:
        row = [label[name]]
        for column in (seconds, peak, size, answer, idle):
            row.append(column.get(name, ""))
        rows.append(row)
    table(["", "CPU s", "peak MB", "stripped KB", "first answer ms", "idle MB"], rows)
    columns = {"compile": (seconds, "compile_s"), "peak": (peak, "compile_mb"), "binary": (size, "binary_kb"),
               "first_answer": (answer, "first_answer_ms"), "idle": (idle, "idle_mb")}
    rows = []
    for case, name, base in (("hello", "hello", "by_hand"), ("compiled", "compiled", "only_json"),
                             ("large", "large", "hello"), ("hello", "hello", "fastapi")):
        row = [f"{label[name]} / {label[base]}"]
        for short, (column, metric) in columns.items():
            if name not in column or base not in column:
                row.append("")
                continue
            if base != "fastapi":
                figure(case, metric, column[name])
            row.append(f"{column[name] / column[base]:.2f}")
            figure(case, f"{short}_vs_{base}", column[name] / column[base])
        if any(row[1:]):
            rows.append(row)
    table(["ratios", "CPU", "peak", "stripped", "first answer", "idle"], rows)


# ------------------------------------------------------------------------------------------------ instructions

def callgrind(*command):
    """The instructions that a program takes."""
    out = BUILD / "callgrind.out"
    out.unlink(missing_ok=True)
    command = [str(c) for c in command]
    done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *command], capture_output=True,
                          text=True, env={**os.environ, "PYTHONHASHSEED": "0"})
    total = re.search(r"^(?:totals|summary):\s+(\d+)", out.read_text() if out.exists() else "", re.M)
    if done.returncode or not total:
        fail(f"{' '.join(command)} under callgrind: {done.stdout}{done.stderr}"[:2000])
    return int(total[1])


def instructions(case, count, *flags):
    return callgrind(BUILD / "in_process", case, count, *flags)


def instruction_part(options):
    low, high = (200, 700) if options.quick else (200, 1200)
    say(f"== Instructions a request in process, without a network: callgrind, ({high} requests - {low}) / {high - low}\n")
    if not shutil.which("valgrind"):
        say("Left out: valgrind is missing.\n")
        return
    compile_cost(BENCH / "in_process.cpp", BUILD / "in_process", "-g")
    rows = []
    for case in CASES:
        ours = (instructions(case, high) - instructions(case, low)) / (high - low)
        bare = (instructions(case, high, "--bare") - instructions(case, low, "--bare")) / (high - low)
        rows.append([case, ours, bare, f"{ours / bare:.2f}"])
        figure(case, "instructions", round(ours))
        figure(case, "instructions_by_hand", round(bare))
        figure(case, "instructions_vs_by_hand", ours / bare)
    table(["case", "FastAPI::handle", "handler by hand", "ratio"], rows)


# ------------------------------------------------------------------------------------------------ models

# Each document with the number of times that callgrind counts beyond the first few, in C++ and in Python.
DOCUMENTS = {"small": (2000, 1000), "nested": (1000, 1000), "large": (3, 2)}
WORKS = ("parse", "dump")


def build_models():
    """The programs of models.cpp: the one that is timed, and the one that counts the heap."""
    flags = [*CXX, "-std=c++20", "-O2", *includes(), f"-I{BENCH}", *CFLAGS]
    objects = {}
    for name in ("models", "models_nlohmann", "models_heap"):
        objects[name] = BUILD / f"{name}.o"
        done = subprocess.run([*flags, "-c", str(BENCH / f"{name}.cpp"), "-o", str(objects[name])], capture_output=True, text=True)
        if done.returncode:
            fail(f"{name}.cpp does not compile:\n{done.stderr[:3000]}")
    both = [str(objects["models"]), str(objects["models_nlohmann"])]
    for name, extra in (("models", []), ("models_counted", [str(objects["models_heap"])])):
        subprocess.run([*CXX, *both, *extra, "-o", str(BUILD / name), *LIBS], check=True)
    return BUILD / "models", BUILD / "models_counted"


def named_values(command):
    """What a program prints as lines "who what value": {(who, what): value}."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode:
        fail(f"{command[0]}: {done.stdout}{done.stderr}"[:2000])
    return {tuple(line.split()[:-1]): float(line.split()[-1]) for line in done.stdout.splitlines()}


def models_part(options, python):
    rounds, milliseconds = (3, 200) if options.quick else (8, 500)
    pydantic = python and subprocess.run([str(python), "-c", "import pydantic; print(pydantic.VERSION)"], capture_output=True,
                                         text=True).stdout.strip()
    say("== Models: JSON text into a validated object (parse) and back (dump); CPU time, "
        f"minima of {rounds} rounds in turns of {milliseconds} ms")
    say("   nlohmann: json::parse(text).get<T>() with the same constraints checked by hand, json(value).dump()")
    say(f"   Pydantic: {pydantic or 'left out'}. reflect-cpp and glaze are no packages of Debian, PyPI or npm: left out.\n")
    program, counted = build_models()
    script = BENCH / "models.py"
    subprocess.run([sys.executable, str(script), "documents", str(BUILD)], check=True)
    files = {name: BUILD / f"{name}.json" for name in DOCUMENTS}
    whos = ["ours", "nlohmann", *(["pydantic"] if pydantic else [])]

    best = {}
    for _ in range(rounds):
        for name, file in files.items():
            found = named_values([program, "time", name, file, milliseconds])
            if pydantic:
                found |= named_values([python, script, "time", name, file, milliseconds])
            for key, value in found.items():
                best[name, *key] = min(value, best.get((name, *key), value))

    counts = {}
    if shutil.which("valgrind"):
        for name, file in files.items():
            for work in WORKS:
                for who in whos:
                    few = 2
                    if who == "pydantic":
                        if options.quick:
                            continue
                        command, more = [python, script, "count", name, file, work], DOCUMENTS[name][1]
                    else:
                        command, more = [program, "count", name, file, work, who], DOCUMENTS[name][0]
                    counts[name, who, work] = (callgrind(*command, few + more) - callgrind(*command, few)) / more
    else:
        say("Instructions are left out: valgrind is missing.\n")

    rows = []
    for name, file in files.items():
        for work in WORKS:
            ours = best[name, "ours", work]
            row = [f"{name} {work}", file.stat().st_size, *(best[name, who, work] / 1000 for who in whos)]
            figure(f"models {name}", f"{work}_us", ours / 1000)
            for who in whos[1:]:
                ratio = best[name, who, work] / ours
                row.append(f"{ratio:.2f}")
                figure(f"models {name}", f"{work}_times_faster_than_{who}", ratio)
            rows.append(row)
    table(["CPU us", "bytes", *whos, *(f"{who}/ours" for who in whos[1:])], rows)
    rows = []
    for name in files if counts else ():
        for work in WORKS:
            row = [f"{name} {work}", *(counts.get((name, who, work), "") for who in whos)]
            figure(f"models {name}", f"{work}_instructions", round(counts[name, "ours", work]))
            for who in whos[1:]:
                value = counts.get((name, who, work))
                row.append(f"{value / counts[name, 'ours', work]:.2f}" if value else "")
                if value:
                    figure(f"models {name}", f"{work}_instructions_of_{who}_to_ours", value / counts[name, "ours", work])
            rows.append(row)
    if rows:
        table(["instructions", *whos, *(f"{who}/ours" for who in whos[1:])], rows)

    memory = named_values([counted, "memory", "large", files["large"]])
    text = memory["text",]
    rows = []
    for who in whos[:2]:
        kept, peak = memory[who, "kept"], memory[who, "peak"]
        rows.append([who, text / 1024, kept / 1024, peak / 1024, f"{peak / kept:.2f}", f"{(peak + text) / (kept + text):.2f}"])
    table(["heap, large, KB", "text", "kept", "peak", "peak/kept", "with text"], rows)
    kept, peak = memory["ours", "kept"], memory["ours", "peak"]
    for metric, value in (("kept_kb", kept / 1024), ("peak_kb", peak / 1024), ("peak_to_kept", peak / kept),
                          ("peak_to_kept_with_text", (peak + text) / (kept + text)),
                          ("peak_of_nlohmann_to_ours", memory["nlohmann", "peak"] / peak)):
        figure("models memory", metric, value)


# ------------------------------------------------------------------------------------------------ SQL

SQL_PHASES = ("insert", "get", "pages", "update")


def sqlmodel_python():
    """The interpreter of the virtual environment with SQLModel, or None with the reason said."""
    python = VENV / "bin" / "python"
    probe = [str(python), "-c", "import sqlmodel, sqlalchemy; print(sqlmodel.__version__, sqlalchemy.__version__)"]
    try:
        if not python.exists():
            venv.create(VENV, with_pip=True)
        if subprocess.run(probe, capture_output=True).returncode:
            subprocess.run([str(python), "-m", "pip", "install", "-q", "sqlmodel"], capture_output=True, timeout=600)
        say("SQLModel, SQLAlchemy: " + subprocess.run(probe, capture_output=True, text=True, check=True).stdout.strip())
        return python
    except (OSError, subprocess.SubprocessError) as error:
        say(f"SQLModel is left out: it could not be installed ({error}).\n")
        return None


def sql_part(options):
    rounds, rows = (3, 20_000) if options.quick else (8, 100_000)
    say(f"== SQL: insert rows in one transaction, get each by its key, read pages of 100, change one column of each; CPU time of a row, "
        f"minima of {rounds} rounds in turns, {rows} rows (SQLModel {rows // 10})")
    say("   by hand: SQLite's functions with prepared statements that are kept (sql_by_hand.cpp)\n")
    compile_cost(BENCH / "sql.cpp", BUILD / "sql")
    done = subprocess.run([*CXX, "-std=c++20", "-O2", f"-I{BENCH}", str(BENCH / "sql_by_hand.cpp"), "-o", str(BUILD / "sql_by_hand"), "-lsqlite3"],
                          capture_output=True, text=True)
    if done.returncode:
        fail(f"sql_by_hand.cpp does not compile:\n{done.stderr[:3000]}")
    programs = {"ours": [BUILD / "sql"], "by_hand": [BUILD / "sql_by_hand"]}
    if python := sqlmodel_python():
        programs["sqlmodel"] = [python, BENCH / "sql.py"]
    for place, url in (("file", f"sqlite:///{BUILD / 'sql.db'}"), ("memory", "sqlite:///:memory:")):
        best, sums = {}, {}
        for _ in range(rounds):
            for who, command in programs.items():
                count = rows // 10 if who == "sqlmodel" else rows
                for (phase, what), value in named_values([*command, url, count, len(SQL_PHASES)]).items():
                    if what == "sum":
                        sums.setdefault((phase, count), set()).add(value)
                    else:
                        best[who, phase] = min(value, best.get((who, phase), value))
        if python:  # it has fewer rows: its sums are held against ours of as many
            for (phase, what), value in named_values([BUILD / "sql", url, rows // 10, len(SQL_PHASES)]).items():
                if what == "sum":
                    sums.setdefault((phase, rows // 10), set()).add(value)
        if wrong := [phase for (phase, _), found in sums.items() if len(found) != 1]:
            fail(f"the sums differ: {', '.join(wrong)}")
        for who in programs:
            best[who, "total"] = sum(best[who, phase] for phase in SQL_PHASES)
        lines = []
        for phase in (*SQL_PHASES, "total"):
            ours = best["ours", phase]
            line = [f"{place} {phase}", *(best[who, phase] / 1000 for who in programs), f"{ours / best['by_hand', phase]:.2f}"]
            figure(f"sql {place}", f"{phase}_us", ours / 1000)
            figure(f"sql {place}", f"{phase}_vs_by_hand", ours / best["by_hand", phase])
            if python:
                line.append(f"{best['sqlmodel', phase] / ours:.1f}")
                figure(f"sql {place}", f"{phase}_times_faster_than_sqlmodel", best["sqlmodel", phase] / ours)
            lines.append(line)
        table(["CPU us a row", *programs, "ours/by_hand", *(["sqlmodel/ours"] if python else [])], lines)
    if not shutil.which("valgrind"):
        say("Instructions are left out: valgrind is missing.\n")
        return
    few, lines, before = 10_000, [], {}
    for phases, phase in enumerate(("", *SQL_PHASES)):
        counted = {who: callgrind(*programs[who], f"sqlite:///{BUILD / 'sql.db'}", few, phases) for who in ("ours", "by_hand")}
        if phase:
            ours, by_hand = ((counted[who] - before[who]) / few for who in counted)
            lines.append([phase, ours, by_hand, f"{ours / by_hand:.3f}"])
            figure("sql instructions", phase, round(ours))
            figure("sql instructions", f"{phase}_vs_by_hand", ours / by_hand)
        before = counted
    table(["instructions a row", "ours", "by_hand", "ours/by_hand"], lines)


# ------------------------------------------------------------------------------------------------ main

def main():
    parser = argparse.ArgumentParser(prog="bench/run.sh", description="Benchmarks of fastapi.hpp.")
    parser.add_argument("--quick", action="store_true", help="short runs: a few minutes besides compiling")
    parser.add_argument("--parts", default="http,connections,compile,instructions,models,sql",
                        help="which of http,connections,compile,instructions,models,sql")
    parser.add_argument("--only", default="ours,epoll,bare,fastapi", help="which of ours,epoll,again,bare,fastapi; again: epoll "
                        "once more, for the noise; the first one (or ours) is compared with the others")
    parser.add_argument("--pin", choices=PINS, default="one", help="cores of server and wrk: one for both, one each, all for both")
    parser.add_argument("--modes", help="which of load.cpp's: idle,slow,sse,websocket,upload,download,chaos,tls")
    parser.add_argument("--connections", type=int, default=8, help="connections of wrk, and threads of the bare server")
    parser.add_argument("--rounds", type=int, help="rounds of the HTTP load")
    parser.add_argument("--seconds", type=int, help="seconds of each load")
    parser.add_argument("--repeats", type=int, help="repeats of each compilation")
    options = parser.parse_args()
    options.parts = options.parts.split(",")
    options.only = options.only.split(",")
    options.rounds = options.rounds or (4 if options.quick else 15)
    options.seconds = options.seconds or 1
    options.repeats = options.repeats or (1 if options.quick else 3)
    options.starts = 3 if options.quick else 10
    os.chdir(ROOT)
    BUILD.mkdir(parents=True, exist_ok=True)
    needed = [CXX[0]] + (["wrk"] if "http" in options.parts else [])
    if missing := [tool for tool in needed if not shutil.which(tool)]:
        fail(f"missing: {', '.join(missing)}")
    say(f"Compiler: {tool_version([*CXX, '--version'])}")
    say(f"cpp-httplib: {tool_version(['pkg-config', '--modversion', 'cpp-httplib'])}")
    python = fastapi_python() if "fastapi" in options.only and {"http", "connections", "compile", "models"} & set(options.parts) else None
    say(f"Load average: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores (other work disturbs the figures)\n")
    if "ours" in options.only:
        includes()
    if "http" in options.parts:
        http_part(options, python)
    if "connections" in options.parts:
        connections_part(options, python)
    if "instructions" in options.parts and "ours" in options.only:
        instruction_part(options)
    if "models" in options.parts and "ours" in options.only:
        models_part(options, python)
    if "sql" in options.parts and "ours" in options.only:
        sql_part(options)
    if "compile" in options.parts:
        compile_part(options, python)
    print("\n".join(closing))


if __name__ == "__main__":
    main()
