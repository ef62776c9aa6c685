"""HTTP to the server: one connection that is kept, one request at a time."""

import gzip
import http.client
import ipaddress
import socket
import ssl
import threading
from email.message import Message
from typing import List, NamedTuple, Optional
from urllib.parse import SplitResult, urlsplit

from .answer import MAX_DETAIL, Answer, read_answer
from .settings import KeySource
from .version import VERSION

COMPRESS_FROM = 1024
MAX_ANSWER = 1024 * 1024


class Unsent(Exception):
    """There was no answer. The text says why and what to do, and holds no key."""


class Raw(NamedTuple):
    """An answer as it came."""

    status: int
    headers: Message
    body: bytes


class Transport:
    """Posts entries to the address of the settings."""

    def __init__(self, url: Optional[str], key_source: KeySource, timeout: float) -> None:
        self._url = url
        self._key_source = key_source
        self._timeout = timeout
        self._connection: Optional[http.client.HTTPConnection] = None
        self._was_used = False
        self._aborted = False

    def post(self, lines: List[bytes]) -> Answer:
        """Sends the entries in one request. Raises Unsent."""
        address = self._address()
        key = self._key()
        body = b"\n".join(lines) + b"\n"
        headers = {
            "X-API-Key": key,
            "Content-Type": "application/x-ndjson",
            "User-Agent": f"central-logger-python/{VERSION}",
        }
        if len(body) > COMPRESS_FROM and not _is_this_machine(address.hostname or ""):
            body = gzip.compress(body, compresslevel=4)
            headers["Content-Encoding"] = "gzip"
        try:
            try:
                raw = self._exchange(address, body, headers)
            except (http.client.RemoteDisconnected, ConnectionError):
                # The server may close a connection that was idle at any time.
                if not self._was_used or self._aborted:
                    raise
                raw = self._exchange(address, body, headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = str(error).replace(key, "[key]")[:MAX_DETAIL] or type(error).__name__
            raise Unsent(f"no answer from {address.hostname} ({reason}); entries wait, check LOGGER_API_URL") from None
        # A name and a password in an address are left out.
        where = f"{address.scheme}://{address.netloc.rpartition('@')[2]}{address.path}"
        return read_answer(*raw, where=where, lines=lines, key=key)

    def close(self) -> None:
        """Closes the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def abort(self) -> None:
        """Ends the request in which another thread is, and all later ones."""
        self._aborted = True
        _shut_down(self._connection)

    def _end_after_timeout(self, connection: http.client.HTTPConnection) -> Optional[threading.Timer]:
        """Ends the request in time. The timeout of a socket begins anew with each byte that comes."""
        timer = threading.Timer(self._timeout, _shut_down, [connection])
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError:
            return None  # The program ends, and with it the request.
        return timer

    def _address(self) -> SplitResult:
        if self._url is None:
            raise Unsent("there is no address; set LOGGER_API_URL, such as https://logs.example.com")
        try:
            address = urlsplit(self._url)
            if address.scheme in ("http", "https") and address.hostname and address.port != 0:
                return address
        except ValueError:
            pass
        raise Unsent("the address is not a URL with http:// or https://; correct LOGGER_API_URL")

    def _key(self) -> str:
        try:
            key = self._key_source.read()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise Unsent(f"the file of the key cannot be read ({reason}); correct LOGGER_API_KEY_FILE") from None
        if not key:
            raise Unsent("there is no key; set LOGGER_API_KEY or LOGGER_API_KEY_FILE")
        if not all("!" <= character <= "~" for character in key):
            raise Unsent("the key has characters that no key has; correct LOGGER_API_KEY")
        return key

    def _exchange(self, address: SplitResult, body: bytes, headers: "dict[str, str]") -> Raw:
        connection = self._connection
        self._was_used = connection is not None
        if connection is None:
            connection = self._connection = _connect(address, self._timeout)
        end = self._end_after_timeout(connection)
        try:
            path = address.path + (f"?{address.query}" if address.query else "")
            connection.request("POST", path, body=body, headers=headers)
            response = connection.getresponse()
            text = response.read(MAX_ANSWER)
            # A body that breaks off raises nothing by itself. What a refusal is for may be in the part that is missing.
            if response.length and len(text) < MAX_ANSWER and _is_for_the_body(response.status):
                raise http.client.IncompleteRead(text, response.length)
            if not response.isclosed():
                self.close()
        except BaseException:
            self.close()
            raise
        finally:
            if end is not None:
                end.cancel()
        return Raw(response.status, response.headers, text)


def _is_this_machine(host: str) -> bool:
    """Whether it is reached without a network: to compress a body would take longer than what it spares."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_for_the_body(status: int) -> bool:
    return 200 <= status < 300 or status in (400, 422)


def _shut_down(connection: Optional[http.client.HTTPConnection]) -> None:
    if connection is not None and connection.sock is not None:
        try:
            connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # It was closed already.


def _connect(address: SplitResult, timeout: float) -> http.client.HTTPConnection:
    host = address.hostname or ""
    if address.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, address.port, timeout=timeout, context=context)
    return http.client.HTTPConnection(host, address.port, timeout=timeout)
