"""The way in for the `logging` module of the standard library."""

import copy
import logging
import os
from typing import Any, Dict, Optional, Union

from . import own_threads
from .client import Client
from .entry import rename_reserved
from .failures import describe_with_traceback

PathLike = Union[str, "os.PathLike[str]"]

# The attributes that every record has. Any other comes from `extra`.
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class CentralLoggerHandler(logging.Handler):
    """Makes an entry of each log record: its text is the message, its level the status, `extra` its members.

    logging.getLogger().addHandler(CentralLoggerHandler(workflow="invoices"))
    logging.info("sent", extra={"rows": 41, "status": "SUCCESS"})
    """

    def __init__(
        self,
        url: Optional[str] = None,
        key: Optional[str] = None,
        workflow: Optional[str] = None,
        environment: Optional[str] = None,
        spool_dir: Optional[PathLike] = None,
        shutdown_timeout: float = 10.0,
        *,
        level: Union[int, str] = logging.NOTSET,
        client: Optional[Client] = None,
        **options: Any,
    ) -> None:
        """Takes the options of `Client`, or a client that is shared, which is then not closed with the handler."""
        super().__init__(level)
        self._owns_client = client is None
        self.client = client or Client(
            url,
            key,
            workflow=workflow,
            environment=environment,
            spool_dir=spool_dir,
            shutdown_timeout=shutdown_timeout,
            **options,
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Queues the record. Records of the delivery itself are left out."""
        if own_threads.is_own():
            return
        try:
            members: Dict[str, Any] = {"status": record.levelname, "logger": record.name}
            if record.exc_info and record.exc_info[1] is not None:
                members["error"] = describe_with_traceback(record.exc_info[1])
            if record.stack_info:
                members["stack"] = record.stack_info
            members.update((name, value) for name, value in record.__dict__.items() if name not in _STANDARD)
            self.client.log(self._text_of(record), **rename_reserved(members))
        except Exception:
            self.handleError(record)

    def _text_of(self, record: logging.LogRecord) -> str:
        if record.exc_info or record.exc_text or record.stack_info:
            # The formatter would write the traceback into the message; it is a member.
            record = copy.copy(record)
            record.exc_info = record.exc_text = record.stack_info = None
        try:
            return self.format(record)
        except Exception:
            # The arguments do not fit the text. Both are worth more than nothing.
            return f"{record.msg} {record.args!r}"

    def flush(self) -> None:
        """Does not wait: `logging.shutdown` calls this before `close`. Use `handler.client.flush(seconds)` to wait."""

    def close(self) -> None:
        """Closes the client of this handler, within its `shutdown_timeout`."""
        if self._owns_client:
            self.client.close()
        super().close()
