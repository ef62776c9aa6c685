"""The way in for loguru, which this package does not import."""

from typing import Any, Optional

from . import own_threads
from .client import Client
from .entry import rename_reserved
from .failures import describe_with_traceback
from .processes import default_client


class LoguruSink:
    """Makes an entry of each message: its text, its level as the status, what was bound to it as members.

    loguru.logger.add(LoguruSink(), level="INFO")
    """

    def __init__(self, client: Optional[Client] = None) -> None:
        self._client = client or default_client()

    def __call__(self, message: Any) -> None:
        """Logs the record of the message."""
        if own_threads.is_own():
            return
        record = message.record
        members = {"status": record["level"].name, "logger": record["name"], **record["extra"]}
        exception = record["exception"]
        if exception is not None and exception.value is not None:
            members["error"] = describe_with_traceback(exception.value)
        self._client.log(record["message"], **rename_reserved(members))
