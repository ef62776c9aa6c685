"""The queue without a spool: in memory, and bounded."""

import threading
import time
from collections import deque
from itertools import islice
from typing import Callable, Deque, List, Optional

from .batch import Batch, Item, Mark
from .settings import Settings


# What Python needs for an entry beside its text.
OVERHEAD = 64


class MemoryQueue:
    """Entries in the order of their calls. What is queued stays when there is no room for more."""

    def __init__(self, settings: Settings, lock: threading.RLock) -> None:
        self._settings = settings
        self._lock = lock
        self._lines: Deque[bytes] = deque()
        self._bytes = 0
        self._put = 0
        self._done = 0
        self._waits_since = 0.0

    def put(self, line: bytes) -> Optional[str]:
        size = len(line) + OVERHEAD
        if self._bytes + size > self._settings.max_memory:
            return "the queue in memory is full (max_memory); the server takes the entries too slowly, or not at all"
        if not self._lines:
            self._waits_since = time.monotonic()
        self._lines.append(line)
        self._bytes += size
        self._put += 1
        return None

    def due(self, now: float) -> float:
        if not self._lines:
            return float("inf")
        if len(self._lines) >= self._settings.batch_entries or self._bytes >= self._settings.batch_bytes:
            return 0.0
        return max(0.0, self._waits_since + self._settings.linger - now)

    def take(self) -> Optional[Batch]:
        items: List[Item] = []
        size = 0
        with self._lock:
            # What stays behind has waited for the sender until now, and begins to wait for its own batch.
            self._waits_since = time.monotonic()
            for line in islice(self._lines, self._settings.batch_entries):
                size += len(line) + 1
                if items and size > self._settings.batch_bytes:
                    break
                items.append(Item(line, Mark(self._done + len(items) + 1)))
        return Batch(items, items[-1].after) if items else None

    def finish(self, mark: Mark) -> None:
        with self._lock:
            while self._done < mark.entries and self._lines:
                self._bytes -= len(self._lines.popleft()) + OVERHEAD
                self._done += 1

    def set_aside(self, line: bytes, status: int, detail: str) -> str:
        return "it is lost, for without spool_dir there is no place to keep it"

    def when_done(self) -> Callable[[], bool]:
        goal = self._put
        return lambda: self._done >= goal

    def queued(self) -> int:
        return len(self._lines)

    def broken(self) -> int:
        return 0

    def spooled_bytes(self) -> int:
        return 0

    def close(self) -> int:
        lost = len(self._lines)
        self._lines.clear()
        self._bytes = 0
        return lost

    def forget(self) -> None:
        self._lines.clear()
