"""What a client asks of a queue, be it in memory or in a spool."""

from typing import Callable, Optional, Protocol

from .batch import Batch, Mark


class Queue(Protocol):
    """Entries that wait for delivery. One thread, the sender, calls `take`, `finish` and `set_aside`."""

    def put(self, line: bytes) -> Optional[str]:
        """Appends an entry, with the client's lock held. Returns why it was dropped, or None."""

    def due(self, now: float) -> float:
        """Returns the seconds until a batch should be sent: 0 for at once, infinity for an empty queue."""

    def take(self) -> Optional[Batch]:
        """Returns the oldest entries, which stay in the queue until `finish`."""

    def finish(self, mark: Mark) -> None:
        """Removes everything up to the mark, which is of the batch taken last."""

    def set_aside(self, line: bytes, status: int, detail: str) -> str:
        """Keeps a rejected entry where a person can find it, and says what became of it."""

    def when_done(self) -> Callable[[], bool]:
        """Returns a question: is everything done that is queued now?"""

    def queued(self) -> int:
        """Counts the entries."""

    def broken(self) -> int:
        """Counts the records that were found broken."""

    def spooled_bytes(self) -> int:
        """Counts the bytes on disk."""

    def close(self) -> int:
        """Ends the queue, with the client's lock held, and returns how many entries are lost by that."""

    def forget(self) -> None:
        """Leaves everything to the parent, in a child of `fork`."""
