"""Runs of a workflow."""

import asyncio
from typing import Any, Dict, List

from .stage import Reply, ServerCase
from central_logger import workflow


class RunTest(ServerCase):
    def setUp(self) -> None:
        super().setUp()
        self.shared = self.client()

    def entries(self) -> List[Dict[str, Any]]:
        self.assertTrue(self.shared.flush(10))
        return self.server.arrived

    def statuses(self) -> List[str]:
        return [entry["status"] for entry in self.entries()]

    def test_records_a_run_that_succeeds(self) -> None:
        with workflow("invoices", client=self.shared, customer="acme") as run:
            run.add(rows=41)
        first, last = self.entries()
        self.assertEqual((first["status"], last["status"]), ("RUNNING", "SUCCESS"))
        self.assertEqual({first["workflow"], last["workflow"]}, {"invoices"})
        self.assertEqual({first["run_id"], last["run_id"]}, {run.run_id})
        self.assertRegex(run.run_id, "^[0-9a-f]{32}$")
        self.assertIsInstance(last["duration_ms"], int)
        self.assertEqual((first["customer"], last["customer"], last["rows"]), ("acme", "acme", 41))
        self.assertNotIn("error", last)

    def test_records_a_run_that_fails(self) -> None:
        with self.assertRaisesRegex(ValueError, "no such file"):
            with workflow("invoices", client=self.shared):
                raise ValueError("no such file")
        last = self.entries()[-1]
        self.assertEqual(last["status"], "FAILED")
        self.assertEqual(last["error"], {"type": "ValueError", "text": "no such file"})

    def test_leaves_the_exit_status_to_decide(self) -> None:
        for code in (0, 3):
            with self.assertRaises(SystemExit):
                with workflow("invoices", client=self.shared):
                    raise SystemExit(code)
        self.assertEqual(self.statuses(), ["RUNNING", "SUCCESS", "RUNNING", "FAILED"])

    def test_decorates_a_function(self) -> None:
        @workflow("invoices", client=self.shared)
        def add(one: int, two: int) -> int:
            """Adds."""
            return one + two

        self.assertEqual((add(1, two=2), add(3, 4), add.__name__, add.__doc__), (3, 7, "add", "Adds."))
        self.assertEqual(self.statuses(), ["RUNNING", "SUCCESS"] * 2)
        self.assertEqual(len({entry["run_id"] for entry in self.server.arrived}), 2)

    def test_decorates_a_coroutine(self) -> None:
        @workflow("invoices", client=self.shared)
        async def fail() -> None:
            await asyncio.sleep(0)
            raise KeyError("row")

        with self.assertRaises(KeyError):
            asyncio.run(fail())
        self.assertEqual(self.statuses(), ["RUNNING", "FAILED"])

    def test_gives_its_name_and_id_to_entries_within(self) -> None:
        with workflow("outer", client=self.shared) as outer:
            self.shared.log("one")
            with workflow("inner", client=self.shared) as inner:
                self.shared.log("two")
            self.shared.log("three", workflow="own")
        self.shared.log("four")
        found = {entry["message"]: entry for entry in self.entries() if "message" in entry}
        self.assertEqual((found["one"]["workflow"], found["one"]["run_id"]), ("outer", outer.run_id))
        self.assertEqual((found["two"]["workflow"], found["two"]["run_id"]), ("inner", inner.run_id))
        self.assertEqual((found["three"]["workflow"], found["three"]["run_id"]), ("own", outer.run_id))
        self.assertFalse({"workflow", "run_id"} & set(found["four"]))

    def test_keeps_the_runs_of_tasks_apart(self) -> None:
        @workflow("task", client=self.shared)
        async def task(number: int) -> None:
            for _ in range(3):
                self.shared.log(str(number))
                await asyncio.sleep(0)

        async def all_tasks() -> None:
            await asyncio.gather(*(task(number) for number in range(5)))

        asyncio.run(all_tasks())
        runs: Dict[str, set] = {}  # type: ignore[type-arg]
        for entry in self.entries():
            if "message" in entry:
                runs.setdefault(entry["message"], set()).add(entry["run_id"])
        self.assertEqual([len(ids) for ids in runs.values()], [1] * 5)

    def test_does_not_block_the_event_loop(self) -> None:
        self.server.script = lambda request: Reply(how="hang")

        async def log_and_turn() -> int:
            turns = 0
            for number in range(50):
                self.shared.log(str(number))
                await asyncio.sleep(0)
                turns += 1
            return turns

        self.assertEqual(asyncio.run(log_and_turn()), 50)
        self.assertEqual(self.shared.stats().delivered, 0)
        self.shared.close(0.1)

    def test_uses_the_client_that_was_made_first(self) -> None:
        with workflow("invoices"):
            pass
        self.assertEqual(self.statuses(), ["RUNNING", "SUCCESS"])
