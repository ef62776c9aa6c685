"""The queue on disk: a folder of segments that any number of processes share."""

import errno
import os
import threading
import time
from pathlib import Path
from typing import Callable, List, Optional

from .batch import Batch, Mark
from .owner import this_process
from .rejected import RejectedFile
from .reports import report
from .segment import HEADER, Segment, new_name, read_batch
from .segment_writer import SegmentWriter
from .settings import Settings
from .takeover import Folder

# Within this time nobody takes the segments of this process away.
SAFE_SECONDS = 30.0


class SpoolQueue:
    """Entries in files, written before `put` returns. Only counts and offsets are in memory."""

    def __init__(self, path: Path, settings: Settings, lock: threading.RLock) -> None:
        """Opens the folder. Raises OSError if it cannot be used."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        self._settings = settings
        self._lock = lock
        self._me = this_process()
        self._folder = Folder(path, self._me)
        self._rejected = RejectedFile(path)
        self._segments: List[Segment] = []
        self._writer: Optional[SegmentWriter] = None
        self._taken: Optional[Segment] = None
        self._created = 0
        self._bytes = 0
        self._broken = 0
        self._waits_since = 0.0
        self._touched = time.time()

    def put(self, line: bytes) -> Optional[str]:
        began = time.time()
        try:
            if self._may_be_lost(began):
                self._recover()
            writer = self._writer
            if writer is None or writer.is_full or writer.is_damaged:
                writer = self._open_writer()
            segment = writer.segment
            size = segment.size
            if self._bytes + len(line) + 10 > self._settings.max_spool:
                return "the spool is full (max_spool); the server takes the entries too slowly, or not at all"
            if segment.left == 0:
                self._waits_since = time.monotonic()
            writer.append(line)
            self._bytes += segment.size - size
            # The program may have been stopped between the check and the write.
            if time.time() - began > SAFE_SECONDS:
                self._recover()
        except OSError as error:
            return f"cannot write to the spool {self._folder.path}: {error.strerror}; make room or choose another folder"
        return None

    def due(self, now: float) -> float:
        active = self._writer.segment if self._writer else None
        if len(self._segments) > 1 or (self._segments and self._segments[0] is not active):
            return 0.0
        if active is None or active.left == 0:
            return float("inf")
        full = active.size - active.done.offset >= self._settings.batch_bytes
        if full or active.left >= self._settings.batch_entries:
            return 0.0
        return max(0.0, self._waits_since + self._settings.linger - now)

    def take(self) -> Optional[Batch]:
        with self._lock:
            # What stays behind has waited for the sender until now, and begins to wait for its own batch.
            self._waits_since = time.monotonic()
            segment = self._taken = next((one for one in self._segments if not one.is_done), None)
            if segment is None:
                self._remove_done()
                return None
            begin, end = segment.done, segment.size
        limits = self._settings
        try:
            batch, broken = read_batch(segment.path, begin, end, limits.batch_entries, limits.batch_bytes)
        except FileNotFoundError:
            self._lose(segment)
            return None
        if broken:
            self._broken += broken
            report(f"{broken} broken records in {segment.path} are skipped; check the disk")
        return batch

    def finish(self, mark: Mark) -> None:
        with self._lock:
            segment = self._taken
            if segment is None or mark.offset < segment.done.offset:
                return
            segment.done = mark
            if segment.is_done:
                segment.done = Mark(segment.entries, mark.offset)
                self._remove_done()

    def set_aside(self, line: bytes, status: int, detail: str) -> str:
        if self._rejected.append(line, status, detail):
            return f"it is in {self._rejected.path}"
        return f"it is lost, for there is no room in {self._rejected.path}"

    def when_done(self) -> Callable[[], bool]:
        goals = [(segment, segment.entries) for segment in self._segments]
        return lambda: all(segment.has_done(goal) for segment, goal in goals)

    def queued(self) -> int:
        return sum(segment.left for segment in self._segments)

    def broken(self) -> int:
        return self._broken

    def spooled_bytes(self) -> int:
        return self._bytes

    def touch(self) -> None:
        """Shows other processes that this one is alive. To be called every 10 seconds."""
        with self._lock:
            try:
                if self._may_be_lost(time.time()) or (self._writer and self._writer.is_lost()):
                    self._recover()
            except OSError as error:
                report(f"cannot write to the spool {self._folder.path}: {error.strerror}")
            for segment in self._segments:
                self._folder.touch(segment.path)
            self._touched = time.time()

    def take_over(self) -> None:
        """Takes segments whose owners are gone."""
        for segment in self._folder.take_free():
            with self._lock:
                self._segments.append(segment)
                self._segments.sort(key=lambda one: one.path.name)
                self._bytes += segment.size - len(HEADER)

    def close(self) -> int:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._remove_done()
        for segment in self._segments:
            self._folder.release(segment.path)
        return 0

    def forget(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def _open_writer(self) -> SegmentWriter:
        old, self._writer = self._writer, None
        if old is not None:
            old.close()
        self._created = max(time.time_ns() // 1000, self._created + 1)
        path = self._folder.path / str(new_name(self._created, self._me))
        self._folder.hold(path)
        try:
            self._writer = self._make_writer(path)
        except BaseException:
            # There may be one more at each call, as long as the disk is full.
            self._folder.release(path)
            raise
        self._segments.append(self._writer.segment)
        return self._writer

    def _make_writer(self, path: Path) -> SegmentWriter:
        try:
            return SegmentWriter(path, self._settings.fsync)
        except FileNotFoundError:
            # Somebody removed the folder.
            self._folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            return SegmentWriter(path, self._settings.fsync)

    def _remove_done(self) -> None:
        active = self._writer.segment if self._writer else None
        for segment in [one for one in self._segments if one.is_done]:
            size = segment.size - len(HEADER)
            if segment is active and self._writer:
                self._writer.truncate()
            else:
                self._folder.remove(segment.path)
                self._segments.remove(segment)
            self._bytes -= size

    def _may_be_lost(self, now: float) -> bool:
        return abs(now - self._touched) > SAFE_SECONDS

    def _recover(self) -> None:
        """Writes what is not delivered into a new segment, if the one that was being written is gone."""
        self._touched = time.time()
        old = self._writer
        if old is None or not old.is_lost():
            return
        segment, data = old.segment, old.undelivered()
        self._segments.remove(segment)
        self._folder.release(segment.path)
        self._bytes -= segment.size - len(HEADER)
        if self._taken is segment:
            self._taken = None
        writer = self._open_writer()
        writer.append_records(data, segment.left)
        segment.moved_to = writer.segment
        self._bytes += len(data)

    def _lose(self, segment: Segment) -> None:
        with self._lock:
            if self._writer and self._writer.segment is segment:
                self._recover()
            elif segment in self._segments:
                # Whoever took a full segment has all of it.
                self._segments.remove(segment)
                segment.done = Mark(segment.entries, segment.size)
                self._bytes -= segment.size - len(HEADER)
                self._folder.release(segment.path)
