"""What to do about an answer that is not a delivery."""

from typing import Optional

from .answer import DAY_SECONDS, Answer, Meaning


def advice(answer: Answer) -> str:
    """Returns one line for a person: what happened, and what helps."""
    if answer.meaning is Meaning.FOREIGN:
        return f"the answer of {answer.where} is not that of a central-logger server: check LOGGER_API_URL"
    status = answer.status
    if status == 401:
        return "the server does not accept the key (401); set a valid one in LOGGER_API_KEY; entries wait"
    if status == 403:
        return "the key lacks the scope logs:write, or must not be used from here (403); ask the provider; entries wait"
    if 300 <= status < 400 or status in (404, 405):
        return f"there is no central-logger at this address ({status}); correct LOGGER_API_URL; entries wait"
    if status == 429:
        return "the key has reached its limit (429); entries wait"
    detail = f": {answer.detail}" if answer.detail else ""
    return f"the server cannot take entries now ({status}{detail}); entries wait"


def clock_advice(answer: Answer) -> Optional[str]:
    """Returns a line about a clock that is off by more than a day, or None."""
    if abs(answer.clock_ahead) <= DAY_SECONDS:
        return None
    direction = "ahead of" if answer.clock_ahead > 0 else "behind"
    hours = int(abs(answer.clock_ahead) // 3600)
    return f"the clock of this machine is {hours} hours {direction} the server's: set the clock"
