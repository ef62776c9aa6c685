"""What is tried again, and when."""

import json
import time
from dataclasses import replace
from email.utils import formatdate
from typing import Callable

from ..failure import check, check_equal
from ..scenario import KEY, Stage, add, scenario
from ..server import Reply, problem, receipt

KEPT = (301, 302, 307, 308, 401, 403, 404, 405, 408, 409, 418, 429, 500, 502, 503, 504)


def _kept_after(status: int) -> None:
    def play(stage: Stage) -> None:
        server = stage.server(problem(status))
        driver = stage.driver(server)
        driver.log_numbers(range(3))
        check(server.wait_entries(3), f"nothing was sent again after {status}")
        check(driver.flush(), "flush was false")
        stats = driver.stats()
        check_equal((stats["rejected"], stats["dropped"], stats["queued"]), (0, 0, 0), "rejected, dropped, queued")
        check(stats["retries"] >= 1, "the retry is not counted")
        check_equal(server.numbers, [0, 1, 2], "entries")

    add(f"kept_after_{status}", f"After {status}, entries stay queued and are sent again.", play)


for _status in KEPT:
    _kept_after(_status)


@scenario
def a_receipt_is_delivered(stage: Stage) -> None:
    """200 and 201 with the receipt for all entries mean delivered, whatever else the receipt says."""
    server = stage.server(Reply(200), Reply(201), Reply(201, body=receipt(1, further={"member": [1]})))
    driver = stage.driver(server)
    for number in range(3):
        driver.log_numbers([number])
        check(driver.flush(), "flush was false")
    check_equal(len(server.requests), 3, "requests")
    check_equal(driver.stats()["delivered"], 3, "delivered")
    check_equal(driver.errors(), "", "standard error")


HTML = {"Content-Type": "text/html"}
JSON = {"Content-Type": "application/json"}
PAGE = b"<!DOCTYPE html><title>Sign in</title><p>Sign in to use this network."
FAULTS = json.dumps({"detail": "bad", "errors": [{"index": 0, "field": "status", "message": "is bad"}]}).encode()
# Answers to three entries of whatever stands at a wrong address, or before the right one.
FOREIGN = {
    "page": Reply(200, HTML, PAGE),
    "page_with_201": Reply(201, HTML, PAGE),
    "empty_200": Reply(200, body=b""),
    "202": Reply(202, JSON, receipt(3)),
    "204": Reply(204),
    "object": Reply(200, JSON, b'{"ok": true}'),
    "list": Reply(201, JSON, b"[3]"),
    "null": Reply(201, JSON, b"null"),
    "cut_receipt": Reply(201, JSON, receipt(3)[:-2]),
    "receipt_for_fewer": Reply(201, JSON, receipt(2)),
    "receipt_for_more": Reply(201, JSON, receipt(4)),
    "receipt_without_ids": Reply(201, JSON, b'{"accepted": 3}'),
    "receipt_with_too_few_ids": Reply(201, JSON, receipt(2, accepted=3)),
    "400_page": Reply(400, HTML, PAGE),
    "422_page": Reply(422, HTML, PAGE),
    "400_of_json": Reply(400, JSON, FAULTS),
    "422_of_json": Reply(422, JSON, FAULTS),
    "422_without_a_type": Reply(422, body=FAULTS),
}


def _kept_after_foreign(name: str, reply: Reply) -> None:
    def play(stage: Stage) -> None:
        server = stage.server()
        server.script = lambda request: replace(reply, stores=False)
        # All three go in one request, so that the counts of the receipts are wrong.
        driver = stage.spooling_driver(server, linger=30)
        driver.log_numbers(range(3))
        check(not driver.flush(1), "flush was true without a receipt")
        check_equal(len(server.requests[0].entries), 3, "entries of the first request")
        stats = driver.stats()
        found = (stats["queued"], stats["delivered"], stats["rejected"], stats["dropped"])
        check_equal(found, (3, 0, 0, 0), "queued, delivered, rejected, dropped")
        report = driver.errors()
        check_equal(len(report.splitlines()), 1, "lines of standard error")
        for part in (server.url, "is not that of a central-logger server", "check LOGGER_API_URL"):
            check(part in report, f"the report has no {part!r}: {report!r}")
        server.script = lambda request: Reply()
        check(driver.flush(), "flush was false")
        check_equal(server.numbers, [0, 1, 2], "entries")
        check(not (stage.spool / "rejected.ndjson").exists(), "entries were set aside")

    text = name.replace("_", " ")
    add(f"kept_after_foreign_{name}", f"After an answer that is no central-logger's ({text}), entries wait.", play)


