"""The format of a segment of the spool: its name, its first line, its records."""

import os
import re
import zlib
from pathlib import Path
from typing import List, NamedTuple, Optional, Tuple

from .batch import Batch, Item, Mark
from .owner import Owner

HEADER = b"central-logger-spool 1\n"
FULL = 1024 * 1024
_NAME = re.compile(r"([0-9a-f]{16})-([0-9a-f]{16})-(\d+)\.(\d+)\.(\d+)\.spool")


class SegmentName(NamedTuple):
    """The name of a segment. The order of names is the order of delivery."""

    created: str
    random: str
    owner: Owner

    def __str__(self) -> str:
        return f"{self.created}-{self.random}-{self.owner}.spool"

    def of(self, owner: Owner) -> "SegmentName":
        """The name that the segment has in the hands of another owner."""
        return self._replace(owner=owner)


def new_name(created: int, owner: Owner) -> SegmentName:
    """Makes a name. `created` is in microseconds since 1970."""
    return SegmentName(f"{created:016x}", os.urandom(8).hex(), owner)


def parse_name(text: str) -> Optional[SegmentName]:
    """Reads a name; None for the name of something else."""
    parts = _NAME.fullmatch(text)
    if not parts:
        return None
    created, random, pid, start, namespace = parts.groups()
    return SegmentName(created, random, Owner(int(pid), int(start), int(namespace)))


class Segment:
    """A file of the spool that this client holds, and how far it has been delivered."""

    def __init__(self, path: Path, size: int, entries: int) -> None:
        self.path = path
        self.size = size
        self.entries = entries
        self.done = Mark(0, len(HEADER))
        self.moved_to: Optional[Segment] = None

    @property
    def left(self) -> int:
        """Entries that are not delivered."""
        return self.entries - self.done.entries

    @property
    def is_done(self) -> bool:
        return self.done.offset >= self.size

    def has_done(self, entries: int) -> bool:
        """Tells whether so many entries, counted from the beginning, are delivered."""
        if self.moved_to is None:
            return self.done.entries >= entries
        return self.moved_to.has_done(entries - self.done.entries)

    def empty(self) -> None:
        """Notes that the file has its first line only."""
        self.size = len(HEADER)
        self.done = Mark(self.entries, self.size)


def record(line: bytes) -> bytes:
    """Returns an entry as a line of a segment."""
    return b"%08x %b\n" % (zlib.crc32(line), line)


def read_batch(path: Path, begin: Mark, end: int, max_entries: int, max_bytes: int) -> Tuple[Batch, int]:
    """Reads entries between two offsets. Also returns how many records were broken.

    A last record that is cut or does not fit its checksum is the trace of a crash, and does not count as broken.
    """
    with open(path, "rb") as file:
        file.seek(begin.offset)
        data = file.read(end - begin.offset)
    items: List[Item] = []
    broken = size = position = 0
    entries = begin.entries
    while position < len(data) and len(items) < max_entries:
        after = data.find(b"\n", position) + 1
        if not after:
            position = len(data)
            break
        line = _checked(data[position : after - 1])
        if line is not None:
            size += len(line) + 1
            if items and size > max_bytes:
                break
        position = after
        entries += 1
        if line is not None:
            items.append(Item(line, Mark(entries, begin.offset + position)))
        elif position < len(data):
            broken += 1
    # A file that was shortened by somebody else ends here, too.
    offset = end if position >= len(data) else begin.offset + position
    return Batch(items, Mark(entries, offset)), broken


def _checked(text: bytes) -> Optional[bytes]:
    line = text[9:]
    return line if text[:9] == b"%08x " % zlib.crc32(line) else None
