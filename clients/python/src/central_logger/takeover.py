"""The folder of a spool, and which of its segments this process may take."""

import os
import threading
import time
from pathlib import Path
from typing import List, Optional, Set

from .owner import Owner
from .reports import report
from .segment import HEADER, Segment, SegmentName, parse_name
from .segment_writer import lock

# A segment that was not touched for so long has no owner any more, whatever its name says.
ABANDONED_SECONDS = 60.0
# No version will have a longer first line.
MAX_HEAD = 256

# The segments of all clients of this process, which have the same owner.
_held: Set[Path] = set()
_held_lock = threading.RLock()


def reset_after_fork() -> None:
    """Forgets the segments, which are the parent's, and a lock that another thread of it may have held."""
    global _held_lock
    _held_lock = threading.RLock()
    _held.clear()


class Folder:
    """The folder as one owner sees it."""

    def __init__(self, path: Path, me: Owner) -> None:
        self.path = path.absolute()
        self._me = me

    def hold(self, path: Path) -> None:
        """Notes that a client of this process has the segment."""
        with _held_lock:
            _held.add(path)

    def release(self, path: Path) -> None:
        """Leaves the segment to any other client."""
        with _held_lock:
            _held.discard(path)

    def remove(self, path: Path) -> None:
        """Deletes a segment that is delivered."""
        path.unlink(missing_ok=True)
        self.release(path)

    def touch(self, path: Path) -> None:
        """Shows that the owner of the segment is alive."""
        try:
            os.utime(path)
        except FileNotFoundError:
            pass

    def take_free(self) -> List[Segment]:
        """Takes all segments without a living owner, and returns those with a record."""
        taken = []
        for path in sorted(self.path.iterdir()):
            name = parse_name(path.name)
            try:
                segment = self._take(path, name) if name else None
            except FileNotFoundError:
                continue  # Another process was quicker.
            except OSError as error:
                report(f"cannot take over {path}: {error.strerror}")
                continue
            if segment is not None:
                taken.append(segment)
        return taken

    def _take(self, path: Path, name: SegmentName) -> Optional[Segment]:
        with _held_lock:
            if path in _held:
                return None
        # What has this owner and is not held was left by a client of this process that was closed.
        gone = name.owner == self._me or name.owner.is_gone(self._me)
        if not gone and time.time() - path.stat().st_mtime <= ABANDONED_SECONDS:
            return None
        with open(path, "r+b") as file:
            if not gone and not lock(file.fileno()):
                return None
            head = file.readline(MAX_HEAD)
            if head != HEADER:
                self._leave(path, head)
                return None
            os.utime(path)
            mine = path.with_name(str(name.of(self._me)))
            self.hold(mine)
            try:
                os.rename(path, mine)
            except OSError:
                self.release(mine)
                raise
            rest = file.read()
        segment = Segment(mine, len(HEADER) + len(rest), rest.count(b"\n"))
        if segment.is_done:
            self.remove(mine)
            return None
        return segment

    def _leave(self, path: Path, head: bytes) -> None:
        if head.endswith(b"\n") or len(head) == MAX_HEAD:
            report(f"{path} was written by a newer version; update the package central-logger to deliver it")
        else:
            path.unlink()  # Its owner ended before the first line was written.
