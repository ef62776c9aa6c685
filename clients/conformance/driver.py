"""The client under test: a process that is told what to do in JSON lines."""

import json
import os
import queue
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from .failure import check

# Long enough for a machine under load; a client that needs so long has failed.
ANSWER_SECONDS = 40.0


class Driver:
    """A running driver."""

    def __init__(self, command: Sequence[str], environment: Dict[str, str], errors: Path, **popen: Any) -> None:
        self._errors = errors
        with open(errors, "ab") as file:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=file, env=environment, **popen
            )
        self._answers: "queue.Queue[Optional[bytes]]" = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def log(self, **entry: Any) -> None:
        """Logs an entry, and waits until the call has returned."""
        self.log_many([entry])

    def log_many(self, entries: Sequence[Dict[str, Any]]) -> None:
        """Logs entries one after the other, without waiting for each answer."""
        self._write([{"do": "log", "entry": entry} for entry in entries])
        for _ in entries:
            self._expect_ok(self._answer())

    def log_numbers(self, numbers: Sequence[int], **members: Any) -> None:
        """Logs an entry for each number, as its member `n`."""
        self.log_many([{"message": f"entry {number}", "workflow": "w", "n": number, **members} for number in numbers])

    def log_until_death(self, entries: Sequence[Dict[str, Any]]) -> int:
        """Logs entries while somebody kills the driver. Returns how many calls had returned."""
        try:
            self._write([{"do": "log", "entry": entry} for entry in entries])
        except (BrokenPipeError, ConnectionError):
            pass
        returned = 0
        while returned < len(entries) and self._next() is not None:
            returned += 1
        return returned

    def flush(self, timeout: float = 15.0) -> bool:
        answer = self.ask({"do": "flush", "timeout": timeout})
        self._expect_ok(answer)
        return bool(answer["flushed"])

    def stats(self) -> Dict[str, int]:
        answer = self.ask({"do": "stats"})
        self._expect_ok(answer)
        stats: Dict[str, int] = answer["stats"]
        return stats

    def close(self, timeout: Optional[float] = None) -> None:
        self._expect_ok(self.ask({"do": "close"} if timeout is None else {"do": "close", "timeout": timeout}))

    def ask(self, command: Dict[str, Any]) -> Dict[str, Any]:
        """Gives any command, and returns the answer."""
        self._write([command])
        return self._answer()

    def end(self, seconds: float = ANSWER_SECONDS) -> float:
        """Ends the input, and waits for the driver to end by itself. Returns how long that took."""
        began = time.monotonic()
        assert self.process.stdin
        self.process.stdin.close()
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            check(False, f"the driver has not ended {seconds} s after its input")
        check(code == 0, f"the driver ended with {code}: {self.errors()}")
        return time.monotonic() - began

    def kill(self) -> None:
        """Kills it, as a power cut would."""
        self.process.kill()
        self.process.wait()

    def suspend(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def errors(self) -> str:
        """What was written to standard error."""
        return self._errors.read_text(errors="replace")

    def _write(self, commands: List[Dict[str, Any]]) -> None:
        assert self.process.stdin
        data = "".join(json.dumps(command) + "\n" for command in commands).encode()
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._answers.put(line)
        self._answers.put(None)

    def _next(self) -> Optional[bytes]:
        try:
            return self._answers.get(timeout=ANSWER_SECONDS)
        except queue.Empty:
            check(False, f"the driver has not answered for {ANSWER_SECONDS} s: {self.errors()}")
            raise

    def _answer(self) -> Dict[str, Any]:
        line = self._next()
        check(line is not None, f"the driver has ended: {self.errors()}")
        assert line
        answer: Dict[str, Any] = json.loads(line)
        return answer

    def _expect_ok(self, answer: Dict[str, Any]) -> None:
        check(answer.get("ok") is True, f"the driver answered {answer}")


def environment_without_settings() -> Dict[str, str]:
    """The environment, without what would set up a client."""
    return {name: value for name, value in os.environ.items() if not name.startswith("LOGGER_")}
