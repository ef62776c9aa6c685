"""What becomes of entries that the server refuses for good."""

import json
import time
from email.utils import formatdate
from typing import Any, Dict, List, Sequence

from ..driver import Driver
from ..failure import check, check_equal
from ..scenario import Stage, add, scenario
from ..server import Reply, Request, problem


def _rejected(stage: Stage) -> List[Dict[str, Any]]:
    file = stage.spool / "rejected.ndjson"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def _check_rest(driver: Driver, arrived: List[int], count: int, bad: List[int]) -> None:
    check_equal(arrived, [number for number in range(count) if number not in bad], "the order of arrival")
    stats = driver.stats()
    found = (stats["queued"], stats["delivered"], stats["rejected"], stats["dropped"])
    check_equal(found, (0, count - len(bad), len(bad), 0), "queued, delivered, rejected, dropped")


def _divided_after(status: int) -> None:
    def play(stage: Stage) -> None:
        bad = sorted(stage.random.sample(range(20), 3))

        def script(request: Request) -> Reply:
            return problem(status, "entry is bad") if set(request.numbers) & set(bad) else Reply()

        server = stage.server()
        server.script = script
        driver = stage.spooling_driver(server, linger=30)
        driver.log_numbers(range(20))
        check(driver.flush(), "flush was false")
        _check_rest(driver, server.numbers, 20, bad)
        rejected = _rejected(stage)
        check_equal([one["entry"]["n"] for one in rejected], bad, "entries in rejected.ndjson")
        for one in rejected:
            check_equal(set(one), {"rejected_at", "status", "detail", "entry"}, "members of rejected.ndjson")
            check_equal((one["status"], one["detail"]), (status, "entry is bad"), "status and detail")
            check("event_id" in one["entry"], "the entry is not complete")

    add(f"divided_after_{status}", f"After {status}, the batch is divided until the bad entries stand alone.", play)


for _status in (400, 413, 422):
    _divided_after(_status)


@scenario
def divided_after_413_of_a_proxy(stage: Stage) -> None:
    """A 413 without a problem, as a proxy in front of the server sends it, divides the batch as well."""
    bad = [3, 17]
    page = Reply(413, {"Content-Type": "text/html"}, b"<html><h1>413 Request Entity Too Large</h1></html>")
    server = stage.server()
    server.script = lambda request: page if set(request.numbers) & set(bad) else Reply()
    driver = stage.spooling_driver(server, linger=30)
    driver.log_numbers(range(20))
    check(driver.flush(), "flush was false")
    _check_rest(driver, server.numbers, 20, bad)
    rejected = _rejected(stage)
    check_equal([(one["entry"]["n"], one["status"]) for one in rejected], [(3, 413), (17, 413)], "rejected.ndjson")
    check("413" in driver.errors(), f"the report does not tell why: {driver.errors()!r}")


def _by_index(bad: List[int]) -> "Any":
    def script(request: Request) -> Reply:
        errors = [{"index": index, "detail": "bad"} for index, n in enumerate(request.numbers) if n in bad]
        return problem(422, "entries are bad", errors=errors) if errors else Reply()

    return script


@scenario
def set_aside_by_index(stage: Stage) -> None:
    """A 422 that names entries sets exactly those aside."""
    bad = [0, 7, 19]
    server = stage.server()
    server.script = _by_index(bad)
    driver = stage.spooling_driver(server, linger=30)
    driver.log_numbers(range(20))
    check(driver.flush(), "flush was false")
    _check_rest(driver, server.numbers, 20, bad)
    check_equal([one["entry"]["n"] for one in _rejected(stage)], bad, "entries in rejected.ndjson")
    check("rejected.ndjson" in driver.errors(), f"the report does not say where they are: {driver.errors()!r}")


def _on(days: float) -> Dict[str, str]:
    """The headers of a server whose clock differs from this machine's."""
    return {"Date": formatdate(time.time() + days * 86400, usegmt=True)}


