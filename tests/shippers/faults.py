"""Checks that clients lose and double nothing that they promise to keep, whatever happens on the way.

Usage: faults.py SERVER INSTALLED [CLIENT...]

All clients send at the same time, each through a proxy of its own, once for each fault and
database: SQLite, and a PostgreSQL server that this starts. What a client loses is known if the
table "What clients lose" in docs/shippers.md says so; it must not double it either.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from check import stored
from clients import CLIENTS, lines
from proxy import Fault, Proxy

HERE = pathlib.Path(__file__).parent
SCRIPTS = HERE.parent.parent / "scripts"
GUIDE = HERE.parent.parent / "docs" / "shippers.md"

DAEMONS = ["rsyslog", "syslog-ng", "journal-upload"]
JAVASCRIPT = ["opentelemetry-js-json", "opentelemetry-js-protobuf", "pino-loki", "pino-seq", "pino-elasticsearch"]
RUST = "opentelemetry-rust"
PYTHON_JSON = "opentelemetry-python-json"
PATIENCE = 60


class Lost(Fault):
    """The answer is lost after the commit."""

    def loses(self, number):
        return number <= 2


class Limited(Fault):
    """The client is told to send it again later, in the form in which the server tells it."""

    def answer(self, number, request, body):
        if number > 2:
            return None
        error = {"type": "es_rejected_execution_exception", "reason": "later"}
        whole = {"error": error, "status": 429}
        # Bodies that are compressed come from clients that go by the status.
        if not request.path.endswith("/_bulk") or "Content-Encoding" in request.headers:
            return 429, json.dumps(whole).encode()
        actions = [json.loads(line) for line in body.splitlines() if line.strip()][::2]
        items = [{next(iter(action)): {"status": 429, "error": error}} for action in actions]
        by_items = {"took": 0, "errors": True, "items": items}
        said = request.headers.get("X-Elastic-Client-Meta", "").split(",")
        if "h=bp" in said and any(part.startswith("js=") for part in said):
            return 200, json.dumps(by_items).encode()
        return 429, json.dumps({**by_items, **whole}).encode()


class Overloaded(Fault):
    """A gateway before the server takes nothing for a while, and knows nothing of the protocol."""

    def answer(self, number, request, body):
        return (503, b"{}") if number <= 2 else None


class Killed(Fault):
    """The server is killed while it works on requests."""

    def __init__(self, server):
        self._server, self._lock, self._sent = server, threading.Lock(), 0

    def sent(self, number):
        with self._lock:
            self._sent += 1
            if self._sent == 4:
                self._server.kill()
                threading.Timer(1, self._server.start).start()


class Stopped(Fault):
    """The database is stopped before the first request, and comes back."""

    def __init__(self, server):
        self._database, self._lock, self._is_over = server.database, threading.Lock(), False

    def answer(self, number, request, body):
        with self._lock:
            if not self._is_over:
                self._is_over = True
                self._database.stop()
                threading.Timer(2, self._database.start).start()


class Sqlite:
    """It cannot be stopped: another program keeps it to itself."""

    name = "SQLite"

    def __init__(self):
        self._directory = tempfile.TemporaryDirectory()
        self.url = f"sqlite:{self._directory.name}/logs.db"
        self._held = []

    def stop(self):
        for file in pathlib.Path(self._directory.name).glob("*.db"):
            held = sqlite3.connect(file, check_same_thread=False, isolation_level=None, timeout=30)
            held.execute("BEGIN IMMEDIATE")
            self._held.append(held)

    def start(self):
        while self._held:
            self._held.pop().close()

    def end(self):
        self._directory.cleanup()


class Postgres:
    """A server of its own."""

    name = "PostgreSQL"

    def __init__(self):
        self._directory = tempfile.mkdtemp()
        # PostgreSQL runs as another user when this runs as root.
        os.chmod(self._directory, 0o711)
        self._run("start")
        self.url = self._run("url").strip()

    def _run(self, *words):
        verb, *options = words
        place = f"{self._directory}/server"
        command = [SCRIPTS / "postgres", verb, place, *options]
        return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout

    def stop(self):
        self._run("stop", "--immediate")

    def start(self):
        self._run("start")

    def end(self):
        self.stop()
        shutil.rmtree(self._directory)


class Server:
    """The real server, on the same port each time it is started."""

    def __init__(self, program, keys, database):
        self._program, self._keys, self.database = program, keys, database
        self._log = tempfile.TemporaryFile("w+")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self):
        self._process = subprocess.Popen(
            [self._program, "--bind", f"127.0.0.1:{self.port}", "--env-file", "/dev/null"],
            env={**os.environ, "API_KEYS": json.dumps(self._keys), "DATABASE_URL": self.database.url},
            stdout=self._log,
            stderr=self._log,
        )
        began = time.monotonic()
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                assert time.monotonic() - began < PATIENCE and self._process.poll() is None, self.log()
                time.sleep(0.05)

    def kill(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def log(self):
        self._log.seek(0)
        return self._log.read()


def command(client, installed):
    if client in DAEMONS:
        return [HERE / "daemons", f"{installed}/debian"]
    if client == RUST:
        return [f"{installed}/rust/debug/shipper"]
    if client in JAVASCRIPT:
        return ["node", f"{installed}/clients.mjs"]
    if client == PYTHON_JSON:
        return [f"{installed}/venv-json/bin/python", HERE / "clients.py"]
    return [sys.executable, HERE / "clients.py"]


def known_losses():
    """Why a client may lose entries by a fault, for each pair of them."""
    section = GUIDE.read_text().split("### What clients lose\n", 1)[1].split("\n#", 1)[0]
    known = {}
    for row in re.findall(r"^\| `(.+?)` +\| (.+?) +\| (.+?) +\|$", section, re.MULTILINE):
        client, faults, why = row
        assert client in ALL, f"docs/shippers.md names {client}, which is not run: {ALL}"
        for fault in re.findall(r"`(.+?)`", faults):
            assert fault in FAULTS, f"docs/shippers.md names {fault}, which is no fault: {[*FAULTS]}"
            known[client, fault] = why
    assert known, "docs/shippers.md has no table of what clients lose"
    return known


def run(name, make_fault, database, program, installed, chosen):
    """What went wrong, for each client."""
    keys = {f"key-of-{client}-{name}-{os.getpid()}": f"{client}-{name}" for client in chosen}
    server = Server(program, keys, database)
    fault = make_fault(server)
    running = {}
    for key, client in zip(keys, chosen):
        log = tempfile.TemporaryFile("w+")
        process = subprocess.Popen(
            [*command(client, installed), Proxy(server.port, fault).url, client, key],
            stdout=log,
            stderr=log,
            env={**os.environ, "DAEMON_SECONDS": "12"},
            start_new_session=True,
        )
        running[client] = (key, process, log)
    failures, began = [], time.monotonic()
    for client, (key, process, log) in running.items():
        try:
            process.wait(max(0, began + PATIENCE - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        known = KNOWN.get((client, name))
        is_whole, wrong = await_stored(server, client, key, known)
        if known:
            found = "lost nothing: remove it from the table if that stays so" if is_whole else "lost, as is known"
            print(f"{client}, {name}, {database.name}: {found} ({known})", flush=True)
        if wrong:
            log.seek(0)
            failures.append(f"{client}, {name}, {database.name}: {wrong}\n{log.read()}")
    server.kill()
    return failures


def await_stored(server, client, key, may_lose):
    """Whether all entries of a client are there, and what is wrong with them, if anything is."""
    expected, began = sorted(lines(client)), time.monotonic()
    while True:
        try:
            found = sorted(entry.get("message", "") for entry in stored(server.url, key))
        except OSError as error:
            found = [str(error)]
        if found == expected or time.monotonic() - began > 5:
            break
        time.sleep(0.2)
    if len(found) != len(set(found)):
        return False, f"doubled: {found}"
    is_wrong = not set(found) <= set(expected) if may_lose else found != expected
    return found == expected, is_wrong and f"{found} is stored"


FAULTS = {
    "lost": lambda _: Lost(),
    "429": lambda _: Limited(),
    "503": lambda _: Overloaded(),
    "killed": Killed,
    "stopped": Stopped,
}
ALL = [*CLIENTS, *JAVASCRIPT, RUST, *DAEMONS]
KNOWN = known_losses()


def run_all(make_database, program, installed, chosen):
    database, failures = make_database(), []
    for name, make_fault in FAULTS.items():
        began = time.monotonic()
        of_fault = run(name, make_fault, database, program, installed, chosen)
        took = f"{time.monotonic() - began:.0f} s"
        print("\n".join([f"{database.name}, {name}: {took}", *of_fault]), flush=True)
        failures += of_fault
    database.end()
    return failures


if __name__ == "__main__":
    program, installed, *chosen = sys.argv[1:]
    chosen = chosen or ALL
    # They wait more than they compute.
    with ThreadPoolExecutor() as pool:
        of_each = [
            pool.submit(run_all, database, program, installed, chosen)
            for database in (Sqlite, Postgres)
        ]
        failures = [failure for done in of_each for failure in done.result()]
    sys.exit(1 if failures else 0)
