"""The client: what a program logs with."""

import os
from pathlib import Path
from typing import Any, Dict, Optional, Union

from . import processes
from .entry import BadEntry, encode
from .pipeline import Pipeline
from .run_context import current_run
from .settings import KeySource, Settings, logs_url
from .stats import Stats

PathLike = Union[str, "os.PathLike[str]"]


class Client:
    """Queues entries and delivers them in the background. Any thread, task or process may log with it.

    client = Client("https://logs.example.com", spool_dir="/var/spool/invoices")
    client.log("41 rows", workflow="invoices", status="SUCCESS", rows=41)
    """

    def __init__(
        self,
        url: Optional[str] = None,
        key: Optional[str] = None,
        *,
        key_file: Optional[PathLike] = None,
        environment: Optional[str] = None,
        workflow: Optional[str] = None,
        spool_dir: Optional[PathLike] = None,
        fsync: bool = False,
        max_memory: int = 16 * 1024 * 1024,
        max_spool: int = 256 * 1024 * 1024,
        batch_entries: int = 10_000,
        batch_bytes: int = 1024 * 1024,
        linger: float = 1.0,
        shutdown_timeout: float = 10.0,
        timeout: float = 30.0,
    ) -> None:
        self._settings = Settings(
            url=logs_url(url),
            key_source=KeySource(key, key_file),
            environment=environment or os.environ.get("LOGGER_ENVIRONMENT") or "default",
            workflow=workflow,
            spool_dir=Path(spool_dir) if spool_dir else None,
            fsync=fsync,
            max_memory=max_memory,
            max_spool=max_spool,
            batch_entries=batch_entries,
            batch_bytes=batch_bytes,
            linger=linger,
            shutdown_timeout=shutdown_timeout,
            timeout=timeout,
        )
        self._pipeline = Pipeline(self._settings)
        processes.register(self)
        if self._pipeline.has_spool:
            # What an earlier process left is delivered also if this one logs nothing.
            self._pipeline.start()

    def log(self, message: Optional[str] = None, /, **members: Any) -> None:
        """Logs an entry. It is queued when this returns, and never raises or waits for the network.

        `workflow`, `status`, `environment`, `event_id` and `executed_at` have a meaning for the server; any other
        member is stored as it is. Within a run, its `workflow` and `run_id` are the defaults.
        """
        try:
            if message is not None:
                members["message"] = message
            self._queue_entry(members)
        except Exception as error:
            self._pipeline.drop(f"an entry could not be queued ({type(error).__name__})")

    def flush(self, timeout: Optional[float] = None) -> bool:
        """Waits until all that was logged before is delivered or rejected. False if the time was too short."""
        return self._pipeline.flush(self._settings.shutdown_timeout if timeout is None else timeout)

    def close(self, timeout: Optional[float] = None) -> None:
        """Flushes, then stops. What is left stays in the spool, or is dropped and counted without one.

        A program that ends normally need not call it.
        """
        processes.unregister(self)
        self._pipeline.close(self._settings.shutdown_timeout if timeout is None else timeout)

    def stats(self) -> Stats:
        """Returns the counters."""
        return self._pipeline.stats()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _close_at_exit(self, seconds_gone: float) -> None:
        self.close(max(0.0, self._settings.shutdown_timeout - seconds_gone))

    def _reopen_after_fork(self) -> None:
        # What the parent has queued, the parent delivers.
        self._pipeline.forget()
        self._pipeline = Pipeline(self._settings)

    def _queue_entry(self, members: Dict[str, Any]) -> None:
        run = current_run.get()
        if run is not None and "run_id" not in members:
            members["run_id"] = run.run_id
            members.setdefault("workflow", run.workflow)
        try:
            line = encode(members, self._settings.environment, self._settings.workflow)
        except BadEntry as error:
            self._pipeline.drop(str(error))
            return
        self._pipeline.put(line)