for _name, _reply in FOREIGN.items():
    _kept_after_foreign(_name, _reply)


@scenario
def backs_off_from_a_foreign_server(stage: Stage) -> None:
    """A server that is no central-logger is not asked ever more often."""
    server = stage.server()
    server.script = lambda request: Reply(200, HTML, PAGE, stores=False)
    driver = stage.driver(server)
    driver.log_numbers(range(3))
    time.sleep(4)
    count = len(server.requests)
    check(2 <= count <= 30, f"{count} requests in 4 s")


@scenario
def redirect_not_followed(stage: Stage) -> None:
    """A redirect is not followed: a key is never sent elsewhere."""
    other = stage.server()
    server = stage.server(*(Reply(status, {"Location": f"{other.url}/api/v1/logs"}) for status in (301, 307, 308)))
    driver = stage.driver(server)
    driver.log_numbers([0])
    check(server.wait_requests(3), "nothing was sent again")
    check(driver.flush(), "flush was false")
    check_equal(len(other.requests), 0, "requests to the other address")
    check_equal(server.numbers, [0], "entries")


@scenario
def retry_after_seconds(stage: Stage) -> None:
    """Retry-After in seconds is honoured."""
    _waits(stage, lambda: "3", 2.9)


@scenario
def retry_after_date(stage: Stage) -> None:
    """Retry-After as a date is honoured."""
    _waits(stage, lambda: formatdate(time.time() + 4, usegmt=True), 2.5)


@scenario
def retry_after_zero(stage: Stage) -> None:
    """A Retry-After of no time at all does not make the client ask without a pause."""
    server = stage.server()
    past = formatdate(time.time() - 3600, usegmt=True)
    server.script = lambda request: Reply(503, {"Retry-After": past if len(server.requests) % 2 else "0"})
    driver = stage.driver(server)
    driver.log_numbers([0])
    check(server.wait_requests(1), "nothing was sent")
    time.sleep(2)
    count = len(server.requests)
    check(2 <= count <= 50, f"{count} requests in 2 s")
    server.script = lambda request: Reply()
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, [0], "entries")


@scenario
def retry_after_nonsense(stage: Stage) -> None:
    """A Retry-After that is neither is passed over."""
    server = stage.server(Reply(503, {"Retry-After": "soon"}), Reply(503, {"Retry-After": "-5"}))
    driver = stage.driver(server)
    driver.log_numbers([0])
    check(server.wait_entries(1), "nothing was sent again")


def _waits(stage: Stage, value: Callable[[], str], least: float) -> None:
    server = stage.server()
    server.script = lambda request: Reply() if server.requests else Reply(503, {"Retry-After": value()})
    driver = stage.driver(server)
    driver.log_numbers([0])
    check(server.wait_entries(1, 20), "nothing was sent again")
    waited = server.requests[1].at - server.requests[0].at
    check(waited >= least, f"it was sent again after {waited:.2f} s")


@scenario
def backs_off(stage: Stage) -> None:
    """A server that is away is not asked ever more often, and not given up."""
    server = stage.server()
    server.script = lambda request: Reply(503)
    driver = stage.driver(server)
    driver.log_numbers(range(3))
    time.sleep(6)
    count = len(server.requests)
    check(2 <= count <= 40, f"{count} requests in 6 s")
    server.script = lambda request: Reply()
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, [0, 1, 2], "entries")


@scenario
def flush_hurries(stage: Stage) -> None:
    """flush makes a pending retry happen now."""
    server = stage.server(Reply(503, {"Retry-After": "3000"}))
    driver = stage.driver(server)
    driver.log_numbers([0])
    check(server.wait_requests(1), "nothing was sent")
    check(driver.flush(20), "flush did not hurry")
    check_equal(server.numbers, [0], "entries")


