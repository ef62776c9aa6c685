"""When a batch is sent, and how much is in it."""

import time

from ..failure import check, check_equal
from ..scenario import Stage, scenario
from ..server import Reply


@scenario
def batch_by_entries(stage: Stage) -> None:
    """A batch is sent as soon as it has batch_entries entries, and never has more."""
    server = stage.server()
    driver = stage.driver(server, batch_entries=10, linger=30)
    driver.log_numbers(range(25))
    check(server.wait_entries(20), "two full batches were not sent before the time was over")
    check_equal([len(request.entries) for request in server.requests], [10, 10], "sizes of the batches")
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, list(range(25)), "the order of arrival")


@scenario
def batch_by_bytes(stage: Stage) -> None:
    """A batch is sent as soon as it has batch_bytes bytes, and never has more."""
    server = stage.server()
    driver = stage.driver(server, batch_bytes=10_000, linger=30)
    driver.log_numbers(range(40), text="x" * 1000)
    check(server.wait_entries(20), "full batches were not sent before the time was over")
    check(driver.flush(), "flush was false")
    for request in server.requests:
        check(len(request.body) <= 10_000, f"a body has {len(request.body)} bytes")
    check_equal(server.numbers, list(range(40)), "the order of arrival")


@scenario
def entry_larger_than_a_batch(stage: Stage) -> None:
    """An entry that is larger than batch_bytes is sent alone."""
    server = stage.server()
    driver = stage.driver(server, batch_bytes=1000)
    driver.log_numbers([0])
    driver.log_numbers([1], text="x" * 5000)
    driver.log_numbers([2])
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, [0, 1, 2], "the order of arrival")


@scenario
def linger(stage: Stage) -> None:
    """An entry waits for its batch no longer than linger, and those of that time are sent together."""
    server = stage.server()
    driver = stage.driver(server, linger=1.5)
    began = time.monotonic()
    driver.log_numbers(range(5))
    check(server.wait_entries(5, 20), "nothing was sent")
    check_equal(len(server.requests), 1, "requests")
    check(server.requests[0].at - began > 1.0, "the batch was sent before its time")


@scenario
def flush_does_not_linger(stage: Stage) -> None:
    """flush sends at once what waits for its batch, and returns when it is delivered."""
    server = stage.server()
    driver = stage.driver(server, linger=60)
    check(driver.flush(), "flush of an empty queue was false")
    driver.log_numbers(range(3))
    check(driver.flush(20), "flush was false")
    check_equal(server.numbers, [0, 1, 2], "entries when flush returned")


@scenario
def one_request_at_a_time(stage: Stage) -> None:
    """There is one request at a time."""
    server = stage.server()
    server.script = lambda request: Reply(delay=0.1)
    driver = stage.driver(server, batch_entries=5)
    driver.log_numbers(range(50))
    check(driver.flush(), "flush was false")
    check_equal(server.most_at_once, 1, "requests at once")
    check_equal(server.numbers, list(range(50)), "the order of arrival")
