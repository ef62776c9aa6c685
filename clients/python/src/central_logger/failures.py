"""An exception as a member of an entry."""

import traceback
from typing import Dict, Optional

MAX_TEXT = 8 * 1024
MAX_TRACEBACK = 64 * 1024


def describe(error: BaseException) -> Dict[str, str]:
    """Returns the type and the text of an exception."""
    try:
        text = str(error)
    except Exception:
        text = ""
    return {"type": type(error).__name__, "text": text[:MAX_TEXT]}


def describe_with_traceback(error: Optional[BaseException]) -> Optional[Dict[str, str]]:
    """Returns the end of the traceback, too; None without an exception."""
    if error is None:
        return None
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    return {**describe(error), "traceback": "".join(lines)[-MAX_TRACEBACK:]}
