"""The times of entries, which rise strictly within the process unless the clock was far ahead."""

import threading
import time

# A time that is further ahead of the clock than this many microseconds is that of a clock that was wrong.
MOST_AHEAD = 3600 * 1_000_000

_lock = threading.RLock()
_last = 0
_second = -1
_prefix = ""


def next_executed_at() -> str:
    """Returns the time now as RFC 3339 with microseconds, later than those that were returned before.

    It begins again once a clock that was over an hour ahead is right: the server refuses times of the future.
    """
    global _last, _second, _prefix
    with _lock:
        now = time.time_ns() // 1000
        _last = now if _last - now > MOST_AHEAD else max(now, _last + 1)
        second, micros = divmod(_last, 1_000_000)
        if second != _second:
            _prefix = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            _second = second
        return f"{_prefix}.{micros:06d}Z"


def reset_after_fork() -> None:
    """Replaces the lock, which another thread of the parent may have held."""
    global _lock
    _lock = threading.RLock()