def _times_are_wrong(request: Request, days: float, field: str, more: Sequence[Dict[str, Any]] = ()) -> Reply:
    errors = [
        {"index": index, "field": field.format(index), "message": "is too far ahead"}
        for index in range(len(request.entries))
    ]
    return problem(422, "times are wrong", _on(days), errors=[*errors, *more])


def _kept_while_the_clock_is_wrong(name: str, days: float, field: str) -> None:
    def play(stage: Stage) -> None:
        server = stage.server()
        server.script = lambda request: _times_are_wrong(request, days, field)
        driver = stage.spooling_driver(server, linger=30)
        driver.log_numbers(range(5))
        check(not driver.flush(1), "flush was true while the clock is wrong")
        stats = driver.stats()
        found = (stats["queued"], stats["delivered"], stats["rejected"], stats["dropped"])
        check_equal(found, (5, 0, 0, 0), "queued, delivered, rejected, dropped")
        numbers = {tuple(request.numbers) for request in server.requests}
        check_equal(numbers, {(0, 1, 2, 3, 4)}, "entries of each request")
        lines = driver.errors().splitlines()
        check_equal(len(lines), 1, "lines of standard error")
        check("set the clock" in lines[0], f"the report does not say to set the clock: {lines[0]!r}")
        # It is asked again, and ever more rarely.
        check(server.wait_requests(3, 20), "nothing was sent again")
        count = len(server.requests)
        check(count <= 20, f"{count} requests")
        server.script = lambda request: Reply()
        check(driver.flush(), "flush was false")
        check_equal(server.numbers, [0, 1, 2, 3, 4], "entries")
        check_equal(_rejected(stage), [], "entries in rejected.ndjson")

    text = f"While the clock is {name.replace('_', ' ')} by over a day, a 422 of times alone sets nothing aside."
    add(f"kept_while_the_clock_is_{name}", text, play)


for _name, _days, _field in (
    ("ahead", -1.1, "executed_at"),
    ("far_ahead", -300, "/executed_at"),
    ("behind", 2, "/{}/executed_at"),
):
    _kept_while_the_clock_is_wrong(_name, _days, _field)


@scenario
def wrong_times_and_more(stage: Stage) -> None:
    """While the clock is wrong, only entries with another fault are set aside."""
    server = stage.server()

    def script(request: Request) -> Reply:
        more = [{"index": index, "field": "status"} for index, n in enumerate(request.numbers) if n == 2]
        return _times_are_wrong(request, -3, "executed_at", more)

    server.script = script
    driver = stage.spooling_driver(server, linger=30)
    driver.log_numbers(range(5))
    check(not driver.flush(1), "flush was true while the clock is wrong")
    check_equal([one["entry"]["n"] for one in _rejected(stage)], [2], "entries in rejected.ndjson")
    check_equal(server.requests[-1].numbers, [0, 1, 3, 4], "entries that are sent again")
    server.script = lambda request: Reply()
    check(driver.flush(), "flush was false")
    _check_rest(driver, server.numbers, 5, [2])


@scenario
def wrong_times_by_both_clocks(stage: Stage) -> None:
    """While the clock is wrong, entries are set aside whose time is wrong by the clock of this machine as well."""
    server = stage.server()
    server.script = lambda request: _times_are_wrong(request, -3, "executed_at")
    driver = stage.spooling_driver(server, linger=30)
    times = (None, "yesterday", "2999-01-01T00:00:00Z", "1969-12-31T23:59:59+00:00", "2020-02-29T12:00:00.5+01:00")
    entries = [{"message": "x", "n": n, "executed_at": time} for n, time in enumerate(times)]
    driver.log_many([{name: value for name, value in entry.items() if value is not None} for entry in entries])
    check(not driver.flush(1), "flush was true while the clock is wrong")
    check_equal([one["entry"]["n"] for one in _rejected(stage)], [1, 2, 3], "entries in rejected.ndjson")
    check_equal(server.requests[-1].numbers, [0, 4], "entries that are sent again")
    server.script = lambda request: Reply()
    check(driver.flush(), "flush was false")
    _check_rest(driver, server.numbers, 5, [1, 2, 3])


