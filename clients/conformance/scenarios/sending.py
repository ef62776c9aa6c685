"""What an entry and a request look like."""

import json
import re
from datetime import datetime, timedelta, timezone

from ..failure import check, check_equal
from ..scenario import KEY, Stage, scenario
from ..server import Reply

EXECUTED_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
EVENT_ID = re.compile(r"[0-9a-f]{32}")


@scenario
def order(stage: Stage) -> None:
    """Entries arrive once each, in the order of the calls."""
    server = stage.server()
    driver = stage.driver(server, batch_entries=50)
    driver.log_numbers(range(500))
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, list(range(500)), "the order of arrival")
    stats = driver.stats()
    check_equal((stats["queued"], stats["delivered"], stats["dropped"]), (0, 500, 0), "queued, delivered, dropped")


@scenario
def executed_at_rises(stage: Stage) -> None:
    """executed_at has six digits and rises strictly, so that the order holds to the last."""
    server = stage.server()
    driver = stage.driver(server)
    driver.log_numbers(range(300))
    check(driver.flush(), "flush was false")
    times = [entry["executed_at"] for entry in server.arrived]
    for at in times:
        check(isinstance(at, str) and EXECUTED_AT.fullmatch(at) is not None, f"executed_at is {at!r}")
    check(all(one < next_one for one, next_one in zip(times, times[1:])), "executed_at does not rise strictly")
    off = abs(datetime.strptime(times[-1], "%Y-%m-%dT%H:%M:%S.%fZ") - datetime.now(timezone.utc).replace(tzinfo=None))
    check(off < timedelta(minutes=5), f"executed_at {times[-1]} is not UTC now")


@scenario
def defaults(stage: Stage) -> None:
    """An entry gets an event_id, an environment and a status."""
    server = stage.server()
    driver = stage.driver(server)
    driver.log(message="one", n=1)
    driver.log(message="two", n=2)
    check(driver.flush(), "flush was false")
    first, second = server.arrived
    for entry in (first, second):
        check(EVENT_ID.fullmatch(entry["event_id"]) is not None, f"event_id is {entry['event_id']!r}")
        check_equal((entry["environment"], entry["status"]), ("default", "INFO"), "environment and status")
    check(first["event_id"] != second["event_id"], "two entries have one event_id")
    check_equal((first["message"], second["n"]), ("one", 2), "members")
    check("workflow" not in first or first["workflow"] is None, "there is a workflow that nobody gave")


@scenario
def members_given(stage: Stage) -> None:
    """Members that the caller gave are kept as they are."""
    server = stage.server()
    driver = stage.driver(server, environment={"LOGGER_ENVIRONMENT": "staging"}, workflow="from the options")
    given = {
        "event_id": "order-17",
        "executed_at": "2026-01-02T03:04:05.000006Z",
        "environment": "production",
        "status": "SUCCESS",
        "workflow": "invoices",
        "message": "Straße „超时“ \u2028 \t \\ \" \n 🎉",
        "rows": 41,
        "ratio": 0.25,
        "nothing": None,
        "deep": {"list": [1, "two", {"three": True}]},
        "großer name": "x",
    }
    driver.log(**given)
    driver.log(message="plain")
    check(driver.flush(), "flush was false")
    full, plain = server.arrived
    check_equal(full, given, "the entry")
    check_equal((plain["environment"], plain["workflow"]), ("staging", "from the options"), "environment, workflow")


@scenario
def fitted_for_the_server(stage: Stage) -> None:
    """What the server would refuse, though it can be stored in another form, is stored in that."""
    server = stage.server()
    driver = stage.driver(server, workflow="from the options")
    given = {
        "message": "a\0b",
        "status": 200,
        "environment": True,
        "workflow": None,
        "event_id": 17,
        "a\0name": {"deep\0": ["\0", "C:\\u0000", 1]},
        "n": 1,
    }
    driver.log(**given)
    driver.log(message=["a", 1], status=None, n=2)
    check(driver.flush(), "flush was false")
    first, second = server.arrived
    del first["executed_at"]
    expected = {
        "message": "a\ufffdb",
        "status": "200",
        "environment": "true",
        "workflow": "from the options",
        "event_id": "17",
        "a\ufffdname": {"deep\ufffd": ["\ufffd", "C:\\u0000", 1]},
        "n": 1,
    }
    check_equal(first, expected, "the entry")
    check_equal(json.loads(second["message"]), ["a", 1], "a list as a message")
    check_equal(second["status"], "INFO", "a status that is null")
    check_equal(driver.stats()["rejected"], 0, "rejected")
    check_equal(driver.errors(), "", "standard error")


