"""A batch: entries that are sent in one request, and where the queue stands once they are done."""

from typing import List, NamedTuple, Tuple


class Mark(NamedTuple):
    """A place in a queue: how many entries are before it, and for a segment how many bytes."""

    entries: int
    offset: int = 0


class Item(NamedTuple):
    """An entry as a line of JSON, and the place behind it."""

    line: bytes
    after: Mark


class Batch(NamedTuple):
    """Entries in their order. `end` is behind all of them, also behind those that were taken out."""

    items: List[Item]
    end: Mark

    def halves(self) -> "Tuple[Batch, Batch]":
        """Splits a batch of several entries."""
        middle = len(self.items) // 2
        first = self.items[:middle]
        return Batch(first, first[-1].after), Batch(self.items[middle:], self.end)
