"""Entries and their times."""

import json
import unittest
from datetime import datetime, timezone
from typing import Any, Dict
from unittest import mock
from uuid import UUID

from . import stage
from central_logger import clock
from central_logger.entry import BadEntry, encode

__all__ = ["stage"]


def entry_of(**members: Any) -> Dict[str, Any]:
    entry: Dict[str, Any] = json.loads(encode(members, "default", None))
    return entry


class EntryTest(unittest.TestCase):
    def test_has_what_the_server_requires(self) -> None:
        entry = entry_of(rows=41)
        self.assertEqual(set(entry), {"event_id", "executed_at", "environment", "status", "rows"})

    def test_none_leaves_out_a_member_of_ours_and_is_null_in_another(self) -> None:
        entry = entry_of(status=None, workflow=None, message=None, rows=None)
        self.assertEqual(entry["status"], "INFO")
        self.assertNotIn("workflow", entry)
        self.assertNotIn("message", entry)
        self.assertIsNone(entry["rows"])

    def test_writes_dates_and_identifiers_as_text(self) -> None:
        entry = entry_of(day=datetime(2026, 1, 2, tzinfo=timezone.utc), id=UUID(int=1))
        self.assertEqual(entry["day"], "2026-01-02 00:00:00+00:00")
        self.assertEqual(entry["id"], "00000000-0000-0000-0000-000000000001")

    def test_replaces_what_the_server_refuses_in_a_message(self) -> None:
        self.assertEqual(entry_of(message="a\0b")["message"], "a\N{REPLACEMENT CHARACTER}b")
        self.assertEqual(entry_of(message="a\udc80b")["message"], "a?b")

    def test_refuses_what_is_not_json(self) -> None:
        circle: Dict[str, Any] = {}
        circle["self"] = circle
        for value in (float("nan"), float("inf"), circle, {(1, 2): 3}):
            with self.assertRaises(BadEntry):
                entry_of(value=value)

    def test_refuses_a_large_entry(self) -> None:
        with self.assertRaisesRegex(BadEntry, "262144 at most"):
            entry_of(text="x" * 262_144)


class ClockTest(unittest.TestCase):
    def test_rises_when_the_clock_stands_or_goes_back(self) -> None:
        first = clock.next_executed_at()
        with mock.patch("time.time_ns", return_value=1):
            times = [first, clock.next_executed_at(), clock.next_executed_at()]
        self.assertEqual(times, sorted(set(times)))

    def test_rises_beyond_the_second(self) -> None:
        with mock.patch("central_logger.clock._last", 1_999_999), mock.patch("time.time_ns", return_value=0):
            self.assertEqual(clock.next_executed_at(), "1970-01-01T00:00:02.000000Z")
