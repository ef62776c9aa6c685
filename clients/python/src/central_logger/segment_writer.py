"""The segment that is being written: open, and locked where there is flock."""

import errno
import os
import sys
from pathlib import Path

from .segment import FULL, HEADER, Segment, record

if sys.platform != "win32":
    import fcntl

    def lock(fd: int) -> bool:
        """Locks a file for this process alone. False if another one has the lock."""
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            # A file system without locks must not stop anything.
            return error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
        return True

else:

    def lock(fd: int) -> bool:
        """There is no flock here: the age of a segment decides alone."""
        return True


class SegmentWriter:
    """Appends records. After an OSError the segment is as it was before the call, or known to be damaged."""

    def __init__(self, path: Path, fsync: bool) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._fd = os.open(path, flags, 0o600)
        self._fsync = fsync
        self.is_damaged = False
        self.segment = Segment(path, len(HEADER), 0)
        lock(self._fd)
        try:
            self._write(HEADER, 0)
            if fsync:
                _fsync_folder(path.parent)
        except OSError:
            self.close()
            path.unlink(missing_ok=True)
            raise

    @property
    def is_full(self) -> bool:
        return self.segment.size >= FULL

    def append(self, line: bytes) -> None:
        """Appends an entry, and writes it through to the disk if that was asked for."""
        data = record(line)
        self._write(data, self.segment.size)
        self.segment.size += len(data)
        self.segment.entries += 1

    def append_records(self, data: bytes, entries: int) -> None:
        """Appends what was read from another segment."""
        self._write(data, self.segment.size)
        self.segment.size += len(data)
        self.segment.entries += entries

    def truncate(self) -> None:
        """Removes all records, which are delivered."""
        os.ftruncate(self._fd, len(HEADER))
        self.segment.empty()

    def is_lost(self) -> bool:
        """Tells whether somebody took the file away, which happens to a program that was stopped for long."""
        try:
            there, mine = os.stat(self.segment.path), os.fstat(self._fd)
        except FileNotFoundError:
            return True
        return (there.st_dev, there.st_ino) != (mine.st_dev, mine.st_ino)

    def undelivered(self) -> bytes:
        """Reads the records that are not delivered, wherever the file is now."""
        begin = self.segment.done.offset
        os.lseek(self._fd, begin, os.SEEK_SET)
        parts = []
        left = self.segment.size - begin
        while left > 0:
            part = os.read(self._fd, left)
            if not part:
                break
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Closes the file, which ends the lock."""
        os.close(self._fd)

    def _write(self, data: bytes, size: int) -> None:
        try:
            if os.write(self._fd, data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if self._fsync:
                os.fsync(self._fd)
        except OSError:
            self._restore(size)
            raise

    def _restore(self, size: int) -> None:
        try:
            os.ftruncate(self._fd, size)
        except OSError:
            self.is_damaged = True


def _fsync_folder(folder: Path) -> None:
    if sys.platform != "win32":
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