@scenario
def refused_connection(stage: Stage) -> None:
    """A server that is not there yet gets everything once it is."""
    server = stage.dead_server()
    driver = stage.driver(server)
    driver.log_numbers(range(10))
    check(not driver.flush(0.5), "flush was true without a server")
    server.start()
    check(driver.flush(), "flush was false with a server")
    check_equal(server.numbers, list(range(10)), "entries")


@scenario
def reset_connection(stage: Stage) -> None:
    """A connection that is reset is tried again."""
    server = stage.server(Reply(how="reset"), Reply(how="reset"))
    driver = stage.driver(server)
    driver.log_numbers(range(3))
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, [0, 1, 2], "entries")


@scenario
def no_answer(stage: Stage) -> None:
    """A request that is not answered ends after its timeout, and is tried again."""
    server = stage.server(Reply(how="hang"))
    driver = stage.driver(server, timeout=1)
    driver.log_numbers(range(3))
    check(server.wait_entries(3, 20), "nothing was sent again")
    check_equal(server.numbers, [0, 1, 2], "entries")


@scenario
def dripping_answer(stage: Stage) -> None:
    """The timeout is that of the whole request: an answer that comes byte by byte does not prolong it."""
    server = stage.server(Reply(how="drip", body=b"HTTP/1.1 201 Created\r\nX-Slow: " + b"x" * 300))
    driver = stage.driver(server, timeout=1)
    driver.log_numbers(range(3))
    check(server.wait_entries(3, 20), "nothing was sent again")
    check_equal(server.numbers, [0, 1, 2], "entries")


@scenario
def unreadable_answers(stage: Stage) -> None:
    """An answer that is not HTTP is tried again."""
    noise = bytes(stage.random.randrange(256) for _ in range(300))
    server = stage.server(Reply(how="raw", body=noise), Reply(how="raw", body=b"HTTP/1.1 2"), Reply(how="close"))
    driver = stage.driver(server)
    driver.log_numbers(range(3))
    check(driver.flush(), "flush was false")
    check(len(server.requests) >= 4, "an unreadable answer was taken for a delivery")
    check_equal(server.numbers, [0, 1, 2], "entries")


@scenario
def refusals_that_break_off(stage: Stage) -> None:
    """A refusal whose body breaks off sets nothing aside."""
    head = "HTTP/1.1 {} Refused\r\nContent-Type: application/problem+json\r\nContent-Length: 99\r\n\r\n"
    replies = (Reply(how="raw", body=head.format(status).encode() + b'{"errors":') for status in (400, 422))
    server = stage.server(*replies)
    driver = stage.driver(server, linger=30)
    driver.log_numbers([0])
    check(driver.flush(), "flush was false")
    stats = driver.stats()
    check_equal((stats["delivered"], stats["rejected"]), (1, 0), "delivered, rejected")
    check_equal(server.numbers, [0], "entries")


@scenario
def key_rotation(stage: Stage) -> None:
    """A key file is read anew when it changed: 401 with the old key, then delivered with the new one."""
    file = stage.folder / "key"
    file.write_text("the-old-key\n")
    server = stage.server()
    server.script = lambda request: Reply() if request.headers["x-api-key"] == "the-new-key" else problem(401)
    driver = stage.driver(server, environment={"LOGGER_API_KEY": None, "LOGGER_API_KEY_FILE": str(file)})
    driver.log_numbers(range(3))
    check(server.wait_requests(1), "nothing was sent")
    check_equal(server.requests[0].headers["x-api-key"], "the-old-key", "the first key")
    new = stage.folder / "key.new"
    new.write_text("the-new-key\n")
    new.rename(file)
    check(driver.flush(), "flush was false after the rotation")
    check_equal(server.numbers, [0, 1, 2], "entries")


@scenario
def key_file_is_late(stage: Stage) -> None:
    """A key file that is not there yet is waited for."""
    file = stage.folder / "key"
    server = stage.server()
    driver = stage.driver(server, environment={"LOGGER_API_KEY": None, "LOGGER_API_KEY_FILE": str(file)})
    driver.log_numbers(range(3))
    check(not driver.flush(0.5), "flush was true without a key")
    check_equal(len(server.requests), 0, "requests without a key")
    file.write_text(KEY)
    check(driver.flush(), "flush was false with the key")
    check_equal(server.numbers, [0, 1, 2], "entries")
