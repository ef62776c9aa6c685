"""The clients of this process: closed when it ends, begun anew in a child of `fork`."""

import atexit
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Dict

from . import clock, reports, takeover

if TYPE_CHECKING:
    from .client import Client

_lock = threading.RLock()
# In the order of their making.
_open: "Dict[int, Client]" = {}


def register(client: "Client") -> None:
    """Keeps the client until it is closed."""
    with _lock:
        _open[id(client)] = client


def unregister(client: "Client") -> None:
    """Lets go of a client that is closed."""
    with _lock:
        _open.pop(id(client), None)


def default_client() -> "Client":
    """Returns the client that was made first, or makes one from the environment."""
    from .client import Client

    with _lock:
        return next(iter(_open.values()), None) or Client()


def _close_all() -> None:
    # The time of all clients runs together, so that an end takes no longer than that of one.
    began = time.monotonic()
    for client in list(_open.values()):
        client._close_at_exit(time.monotonic() - began)


def _before_fork() -> None:
    # A child of multiprocessing ends without atexit, and forgets what was registered before it began.
    util = sys.modules.get("multiprocessing.util")
    if util is not None and _open:
        util.register_after_fork(_close_all, lambda close: util.Finalize(None, close, exitpriority=-100))


def _after_fork_in_child() -> None:
    global _lock
    _lock = threading.RLock()
    clock.reset_after_fork()
    reports.reset_after_fork()
    takeover.reset_after_fork()
    for client in list(_open.values()):
        client._reopen_after_fork()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)
