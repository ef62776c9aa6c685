"""The upkeep of a spool: shows that its owner is alive, and takes over what dead processes left."""

import threading
from typing import Callable

from . import own_threads
from .reports import report
from .spool import SpoolQueue

TOUCH_SECONDS = 10.0
TOUCHES_BETWEEN_TAKEOVERS = 3


class Upkeep:
    """A thread beside the sender, which may wait for the server for longer than others would wait for its touch."""

    def __init__(self, spool: SpoolQueue, notice: Callable[[], None]) -> None:
        """`notice` tells the sender that there may be something to send."""
        self._spool = spool
        self._notice = notice
        self._stopped = threading.Event()

    def start(self) -> None:
        """Takes over at once, so that older entries are sent first, and then from time to time."""
        self._take_over()
        own_threads.start("upkeep", self._run)

    def stop(self) -> None:
        """Ends the thread."""
        self._stopped.set()

    def _run(self) -> None:
        touches = 0
        while not self._stopped.wait(TOUCH_SECONDS):
            self._spool.touch()
            touches += 1
            if touches % TOUCHES_BETWEEN_TAKEOVERS == 0:
                self._take_over()

    def _take_over(self) -> None:
        try:
            self._spool.take_over()
            self._notice()
        except OSError as error:
            report(f"cannot look for entries of ended processes: {error.strerror}")
