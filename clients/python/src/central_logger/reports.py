"""Reports to the program's own standard error: one line a minute at most, for the whole process.

A client that lost entries says so at its end, whatever was reported before.
"""

import sys
import threading
import time

INTERVAL = 60.0

_lock = threading.RLock()
_last = float("-inf")
_held_back = 0


def report(text: str, *, is_last: bool = False) -> None:
    """Writes the line, or counts it if the last one was less than a minute ago. `text` must hold no key.

    The last line of a client is written in any case: it has no other occasion.
    """
    global _last, _held_back
    with _lock:
        now = time.monotonic()
        if now - _last < INTERVAL and not is_last:
            _held_back += 1
            return
        more = f" ({_held_back} more reports held back)" if _held_back else ""
        _last, _held_back = now, 0
    try:
        line = " ".join(text.split())
        sys.stderr.write(f"central-logger: {line}{more}\n")
        sys.stderr.flush()
    except Exception:
        pass  # A program without standard error goes on all the same.


def reset_after_fork() -> None:
    """Replaces the lock, which another thread of the parent may have held, and leaves its reports to the parent."""
    global _lock, _held_back
    _lock = threading.RLock()
    _held_back = 0
