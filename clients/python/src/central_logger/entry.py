"""An entry: what a log call becomes, as one line of JSON."""

import json
import os
import re
from datetime import datetime
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
    try:
        for name in _OURS:
            if name in entry and not isinstance(entry[name], str):
                entry[name] = _text_of(entry[name])
        if "message" in entry:
            _fit_message(entry, entry["message"])
        text = _json_of(entry)
    except Exception as error:  # `str` of a member's own type may raise anything
        raise BadEntry(f"an entry is not JSON ({type(error).__name__}); give it JSON values only") from None
    line = text.encode("utf-8", "replace")
    if len(line) > MAX_ENTRY:
        raise BadEntry(f"an entry has {len(line)} bytes; the server takes {MAX_ENTRY} at most")
    return line


# A None for one of these means that the caller left it out; in any other member it is JSON's null. The server takes
# texts only in these.
_OURS = frozenset(("event_id", "executed_at", "environment", "status", "workflow", "message"))

# `str` keeps dates, paths and identifiers, which people log without a thought.
_to_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=str).encode
_to_json_with_nan = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode

_NUL = "\N{REPLACEMENT CHARACTER}"
# Every escape is matched, so that a backslash before `u0000` stays what it is.
_ESCAPE = re.compile(r"\\(u0000|.)")

# The server gives these itself and refuses entries that have them, but the records of other libraries do.
_RESERVED = ("id", "client_id", "received_at")


def rename_reserved(members: Dict[str, Any]) -> Dict[str, Any]:
    """Renames the members that only the server may set: `id` becomes `id_`."""
    for name in _RESERVED:
        if name in members:
            members[f"{name}_"] = members.pop(name)
    return members


def _text_of(value: object) -> str:
    # A status of 200 is more use as "200" than refused.
    if isinstance(value, datetime):
        # Without a zone it is local time.
        return (value if value.tzinfo else value.astimezone()).isoformat()
    if isinstance(value, (bool, dict, list, tuple)):
        return _json_of(value)
    return str(value)


def _json_of(value: object) -> str:
    try:
        text = _to_json(value)
    except ValueError:
        # For NaN and infinities, which JSON has not, stands null. What contains itself fails once more.
        text = _to_json(json.loads(_to_json_with_nan(value), parse_constant=lambda _: None))
    return _ESCAPE.sub(_without_nul, text) if "\\u0000" in text else text


def _without_nul(escape: "re.Match[str]") -> str:
    # The server refuses a NUL character anywhere.
    return _NUL if escape[1] == "u0000" else escape[0]


def _fit_message(entry: Dict[str, Any], message: str) -> None:
    # Before it is cut: what stands for a NUL is longer.
    text = message.replace("\0", _NUL)
    if len(text) * 4 > MAX_MESSAGE:
        data = text.encode("utf-8", "replace")
        if len(data) > MAX_MESSAGE:
            text = data[:MAX_MESSAGE].decode("utf-8", "ignore")
            entry["message_cut"] = True
    entry["message"] = text
