"""What ends a scenario."""


class Failure(Exception):
    """The client broke a promise. The text says which."""


def check(holds: bool, text: str) -> None:
    """Raises Failure unless it holds."""
    if not holds:
        raise Failure(text)


def check_equal(found: object, expected: object, what: str) -> None:
    """Raises Failure unless both are equal."""
    if found != expected:
        raise Failure(f"{what}: found {_short(found)}, expected {_short(expected)}")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 400 else f"{text[:400]}… ({len(text)} characters)"
