"""A spool on a disk that is full."""

import errno
import os
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from .stage import ServerCase
from central_logger import segment_writer, takeover


class DiskTest(ServerCase):
    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def full(self, room: int) -> Any:
        """A disk on which so many bytes of each write have room."""

        def write(fd: int, data: bytes) -> int:
            if not room:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(fd, data[:room])

        real = os.write
        return mock.patch.object(segment_writer.os, "write", write)

    def segments(self) -> "list[Path]":
        return list(self.folder.glob("*.spool"))

    def test_leaves_nothing_of_segments_that_cannot_be_begun(self) -> None:
        client = self.client(spool_dir=self.folder)
        held = set(takeover._held)
        for room in (0, 5):
            with self.full(room):
                for _ in range(10):
                    client.log("dropped")
        self.assertEqual(client.stats().dropped, 20)
        self.assertEqual((takeover._held, self.segments()), (held, []))
        client.log("kept")
        self.assertTrue(client.flush(10))
        self.assertEqual([entry["message"] for entry in self.server.arrived], ["kept"])

    def test_begins_another_segment_after_a_part_that_cannot_be_cut_off(self) -> None:
        client = self.client(spool_dir=self.folder, linger=60)
        client.log("one")
        fault = OSError(errno.EIO, os.strerror(errno.EIO))
        with self.full(5), mock.patch.object(segment_writer.os, "ftruncate", side_effect=fault):
            client.log("dropped")
        client.log("two")
        self.assertEqual(len(self.segments()), 2)
        self.assertTrue(client.flush(10))
        self.assertEqual([entry["message"] for entry in self.server.arrived], ["one", "two"])
        self.assertEqual((client.stats().dropped, client.stats().rejected), (1, 0))
