"""A proxy before the server, which a fault may hold up, answer in its place, or cut."""

import http.client
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# They are said anew on each side.
OF_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length", "expect", "host"}
# Those of an answer in the place of the server's.
IN_ITS_PLACE = [
    ("Content-Type", "application/json"),
    ("Retry-After", "1"),
    ("X-Elastic-Product", "Elasticsearch"),
]


class Fault:
    """What happens to the requests of a client that bring entries, which are counted from 1."""

    def answer(self, number, request, body):
        """A status and a body in the place of the server's, if any. The request has `path` and `headers`."""

    def sent(self, number):
        """The request has been sent to the server."""

    def loses(self, number):
        """Whether the server's answer is lost."""
        return False


class Proxy:
    """Passes requests on to a port of loopback."""

    def __init__(self, target, fault):
        self.target, self.fault = target, fault
        self._count, self._lock = 0, threading.Lock()
        handler = type("OfProxy", (_Handler,), {"proxy": self})
        self._server = _Quiet(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def number(self):
        with self._lock:
            self._count += 1
            return self._count


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that has gone."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy = None

    def do_GET(self):
        self._pass_on(None)

    do_HEAD = do_GET

    def do_POST(self):
        self._pass_on(self.proxy.number())

    do_PUT = do_POST

    def _pass_on(self, number):
        body, fault = self._body(), self.proxy.fault
        answer = number and fault.answer(number, self, body)
        if answer:
            status, text = answer
            return self._answer(status, IN_ITS_PLACE, text)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in OF_CONNECTION}
        connection = http.client.HTTPConnection("127.0.0.1", self.proxy.target, timeout=60)
        try:
            connection.request(self.command, self.path, body, headers)
            if number:
                fault.sent(number)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            return self._reset()
        finally:
            connection.close()
        if number and fault.loses(number):
            return self._reset()
        self._answer(response.status, response.getheaders(), content)

    def _body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            length = self.headers.get("Content-Length")
            return self.rfile.read(int(length)) if length else None
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, status, headers, content):
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in OF_CONNECTION:
                self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _reset(self):
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def finish(self):
        try:
            super().finish()
        except (OSError, ValueError):
            pass

    def log_message(self, *_):
        pass
