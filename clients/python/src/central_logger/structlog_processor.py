"""The way in for structlog, which this package does not import."""

import sys
from typing import Any, MutableMapping, Optional

from . import own_threads
from .client import Client
from .entry import rename_reserved
from .failures import describe_with_traceback
from .processes import default_client


class StructlogProcessor:
    """Makes an entry of each event, and passes the event on. Stands before the processor that renders.

    structlog.configure(processors=[StructlogProcessor(), structlog.dev.ConsoleRenderer()])
    """

    def __init__(self, client: Optional[Client] = None) -> None:
        self._client = client or default_client()

    def __call__(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Logs a copy of the event."""
        if own_threads.is_own():
            return event
        members = {name: value for name, value in event.items() if not name.startswith("_")}
        text = members.pop("event", None)
        level = str(members.pop("level", method)).upper()
        members.setdefault("status", "ERROR" if level == "EXCEPTION" else level)
        error = _exception_of(members.pop("exc_info", None), method)
        if error is not None:
            members["error"] = describe_with_traceback(error)
        self._client.log(None if text is None else str(text), **rename_reserved(members))
        return event


def _exception_of(exc_info: Any, method: str) -> Optional[BaseException]:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    if exc_info or method == "exception":
        return sys.exc_info()[1]
    return None
