"""Processes: their end and their children."""

import multiprocessing
import os
import subprocess
import sys
import tempfile
import textwrap
import threading
from multiprocessing import util
from pathlib import Path

from .stage import CLIENTS, Client, ServerCase


class ProcessTest(ServerCase):
    def run_program(self, text: str) -> "subprocess.CompletedProcess[str]":
        path = [str(CLIENTS / "python" / "src")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
        environment.update(LOGGER_API_URL=self.server.url, LOGGER_API_KEY="key")
        with tempfile.TemporaryDirectory() as folder:
            # Children that are spawned read it again.
            program = Path(folder, "program.py")
            program.write_text(textwrap.dedent(text))
            command = [sys.executable, str(program)]
            return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)

    def messages(self) -> "list[str]":
        return sorted(entry["message"] for entry in self.server.arrived)

    def test_end_delivers_after_an_exception(self) -> None:
        result = self.run_program(
            """
            from central_logger import Client
            Client(linger=60).log("before the end")
            raise SystemExit(3)
            """
        )
        self.assertEqual((result.returncode, result.stderr), (3, ""))
        self.assertEqual(self.messages(), ["before the end"])

    def test_end_delivers_what_handlers_got(self) -> None:
        result = self.run_program(
            """
            import atexit, logging
            from central_logger import CentralLoggerHandler
            logging.getLogger().addHandler(CentralLoggerHandler(linger=60))
            atexit.register(lambda: logging.warning("at exit"))
            logging.warning("before")
            """
        )
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(self.messages(), ["at exit", "before"])

    def test_end_closes_clients_within_the_time_of_one(self) -> None:
        result = self.run_program(
            """
            import time
            from central_logger import Client, processes
            for _ in range(30):
                Client("http://127.0.0.1:1", shutdown_timeout=2).log("lost")
            began = time.monotonic()
            processes._close_all()
            print(time.monotonic() - began)
            """
        )
        self.assertEqual(result.returncode, 0)
        # One after the other they would take a minute.
        self.assertLess(float(result.stdout), 30)

    def test_child_of_multiprocessing_delivers(self) -> None:
        client = self.client(linger=60)
        client.log("parent")
        context = multiprocessing.get_context("fork")
        children = [context.Process(target=client.log, args=(f"child {number}",)) for number in range(3)]
        for child in children:
            child.start()
        for child in children:
            child.join(30)
            self.assertEqual(child.exitcode, 0)
        client.close(10)
        self.assertEqual(self.messages(), ["child 0", "child 1", "child 2", "parent"])

    def test_client_made_in_a_child_of_multiprocessing_delivers(self) -> None:
        result = self.run_program(
            """
            import multiprocessing
            from central_logger import Client

            def work(name):
                Client(linger=60).log(name)

            if __name__ == "__main__":
                for method in ("fork", "forkserver", "spawn"):
                    child = multiprocessing.get_context(method).Process(target=work, args=(method,))
                    child.start()
                    child.join()
                    assert child.exitcode == 0
            """
        )
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(self.messages(), ["fork", "forkserver", "spawn"])

    def test_client_of_the_main_module_delivers_in_children_of_multiprocessing(self) -> None:
        result = self.run_program(
            """
            import multiprocessing
            from central_logger import Client

            client = Client(linger=60)

            def work(name):
                client.log(name)

            if __name__ == "__main__":
                client.log("parent")
                for method in ("fork", "forkserver", "spawn"):
                    child = multiprocessing.get_context(method).Process(target=work, args=(method,))
                    child.start()
                    child.join()
                    assert child.exitcode == 0
            """
        )
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(self.messages(), ["fork", "forkserver", "parent", "spawn"])

    def test_child_of_multiprocessing_closes_after_what_the_program_does_at_its_end(self) -> None:
        result = self.run_program(
            """
            import multiprocessing
            from multiprocessing import util
            from central_logger import Client

            def work():
                client = Client(linger=60)
                util.Finalize(None, client.log, args=("at the end",), exitpriority=0)
                client.log("before")

            child = multiprocessing.get_context("fork").Process(target=work)
            child.start()
            child.join()
            """
        )
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(self.messages(), ["at the end", "before"])

    def test_forks_leave_nothing_behind_in_multiprocessing(self) -> None:
        self.client()
        counts = []
        for _ in range(3):
            child = os.fork()
            if child == 0:
                os._exit(0)
            os.waitpid(child, 0)
            counts.append(len(util._afterfork_registry))  # type: ignore[attr-defined]
        self.assertEqual(counts, counts[:1] * 3)

    def test_end_says_what_is_lost_though_another_report_came_just_before(self) -> None:
        result = self.run_program(
            """
            from central_logger import Client
            client = Client("http://127.0.0.1:1", max_memory=1000)
            client.log("kept")
            client.flush(1)
            client.log("x" * 2000)
            client.close(0)
            """
        )
        lines = result.stderr.splitlines()
        self.assertEqual((result.returncode, len(lines)), (0, 2), lines)
        self.assertRegex(lines[0], "^central-logger: no answer from")
        self.assertRegex(lines[1], "^central-logger: 1 entries were not delivered before the end; set spool_dir")
        self.assertRegex(lines[1], "in total 2 were dropped, 0 were refused and 0 wait")

    def test_end_counts_what_waits_in_the_spool_apart_from_losses(self) -> None:
        result = self.run_program(
            """
            import tempfile
            from central_logger import Client
            with tempfile.TemporaryDirectory() as folder:
                client = Client("http://127.0.0.1:1", spool_dir=folder)
                client.log("waits")
                client.flush(1)
                client.log(text="x" * 300_000)
                client.close(0)
            """
        )
        lines = result.stderr.splitlines()
        self.assertEqual((result.returncode, len(lines)), (0, 2), lines)
        self.assertRegex(lines[1], "^central-logger: an entry has 3[0-9]+ bytes; the server takes 262144 at most; ")
        self.assertRegex(lines[1], "in total 1 were dropped, 0 were refused and 1 wait")

    def test_threads_log_at_once(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            client = self.client(spool_dir=folder, batch_entries=7)

            def log(thread: int) -> None:
                for number in range(50):
                    client.log(n=thread * 100 + number)

            threads = [threading.Thread(target=log, args=(number,)) for number in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            client.close(10)
        expected = [thread * 100 + number for thread in range(6) for number in range(50)]
        self.assertEqual(sorted(self.server.numbers), expected)
        for thread in range(6):
            mine = [number for number in self.server.numbers if number // 100 == thread]
            self.assertEqual(mine, sorted(mine))

    def test_client_after_another_delivers_what_that_left(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            away = Client("http://127.0.0.1:1", "key", spool_dir=folder)
            away.log("left")
            away.close(0)
            client = self.client(spool_dir=folder)
            self.assertTrue(client.flush(10))
            client.close(10)
        self.assertEqual(self.messages(), ["left"])
