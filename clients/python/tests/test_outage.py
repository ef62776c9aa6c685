"""An hour without a server, by a clock that the test sets: bounds, reports, attempts, and the order afterwards."""

import contextlib
import io
import json
import tempfile
import threading
import time
import unittest
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable, List, Optional
from unittest import mock

from . import stage
from central_logger.answer import Answer, Meaning
from central_logger.pipeline import Pipeline
from central_logger.settings import KeySource, Settings
from central_logger.transport import Unsent

__all__ = ["stage"]

HOUR = 3600.0
# Enough to fill each bound several times over.
ENTRIES_A_SECOND = 20
TEXT = "x" * 200


class Passing:
    """A condition. To wait on it lets the time pass."""

    def __init__(self, passes: Callable[[float], None]) -> None:
        self._lock = threading.RLock()
        self._passes = passes

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def notify(self) -> None:
        pass

    def wait(self, timeout: Optional[float]) -> None:
        self._passes(1.0 if timeout is None else timeout)

    def wait_for(self, predicate: Callable[[], bool], timeout: float) -> bool:
        self._passes(timeout)
        return predicate()


class Outage:
    """A program that logs all the time, its pipeline, and a server that is away for an hour."""

    def __init__(self, **options: Any) -> None:
        defaults = {"spool_dir": None, "max_memory": 10**9, "max_spool": 10**9}
        self.settings = Settings(
            url="http://nowhere",
            key_source=KeySource("key", None),
            environment="default",
            workflow=None,
            fsync=False,
            batch_entries=500,
            batch_bytes=10**6,
            linger=1.0,
            shutdown_timeout=1.0,
            timeout=1.0,
            **{**defaults, **options},
        )
        self.began = self.now = time.monotonic()
        self.logged = 0
        self.attempts: List[float] = []
        self.stored: List[int] = []
        self.largest = 0
        self.pipeline = Pipeline(self.settings)
        # Nothing happens beside the test.
        self.pipeline._sender = mock.Mock()
        delivery = self.pipeline._delivery
        delivery._transport = self
        delivery._idle = delivery._pause = Passing(self.passes)

    def play(self) -> str:
        """Returns what was reported."""
        clock = SimpleNamespace(monotonic=lambda: self.now)
        patches = [mock.patch(f"central_logger.{name}.time", clock) for name in ("delivery", "memory", "reports")]
        patches.append(mock.patch.multiple("central_logger.reports", _last=float("-inf"), _held_back=0))
        with contextlib.ExitStack() as stack, contextlib.redirect_stderr(io.StringIO()) as errors:
            for patch in patches:
                stack.enter_context(patch)
            self.pipeline._delivery.run()
            self.pipeline.close(0)
        return errors.getvalue()

    def passes(self, seconds: float) -> None:
        """Lets the time pass, in which the program logs, until a minute after the outage."""
        self.now += seconds
        while self.logged < min(self.now - self.began, HOUR + 60) * ENTRIES_A_SECOND:
            self.pipeline.put(json.dumps({"n": self.logged, "text": TEXT}).encode())
            self.logged += 1
        self.largest = max(self.largest, self.size())
        if self.now - self.began > HOUR + 60 and self.pipeline.stats().queued == 0:
            self.pipeline._delivery.stop()

    def size(self) -> int:
        """The bytes in memory, or in the spool."""
        if self.settings.spool_dir is None:
            return self.pipeline.stats().queued * len(TEXT)
        return sum(path.stat().st_size for path in self.settings.spool_dir.iterdir())

    def post(self, lines: List[bytes]) -> Answer:
        """Stands for the server."""
        self.attempts.append(self.now)
        if self.now - self.began < HOUR:
            raise Unsent("the server is away")
        self.stored.extend(json.loads(line)["n"] for line in lines)
        return Answer(Meaning.DELIVERED, "http://nowhere", 201, "", [], None, 0.0)

    def close(self) -> None:
        """Stands for the end of a connection."""

    def abort(self) -> None:
        """Stands for the end of a request."""


class OutageTest(unittest.TestCase):
    def check(self, outage: Outage, bound: int) -> None:
        lines = outage.play().splitlines()
        stats = outage.pipeline.stats()
        self.assertLessEqual(outage.largest, bound)
        self.assertGreater(outage.logged * len(TEXT), 5 * bound)
        self.assertEqual(stats.delivered + stats.dropped, outage.logged)
        self.assertEqual(len(outage.stored), stats.delivered)
        self.assertEqual(outage.stored, sorted(set(outage.stored)))
        first_lost = next(number for number, stored in enumerate(outage.stored) if number != stored)
        self.assertGreater(first_lost, 100, "what was first is not kept")
        self.assertGreater(outage.stored[-1], HOUR * ENTRIES_A_SECOND, "nothing is stored after the outage")
        # With pauses of up to a minute, and of half of it on average.
        in_outage = [at for at in outage.attempts if at - outage.began < HOUR]
        self.assertTrue(60 <= len(in_outage) <= 400, len(in_outage))
        self.assertTrue(all(after - before <= 62 for before, after in zip(in_outage, in_outage[1:])))
        self.assertLessEqual(len(lines), 63)
        self.assertIn(f"{stats.dropped} were dropped", lines[-1])

    def test_an_hour_in_memory(self) -> None:
        self.check(Outage(max_memory=500_000), 500_000)

    def test_an_hour_in_a_spool(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            # Each segment has a first line beside its records.
            self.check(Outage(spool_dir=Path(folder), max_spool=1_500_000), 1_500_200)
