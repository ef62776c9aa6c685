"""Entries and their times."""

import json
import unittest
from datetime import datetime, timezone
from typing import Any, Dict
from unittest import mock
from uuid import UUID

from . import stage
from central_logger import clock
from central_logger.entry import BadEntry, encode, rename_reserved

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

    def test_cuts_a_message_after_what_the_server_refuses_is_replaced(self) -> None:
        entry = entry_of(message="\0" * 30_000)
        self.assertEqual((len(entry["message"].encode()), entry["message_cut"]), (65_535, True))

    def test_replaces_a_nul_character_anywhere(self) -> None:
        entry = entry_of(**{"status": "a\0", "text": "\\u0000 \\\0", "deep": {"x\0": ["\0", 1]}, "na\0me": "\n\0"})
        mark = "\N{REPLACEMENT CHARACTER}"
        self.assertEqual((entry["status"], entry["text"]), (f"a{mark}", f"\\u0000 \\{mark}"))
        self.assertEqual((entry["deep"], entry[f"na{mark}me"]), ({f"x{mark}": [mark, 1]}, f"\n{mark}"))

    def test_writes_null_for_numbers_that_json_has_not(self) -> None:
        nan, infinity = float("nan"), float("inf")
        entry = entry_of(message="NaN", ratio=nan, deep=[{"low": -infinity}, infinity, 0.1], day=datetime(2026, 1, 2))
        self.assertEqual((entry["message"], entry["ratio"]), ("NaN", None))
        self.assertEqual(entry["deep"], [{"low": None}, None, 0.1])
        self.assertEqual(entry["day"], "2026-01-02 00:00:00")

    def test_makes_texts_of_members_that_must_be_texts(self) -> None:
        message = {"a": [1, float("nan")]}
        entry = entry_of(status=200, workflow=UUID(int=1), environment=True, event_id=7, message=message)
        self.assertEqual((entry["status"], entry["environment"], entry["event_id"]), ("200", "true", "7"))
        self.assertEqual(entry["workflow"], "00000000-0000-0000-0000-000000000001")
        self.assertEqual(entry["message"], '{"a":[1,null]}')

    def test_writes_a_time_as_the_server_reads_it(self) -> None:
        at = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
        self.assertEqual(entry_of(executed_at=at)["executed_at"], "2026-01-02T03:04:05.000006+00:00")
        local = entry_of(executed_at=at.astimezone().replace(tzinfo=None))["executed_at"]
        self.assertEqual(datetime.fromisoformat(local), at)

    def test_refuses_what_is_not_json(self) -> None:
        circle: Dict[str, Any] = {}
        circle["self"] = circle
        for value in (circle, {(1, 2): 3}):
            with self.assertRaises(BadEntry):
                entry_of(value=value)

    def test_renames_what_only_the_server_may_set(self) -> None:
        members = {"id": 7, "client_id": "x", "received_at": None, "rows": 41}
        self.assertEqual(rename_reserved(members), {"id_": 7, "client_id_": "x", "received_at_": None, "rows": 41})

    def test_refuses_a_large_entry(self) -> None:
        with self.assertRaisesRegex(BadEntry, "262144 at most"):
            entry_of(text="x" * 262_144)


class ClockTest(unittest.TestCase):
    def test_rises_when_the_clock_stands_or_goes_back(self) -> None:
        with mock.patch("central_logger.clock._last", 0), mock.patch("time.time_ns") as now:
            times = []
            for seconds in (7200, 7200, 3601, 3602):
                now.return_value = seconds * 10**9
                times.append(clock.next_executed_at())
        self.assertEqual(times, [f"1970-01-01T02:00:00.00000{digit}Z" for digit in range(4)])

    def test_begins_again_once_a_clock_that_was_far_ahead_is_right(self) -> None:
        ahead = clock.MOST_AHEAD + 5_000_001
        with mock.patch("central_logger.clock._last", ahead), mock.patch("time.time_ns", return_value=5 * 10**9):
            self.assertEqual(clock.next_executed_at(), "1970-01-01T00:00:05.000000Z")
            self.assertEqual(clock.next_executed_at(), "1970-01-01T00:00:05.000001Z")

    def test_rises_beyond_the_second(self) -> None:
        with mock.patch("central_logger.clock._last", 1_999_999), mock.patch("time.time_ns", return_value=0):
            self.assertEqual(clock.next_executed_at(), "1970-01-01T00:00:02.000000Z")
