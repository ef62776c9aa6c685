"""The times of entries, which rise strictly within the process."""

import threading
import time

_lock = threading.RLock()
_last = 0
_second = -1
_prefix = ""


def next_executed_at() -> str:
    """Returns the time now as RFC 3339 with microseconds, later than all that were returned before."""
    global _last, _second, _prefix
    with _lock:
        _last = max(time.time_ns() // 1000, _last + 1)
        second, micros = divmod(_last, 1_000_000)
        if second != _second:
            _prefix = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            _second = second
        return f"{_prefix}.{micros:06d}Z"


def reset_after_fork() -> None:
    """Replaces the lock, which another thread of the parent may have held."""
    global _lock
    _lock = threading.RLock()
