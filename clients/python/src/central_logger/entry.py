"""An entry: what a log call becomes, as one line of JSON."""

import json
import os
from typing import Any, Dict, Mapping, Optional

from .clock import next_executed_at

MAX_ENTRY = 256 * 1024
MAX_MESSAGE = 64 * 1024


class BadEntry(Exception):
    """An entry that the server would refuse whatever happens. The text says why."""


def encode(members: Mapping[str, Any], environment: str, workflow: Optional[str]) -> bytes:
    """Returns the entry as JSON without a line end. Raises BadEntry."""
    entry: Dict[str, Any] = {
        "event_id": os.urandom(16).hex(),
        "executed_at": next_executed_at(),
        "environment": environment,
        "status": "INFO",
    }
    if workflow is not None:
        entry["workflow"] = workflow
    entry.update((name, value) for name, value in members.items() if value is not None or name not in _OURS)
    message = entry.get("message")
    if message is not None:
        _fit_message(entry, message)
    try:
        text = _to_json(entry)
    except Exception as error:  # `str` of a member's own type may raise anything
        raise BadEntry(f"an entry is not JSON ({type(error).__name__}); give it JSON values only") from None
    line = text.encode("utf-8", "replace")
    if len(line) > MAX_ENTRY:
        raise BadEntry(f"an entry has {len(line)} bytes; the server takes {MAX_ENTRY} at most")
    return line


# A None for one of these means that the caller left it out; in any other member it is JSON's null.
_OURS = frozenset(("event_id", "executed_at", "environment", "status", "workflow", "message"))

# `str` keeps dates, paths and identifiers, which people log without a thought.
_to_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=str).encode


def _fit_message(entry: Dict[str, Any], message: object) -> None:
    # The server refuses a NUL character anywhere.
    text = (message if isinstance(message, str) else str(message)).replace("\0", "\N{REPLACEMENT CHARACTER}")
    if len(text) * 4 > MAX_MESSAGE:
        data = text.encode("utf-8", "replace")
        if len(data) > MAX_MESSAGE:
            text = data[:MAX_MESSAGE].decode("utf-8", "ignore")
            entry["message_cut"] = True
    entry["message"] = text
