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
# Whether children of multiprocessing know of this, which they inherit.
_is_known = False
# The process at whose end multiprocessing closes the clients.
_closing_pid = 0


def register(client: "Client") -> None:
    """Keeps the client until it is closed."""
    with _lock:
        _open[id(client)] = client
        # It may be the first in a child, or be made before the child begins its work.
        _tell_multiprocessing()
        _close_at_end_of_child()


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


def _tell_multiprocessing() -> None:
    """Has each child of multiprocessing call back when it begins, once that package is in use."""
    global _is_known
    util = sys.modules.get("multiprocessing.util")
    if util is not None and not _is_known:
        _is_known = True
        # A child forgets what was to be done at its end before it begins.
        util.register_after_fork(_close_all, lambda _: _close_at_end_of_child(begins=True))


def _close_at_end_of_child(begins: bool = False) -> None:
    """Has the clients closed at the end of a child of multiprocessing that was forked: it ends without atexit."""
    global _closing_pid
    if _is_forked_child() and (begins or _closing_pid != os.getpid()):
        _closing_pid = os.getpid()
        # After whatever the program itself has registered, which may log.
        sys.modules["multiprocessing.util"].Finalize(None, _close_all, exitpriority=-100)


def _is_forked_child() -> bool:
    package, process = sys.modules.get("multiprocessing"), sys.modules.get("multiprocessing.process")
    if package is None or process is None or "multiprocessing.util" not in sys.modules:
        return False
    # A child that was spawned ends as any program does.
    return process.parent_process() is not None and bool(package.get_start_method(allow_none=True) != "spawn")


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
    os.register_at_fork(before=_tell_multiprocessing, after_in_child=_after_fork_in_child)
