"""The way of an entry from the call to the server, within one process."""

import threading
from typing import Optional

from . import own_threads
from .delivery import Delivery
from .losses import Losses
from .memory import MemoryQueue
from .queue import Queue
from .reports import report
from .settings import Settings
from .spool import SpoolQueue
from .stats import Stats
from .transport import Transport
from .upkeep import Upkeep


class Pipeline:
    """A queue, the thread that empties it, and their counters. A child of `fork` makes its own."""

    def __init__(self, settings: Settings) -> None:
        self._lock = threading.RLock()
        self._closed = False
        self._dropped = 0
        self._losses = Losses()
        self._sender: Optional[threading.Thread] = None
        spool = _open_spool(settings, self._lock)
        self._queue: Queue = spool or MemoryQueue(settings, self._lock)
        self._transport = Transport(settings.url, settings.key_source, settings.timeout)
        self._delivery = Delivery(self._queue, self._transport, self._lock, self._losses)
        self._upkeep = Upkeep(spool, self._delivery.notice) if spool else None

    @property
    def has_spool(self) -> bool:
        return self._upkeep is not None

    def start(self) -> None:
        """Starts the threads, once."""
        with self._lock:
            if self._sender is not None:
                return
            if self._upkeep is not None:
                self._upkeep.start()
            self._sender = own_threads.start("sender", self._delivery.run)

    def put(self, line: bytes) -> None:
        """Queues an entry, or drops, counts and reports it."""
        with self._lock:
            why: Optional[str] = "the client is closed" if self._closed else self._queue.put(line)
            if why is None:
                if self._sender is None:
                    self.start()
                self._delivery.notice()
                return
        self.drop(f"{why}; an entry is dropped")

    def drop(self, why: str) -> None:
        """Counts and reports an entry that is not queued."""
        with self._lock:
            self._dropped += 1
        self._losses.report(why)

    def flush(self, timeout: float) -> bool:
        """Waits until all that is queued now is delivered or rejected."""
        self.start()
        return self._delivery.flush(timeout)

    def close(self, timeout: float) -> None:
        """Flushes, then stops for good."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self.flush(timeout)
        self._delivery.stop()
        if self._upkeep is not None:
            self._upkeep.stop()
        if self._sender is not None:
            # The sender may be within a name look-up, which nothing can end.
            self._sender.join(0.5)
        with self._lock:
            lost = self._queue.close()
            self._dropped += lost
        self._losses.report_at_end(self.stats(), lost)

    def stats(self) -> Stats:
        """Returns the counters."""
        with self._lock:
            return Stats(
                queued=self._queue.queued(),
                delivered=self._delivery.delivered,
                rejected=self._delivery.rejected + self._queue.broken(),
                dropped=self._dropped,
                retries=self._delivery.retries,
                spooled_bytes=self._queue.spooled_bytes(),
            )

    def forget(self) -> None:
        """Leaves the files and the connection to the parent, in a child of `fork`."""
        self._queue.forget()
        self._transport.close()


def _open_spool(settings: Settings, lock: threading.RLock) -> Optional[SpoolQueue]:
    if settings.spool_dir is None:
        return None
    try:
        return SpoolQueue(settings.spool_dir, settings, lock)
    except OSError as error:
        report(f"cannot use the spool {settings.spool_dir}: {error.strerror}; entries are kept in memory only")
        return None
