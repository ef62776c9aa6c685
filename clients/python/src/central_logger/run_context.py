"""The run in which a piece of code executes, in its thread or task."""

from contextvars import ContextVar
from typing import Optional, Protocol


class RunOfEntry(Protocol):
    """What an entry takes from its run."""

    @property
    def run_id(self) -> str: ...

    @property
    def workflow(self) -> str: ...


current_run: ContextVar[Optional[RunOfEntry]] = ContextVar("central_logger_run", default=None)