@scenario
def wrong_times_and_a_right_clock(stage: Stage) -> None:
    """With clocks that agree, an entry whose time is refused is set aside."""
    server = stage.server()

    def script(request: Request) -> Reply:
        errors = [{"index": index, "field": "executed_at"} for index, n in enumerate(request.numbers) if n == 1]
        return problem(422, "its time is wrong", _on(-0.9), errors=errors) if errors else Reply(headers=_on(-0.9))

    server.script = script
    driver = stage.spooling_driver(server, linger=30)
    driver.log_numbers(range(3))
    check(driver.flush(), "flush was false")
    _check_rest(driver, server.numbers, 3, [1])
    check_equal([one["entry"]["n"] for one in _rejected(stage)], [1], "entries in rejected.ndjson")


@scenario
def odd_indexes(stage: Stage) -> None:
    """A 422 that names entries which are not there neither loses anything nor goes on without end."""
    odd = ([{"index": 99}], [{"index": -1}], [{"index": "0"}, {"index": None}, {}], "none", [7])
    count = 0

    def script(request: Request) -> Reply:
        nonlocal count
        count += 1
        return problem(422, errors=odd[count % len(odd)]) if len(request.entries) > 2 else Reply()

    server = stage.server()
    server.script = script
    driver = stage.driver(server, linger=30)
    driver.log_numbers(range(16))
    check(driver.flush(), "flush was false")
    _check_rest(driver, server.numbers, 16, [])


@scenario
def all_refused(stage: Stage) -> None:
    """A batch of bad entries only is set aside in its order, and the next good entry is delivered."""
    bad = list(range(6))
    server = stage.server()
    server.script = lambda request: problem(400) if set(request.numbers) & set(bad) else Reply()
    driver = stage.spooling_driver(server, linger=30)
    driver.log_numbers(range(7))
    check(driver.flush(), "flush was false")
    _check_rest(driver, server.numbers, 7, bad)
    check_equal([one["entry"]["n"] for one in _rejected(stage)], bad, "entries in rejected.ndjson")


@scenario
def refusal_among_failures(stage: Stage) -> None:
    """Failures while a batch is divided lose nothing and change no order."""
    bad = [5]
    count = 0

    def script(request: Request) -> Reply:
        nonlocal count
        count += 1
        if count % 3 == 0:
            return Reply(503, {"Retry-After": "0"})
        return problem(413) if set(request.numbers) & set(bad) else Reply()

    server = stage.server()
    server.script = script
    driver = stage.spooling_driver(server, linger=30)
    driver.log_numbers(range(16))
    check(driver.flush(25), "flush was false")
    _check_rest(driver, server.numbers, 16, bad)


@scenario
def refused_in_memory(stage: Stage) -> None:
    """Without a spool, a refused entry is counted and reported, and not said to be kept."""
    server = stage.server()
    server.script = _by_index([1])
    driver = stage.driver(server, linger=30)
    driver.log_numbers(range(3))
    check(driver.flush(), "flush was false")
    _check_rest(driver, server.numbers, 3, [1])
    text = driver.errors()
    check(text != "", "there is no report")
    check("rejected.ndjson" not in text and "set aside" not in text, f"the report is {text!r}")


@scenario
def rejected_file_is_bounded(stage: Stage) -> None:
    """rejected.ndjson has at most 10 MiB; after that, entries are counted only, and said to be."""
    limit = 10 * 1024 * 1024
    stage.spool.mkdir(mode=0o700)
    file = stage.spool / "rejected.ndjson"
    file.write_bytes(b"x" * (limit - 100) + b"\n")
    server = stage.server()
    server.script = _by_index([1, 2])
    driver = stage.spooling_driver(server, linger=30)
    driver.log_numbers(range(4))
    check(driver.flush(), "flush was false")
    _check_rest(driver, server.numbers, 4, [1, 2])
    check(file.stat().st_size <= limit, f"rejected.ndjson has {file.stat().st_size} bytes")
    text = driver.errors()
    check("rejected.ndjson is full" in text or "no room" in text, f"the report is {text!r}")
