"""Memory during a long outage."""

import tempfile
import tracemalloc
from typing import Any

from .stage import Client, ServerCase

MEBIBYTE = 1024 * 1024


class BoundsTest(ServerCase):
    def peak_of_outage(self, calls: int, **options: Any) -> int:
        """Returns the most memory that a client takes while it logs and the server is away."""
        client = Client("http://127.0.0.1:1", "key", **options)
        self.addCleanup(client.close, 0)
        tracemalloc.start()
        try:
            for number in range(calls):
                client.log("x" * 300, n=number)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    def test_stays_within_max_memory(self) -> None:
        # Twice the limit is for the batch that is being sent.
        self.assertLess(self.peak_of_outage(10_000, max_memory=MEBIBYTE), 4 * MEBIBYTE)

    def test_does_not_grow_with_the_spool(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.assertLess(self.peak_of_outage(20_000, spool_dir=folder), 6 * MEBIBYTE)
