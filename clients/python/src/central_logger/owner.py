"""The owner of a segment: a process that can be told from another one with the same id."""

import os
import sys
from typing import NamedTuple, Optional


class Owner(NamedTuple):
    """A process id, when that process began, and the namespace in which the id counts."""

    pid: int
    start: int
    namespace: int

    def __str__(self) -> str:
        return f"{self.pid}.{self.start}.{self.namespace}"

    def is_gone(self, me: "Owner") -> bool:
        """Tells whether the process has ended for certain. Only possible within one namespace."""
        if self.namespace != me.namespace or sys.platform == "win32":
            return False
        if sys.platform == "linux":
            return _start_of(self.pid) != self.start
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return False


def this_process() -> Owner:
    """Returns the owner that stands for this process."""
    pid = os.getpid()
    return Owner(pid, _start_of(pid) or 0, _namespace())


def _start_of(pid: int) -> Optional[int]:
    """Reads when a process began, in ticks. None if there is no such process, or only its zombie."""
    if sys.platform != "linux":
        return 0
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name of the program, in parentheses, may hold anything.
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if fields[0] in (b"Z", b"X") else int(fields[19])


def _namespace() -> int:
    try:
        return os.stat("/proc/self/ns/pid").st_ino if sys.platform == "linux" else 0
    except OSError:
        return 0
