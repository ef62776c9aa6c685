"""Runs of a workflow: RUNNING at the start, SUCCESS or FAILED at the end."""

import functools
import inspect
import os
import time
from contextvars import Token
from types import TracebackType
from typing import Any, Callable, Dict, List, Optional, Tuple, Type, TypeVar

from .client import Client
from .failures import describe
from .processes import default_client
from .run_context import RunOfEntry, current_run

Function = TypeVar("Function", bound=Callable[..., Any])


class Run:
    """One run. Its entries have the same `run_id`, and so have all that are logged within it."""

    def __init__(self, workflow: str, client: Client, members: Dict[str, Any]) -> None:
        self.workflow = workflow
        self.run_id = os.urandom(16).hex()
        self._client = client
        self._members = members
        self._began = time.monotonic()
        self._log("RUNNING")

    def log(self, message: Optional[str] = None, /, **members: Any) -> None:
        """Logs an entry of this run, in whatever thread."""
        self._client.log(message, **{"workflow": self.workflow, "run_id": self.run_id, **members})

    def add(self, **members: Any) -> None:
        """Adds members to the last entry, such as `rows=41`."""
        self._members.update(members)

    def end(self, error: Optional[BaseException]) -> None:
        """Logs the last entry."""
        outcome: Dict[str, Any] = {"duration_ms": round((time.monotonic() - self._began) * 1000)}
        succeeded = error is None or (isinstance(error, SystemExit) and error.code in (None, 0))
        if error is not None and not succeeded:
            outcome["error"] = describe(error)
        self._log("SUCCESS" if succeeded else "FAILED", **outcome)

    def _log(self, status: str, **outcome: Any) -> None:
        self.log(None, **{**self._members, "status": status, **outcome})


class Workflow:
    """What `workflow` returns: a context manager and a decorator, each use of which is a run."""

    def __init__(self, name: str, client: Optional[Client], members: Dict[str, Any]) -> None:
        self._name = name
        self._client = client
        self._members = members
        self._entered: List[Tuple[Run, "Token[Optional[RunOfEntry]]"]] = []

    def __enter__(self) -> Run:
        run = Run(self._name, self._client or default_client(), dict(self._members))
        self._entered.append((run, current_run.set(run)))
        return run

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        run, token = self._entered.pop()
        current_run.reset(token)
        run.end(error)

    def __call__(self, function: Function) -> Function:
        """Makes a run of each call of the function or coroutine function."""
        wrapper: Callable[..., Any]
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def in_run_async(*args: Any, **kwargs: Any) -> Any:
                with Workflow(self._name, self._client, self._members):
                    return await function(*args, **kwargs)

            wrapper = in_run_async
        else:

            @functools.wraps(function)
            def in_run(*args: Any, **kwargs: Any) -> Any:
                with Workflow(self._name, self._client, self._members):
                    return function(*args, **kwargs)

            wrapper = in_run
        return wrapper  # type: ignore[return-value]


def workflow(name: str, *, client: Optional[Client] = None, **members: Any) -> Workflow:
    """Records a run of the workflow, with its status, its duration and the exception that ended it.

    Without `client`, the client that the program made first is used, or one from the environment. `members` are in
    the first and the last entry.

        with workflow("invoices") as run:
            run.add(rows=41)

        @workflow("invoices")
        async def send_invoices(): ...
    """
    return Workflow(name, client, members)