@scenario
def request_head(stage: Stage) -> None:
    """A request has the key, the type and the name of the client, and goes to the path of the logs."""
    server = stage.server()
    for url in (server.url, f"{server.url}/", f"{server.url}/api/v1/logs"):
        driver = stage.driver(server, environment={"LOGGER_API_URL": url})
        driver.log(message="x")
        check(driver.flush(), f"flush was false with {url}")
        request = server.requests[-1]
        check_equal((request.method, request.path), ("POST", "/api/v1/logs"), f"method and path with {url}")
        check_equal(request.headers.get("x-api-key"), KEY, "X-API-Key")
        check(request.headers.get("content-type", "").startswith("application/x-ndjson"), "Content-Type")
        agent = request.headers.get("user-agent", "")
        check(re.fullmatch(r"central-logger-[a-z]+/\d+\.\d+\.\d+\S*", agent) is not None, f"User-Agent is {agent!r}")


@scenario
def options_beat_environment(stage: Stage) -> None:
    """Options of the constructor beat the environment."""
    wrong, right = stage.server(), stage.server()
    driver = stage.driver(wrong, url=right.url, key="of-the-options")
    driver.log(message="x")
    check(driver.flush(), "flush was false")
    check_equal(len(wrong.requests), 0, "requests to the address of the environment")
    check_equal(right.requests[0].headers.get("x-api-key"), "of-the-options", "X-API-Key")


@scenario
def gzip(stage: Stage) -> None:
    """A body over 1 KiB is compressed, a small one is not."""
    server = stage.server()
    # It leads to the server as well, but nothing says of it that it is an address of this machine.
    driver = stage.driver(server, url=server.url.replace("127.0.0.1", "0.0.0.0"))
    driver.log(message="small", n=0)
    check(driver.flush(), "flush was false")
    driver.log_numbers(range(1, 101), text="the same words again and again " * 4)
    check(driver.flush(), "flush was false")
    check("content-encoding" not in server.requests[0].headers, "a small body is encoded")
    large = max(server.requests, key=lambda request: len(request.body))
    check_equal(large.headers.get("content-encoding"), "gzip", "Content-Encoding of a large body")
    check(len(large.raw) < len(large.body) / 2, "the body is not compressed")
    check_equal(server.numbers, list(range(101)), "the order of arrival")


@scenario
def plain_on_one_machine(stage: Stage) -> None:
    """A body that stays on the machine is not compressed."""
    server = stage.server()
    for host in ("127.0.0.1", "localhost"):
        driver = stage.driver(server, url=server.url.replace("127.0.0.1", host))
        driver.log_numbers(range(100), text="the same words again and again " * 4)
        check(driver.flush(), "flush was false")
    check(len(server.requests) > 0, "nothing was sent")
    encoded = [request for request in server.requests if "content-encoding" in request.headers]
    check_equal(len(encoded), 0, "bodies that are encoded")
    check_equal(server.numbers, [*range(100)] * 2, "the order of arrival")


@scenario
def ndjson(stage: Stage) -> None:
    """A body has one JSON object in each line."""
    server = stage.server()
    driver = stage.driver(server)
    driver.log_many([{"message": "two\nlines", "n": 1}, {"message": "b", "n": 2}])
    check(driver.flush(), "flush was false")
    lines = [line for request in server.requests for line in request.body.decode("utf-8").split("\n") if line]
    check_equal([json.loads(line)["n"] for line in lines], [1, 2], "the lines")


@scenario
def event_id_is_stable(stage: Stage) -> None:
    """An entry whose answer was lost is sent again with the same event_id and executed_at."""
    server = stage.server(Reply(how="close", stores=True), Reply(503), Reply(how="reset", stores=True))
    driver = stage.driver(server)
    driver.log_numbers(range(5))
    check(driver.flush(), "flush was false")
    check(len(server.requests) >= 4, "there were no retries")
    check_equal(len(server.stored), 5, "entries that the server keeps")
    check_equal(sorted({entry["n"] for entry in server.arrived}), list(range(5)), "entries")


@scenario
def connection_closed_between(stage: Stage) -> None:
    """A server that closes its connection after each answer loses nothing and needs no report."""
    server = stage.server()
    server.script = lambda request: Reply(closes=True)
    driver = stage.driver(server)
    for number in range(10):
        driver.log_numbers([number])
        check(driver.flush(), "flush was false")
    check_equal(server.numbers, list(range(10)), "entries")
    check_equal(driver.errors(), "", "standard error")
