"""What an answer of the server means for the entries that were sent."""

import json
import re
import time
from datetime import datetime, timezone
from email.message import Message
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any, Dict, List, NamedTuple, Optional

DAY_SECONDS = 86400.0
MAX_DETAIL = 500
MAX_RETRY_AFTER = 3600.0
RFC_3339 = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)


class Meaning(Enum):
    """What becomes of the entries."""

    DELIVERED = "they are stored"
    REFUSED = "at least one of them will never be accepted"
    FOREIGN = "they wait, for no central-logger has answered"
    CLOCK = "they wait until somebody sets the clock of this machine"
    KEPT = "they wait"


class Answer(NamedTuple):
    """What the server answered."""

    meaning: Meaning
    where: str
    """The address, without secrets."""
    status: int
    detail: str
    refused: List[int]
    """The indexes of the entries that a 422 names."""
    retry_after: Optional[float]
    clock_ahead: float
    """Seconds by which this machine's clock is ahead of the server's."""


def read_answer(status: int, headers: Message, text: bytes, *, where: str, lines: List[bytes], key: str) -> Answer:
    """Reads the answer to these entries."""
    body = _object_in(text)
    meaning = _meaning(status, headers, body, len(lines))
    errors = body.get("errors")
    errors = errors if isinstance(errors, list) else []
    clock_ahead = _clock_ahead(headers.get("Date"))
    if meaning is Meaning.REFUSED and status == 422 and errors and abs(clock_ahead) > DAY_SECONDS:
        # The clock is at fault for the times, and not the entries.
        errors = [error for error in errors if not _is_about_time(error) or _is_of_own_time(error, lines)]
        meaning = meaning if errors else Meaning.CLOCK
    indexes = [error.get("index") for error in errors if isinstance(error, dict)]
    return Answer(
        meaning=meaning,
        where=where,
        status=status,
        # The server may show the key that it was sent.
        detail=str(body.get("detail", "")).replace(key, "[key]")[:MAX_DETAIL],
        refused=[index for index in indexes if isinstance(index, int) and not isinstance(index, bool)],
        retry_after=_retry_after(headers.get("Retry-After")),
        clock_ahead=clock_ahead,
    )


def _object_in(text: bytes) -> Dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _meaning(status: int, headers: Message, body: Dict[str, Any], count: int) -> Meaning:
    if status in (200, 201) and _is_receipt(body, count):
        return Meaning.DELIVERED
    # Another server, or what asks people to sign in to a network, may say that all is well, or that nothing is.
    if 200 <= status < 300:
        return Meaning.FOREIGN
    if status in (400, 422):
        is_problem = headers.get_content_type() == "application/problem+json"
        return Meaning.REFUSED if is_problem else Meaning.FOREIGN
    # The 413 of a proxy is as true as that of the server.
    return Meaning.REFUSED if status == 413 else Meaning.KEPT


def _is_receipt(body: Dict[str, Any], count: int) -> bool:
    ids = body.get("ids")
    return isinstance(ids, list) and len(ids) == count and bool(body.get("accepted") == count)


def _is_about_time(error: object) -> bool:
    field = error.get("field") if isinstance(error, dict) else None
    # Some servers name the place: `/executed_at`, `/3/executed_at`.
    return isinstance(field, str) and field.rsplit("/", 1)[-1] == "executed_at"


def _is_of_own_time(error: Dict[str, Any], lines: List[bytes]) -> bool:
    """Whether the time of the entry is wrong by the clock of this machine as well, so that no clock is to blame."""
    index = error.get("index")
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(lines):
        return False
    text = _object_in(lines[index]).get("executed_at")
    if not isinstance(text, str):
        return False
    at = _seconds_of_time(text)
    return at is None or not 0 <= at <= time.time() + DAY_SECONDS


def _seconds_of_time(text: str) -> Optional[float]:
    match = RFC_3339.fullmatch(text)
    if match is None:
        return None
    date, clock, zone = match.groups()
    try:
        return datetime.fromisoformat(f"{date}T{clock}{'+00:00' if zone in 'Zz' else zone}").timestamp()
    except (ValueError, OverflowError):
        return None


def _retry_after(value: Optional[str]) -> Optional[float]:
    if value is None:
        return None
    if value.strip().isdigit():
        seconds = float(value)
    else:
        at = _seconds_of_date(value)
        if at is None:
            return None
        seconds = at - time.time()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def _clock_ahead(value: Optional[str]) -> float:
    at = None if value is None else _seconds_of_date(value)
    return 0.0 if at is None else time.time() - at


def _seconds_of_date(value: str) -> Optional[float]:
    try:
        date = parsedate_to_datetime(value)
        return (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
