"""The threads of this package, whose own log records must not become entries."""

import threading
from typing import Callable, Optional

_mark = threading.local()


def start(name: str, target: Callable[[], None]) -> Optional[threading.Thread]:
    """Starts a thread that does not keep the program alive. None if there can be no more threads."""

    def run() -> None:
        _mark.is_own = True
        target()

    thread = threading.Thread(target=run, name=f"central-logger-{name}", daemon=True)
    try:
        thread.start()
    except RuntimeError:
        return None
    return thread


def is_own() -> bool:
    """Tells whether the calling thread is one of these."""
    return getattr(_mark, "is_own", False)
