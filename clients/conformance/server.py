"""A server that answers as it is told: well, badly or not at all."""

import gzip
import json
import socket
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Callable, Deque, Dict, List, Optional, Tuple

Entry = Dict[str, Any]
HANG_SECONDS = 90.0


@dataclass
class Request:
    """What a client sent."""

    at: float
    method: str
    path: str
    headers: Dict[str, str]
    raw: bytes
    body: bytes
    entries: List[Entry]

    @property
    def numbers(self) -> List[int]:
        """The members `n` of the entries, by which scenarios tell them apart."""
        return [entry["n"] for entry in self.entries]


@dataclass
class Reply:
    """What the server does with a request."""

    status: int = 201
    headers: Dict[str, str] = field(default_factory=dict)
    body: Optional[bytes] = None
    """By default the receipt for the entries with a 2xx, and an empty object otherwise."""
    how: str = "answer"
    """`answer`, or `reset`, `hang`, `close` without an answer, `raw` to send the body alone, `drip` to do so slowly."""
    stores: Optional[bool] = None
    """Whether the entries are stored; by default with a 2xx only."""
    delay: float = 0.0
    closes: bool = False
    """Whether the connection ends after the answer, without notice."""


def problem(status: int, detail: str = "refused", headers: Optional[Dict[str, str]] = None, **members: Any) -> Reply:
    """An error as central-logger sends it."""
    body = json.dumps({"type": "about:blank", "status": status, "detail": detail, **members}).encode()
    return Reply(status, {"Content-Type": "application/problem+json", **(headers or {})}, body)


def receipt(count: int, **members: Any) -> bytes:
    """The body with which central-logger says that so many entries are stored."""
    ids = [f"0198c4f2-0000-7000-8000-{number:012x}" for number in range(count)]
    return json.dumps({"accepted": count, "ids": ids, **members}).encode()


class Server:
    """Listens on a free port of loopback. Before `start`, connections are refused."""

    def __init__(self, *first: Reply) -> None:
        self.requests: List[Request] = []
        self.arrived: List[Entry] = []
        """Every entry of every request that was stored, also if it came twice."""
        self.script: Callable[[Request], Reply] = lambda request: Reply()
        self.most_at_once = 0
        self._first: Deque[Reply] = deque(first)
        self._at_once = 0
        self._change = threading.Condition()
        self._stopped = threading.Event()
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._connections: List[socket.socket] = []
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> "Server":
        self._socket.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def stop(self) -> None:
        self._stopped.set()
        # A thread in `accept` holds the socket open unless it is shut down.
        for one in [self._socket, *self._connections]:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    def first(self, *replies: Reply) -> None:
        """Gives the next requests these replies, before the script decides again."""
        with self._change:
            self._first.extend(replies)

    @property
    def numbers(self) -> List[int]:
        """The members `n` of all stored entries, in the order of arrival."""
        return [entry["n"] for entry in self.arrived]

    @property
    def stored(self) -> Dict[Tuple[str, str], Entry]:
        """The entries as central-logger keeps them: one for each event_id and executed_at."""
        stored: Dict[Tuple[str, str], Entry] = {}
        for entry in self.arrived:
            stored.setdefault((entry["event_id"], entry["executed_at"]), entry)
        return stored

    def wait(self, what: Callable[["Server"], bool], seconds: float = 15.0) -> bool:
        """Waits until something is so, which only requests can change."""
        with self._change:
            return self._change.wait_for(lambda: what(self), seconds)

    def wait_requests(self, count: int, seconds: float = 15.0) -> bool:
        return self.wait(lambda server: len(server.requests) >= count, seconds)

    def wait_entries(self, count: int, seconds: float = 15.0) -> bool:
        return self.wait(lambda server: len(server.stored) >= count, seconds)

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        file = connection.makefile("rb")
        try:
            while True:
                request = _read_request(file, connection)
                if request is None or not self._reply(request, connection):
                    return
        except (OSError, ValueError):
            pass
        finally:
            file.close()
            connection.close()

    def _reply(self, request: Request, connection: socket.socket) -> bool:
        with self._change:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            reply = self._first.popleft() if self._first else self.script(request)
        try:
            if reply.delay:
                time.sleep(reply.delay)
            return self._send(request, reply, connection)
        finally:
            with self._change:
                self._at_once -= 1

    def _send(self, request: Request, reply: Reply, connection: socket.socket) -> bool:
        succeeded = reply.how == "answer" and 200 <= reply.status < 300
        with self._change:
            self.requests.append(request)
            if succeeded if reply.stores is None else reply.stores:
                self.arrived.extend(request.entries)
            self._change.notify_all()
        if reply.how == "hang":
            self._stopped.wait(HANG_SECONDS)
        elif reply.how == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif reply.how == "raw":
            connection.sendall(reply.body or b"")
        elif reply.how == "drip":
            for byte in reply.body or b"":
                connection.sendall(bytes([byte]))
                if self._stopped.wait(0.3):
                    break
        elif reply.how == "answer":
            body = reply.body
            if body is None:
                body = receipt(len(request.entries)) if succeeded else b"{}"
            if reply.status in (204, 304):
                body = b""
            headers = dict(reply.headers)
            if reply.status not in (204, 304):
                headers["Content-Length"] = str(len(body))
            head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            connection.sendall(f"HTTP/1.1 {reply.status} Told\r\n{head}\r\n".encode("latin-1") + body)
            return not reply.closes
        return False


def _read_request(file: Any, connection: socket.socket) -> Optional[Request]:
    line = file.readline().decode("latin-1").split()
    if len(line) != 3:
        return None
    headers: Dict[str, str] = {}
    while True:
        text = file.readline().decode("latin-1").strip()
        if not text:
            break
        name, _, value = text.partition(":")
        headers[name.strip().lower()] = value.strip()
    if headers.get("expect", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if headers.get("transfer-encoding", "").lower() == "chunked":
        raw = b""
        while True:
            size = int(file.readline().split(b";")[0], 16)
            raw += file.read(size)
            file.readline()
            if size == 0:
                break
    else:
        length = int(headers.get("content-length", "0"))
        raw = file.read(length)
        if len(raw) != length:
            return None
    body = gzip.decompress(raw) if headers.get("content-encoding") == "gzip" else raw
    entries = [json.loads(line) for line in body.split(b"\n") if line.strip()]
    return Request(time.monotonic(), line[0], line[1], headers, raw, body, entries)
