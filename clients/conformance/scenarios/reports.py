"""What a client writes to standard error, for a person."""

import time
from email.utils import formatdate
from typing import Dict, List, Optional

from ..failure import check, check_equal
from ..scenario import KEY, Stage, add, scenario
from ..server import Reply, problem


@scenario
def silent_when_well(stage: Stage) -> None:
    """While all is well, nothing is written."""
    server = stage.server()
    driver = stage.spooling_driver(server)
    driver.log_numbers(range(50))
    check(driver.flush(), "flush was false")
    driver.end()
    check_equal(driver.errors(), "", "standard error")


@scenario
def one_line_a_minute(stage: Stage) -> None:
    """However much goes wrong, one line a minute is written, and a last one at the end."""
    server = stage.server()
    server.script = lambda request: Reply(503, {"Retry-After": "0"})
    driver = stage.driver(server, max_memory=2000)
    driver.log_numbers(range(100))
    driver.log(text="x" * 300_000)
    driver.flush(2)
    check_equal(len(driver.errors().splitlines()), 1, "lines of standard error before the end")
    driver.close(1)
    driver.log_numbers([0])
    lines = driver.errors().splitlines()
    check(len(lines) <= 2, f"there are {len(lines)} lines of standard error")
    for line in lines:
        check(line.startswith("central-logger: "), f"the line is {line!r}")


@scenario
def losses_are_said_at_the_end(stage: Stage) -> None:
    """close says how many entries are lost, though something else was reported just before."""
    driver = stage.driver(stage.dead_server())
    driver.log_numbers(range(17))
    driver.flush(2)
    before = driver.errors()
    check(before != "", "there is no report of the server that is away")
    driver.close(0.5)
    said = driver.errors()[len(before) :]
    check("17" in said, f"close wrote {said!r} after 17 entries were lost")


@scenario
def never_the_key(stage: Stage) -> None:
    """The key is never written anywhere, also if the server sends it back."""
    for status in (401, 422, 503):
        server = stage.server()
        answer = problem(status, f"bad key {KEY}", {"X-Echo": KEY, "Retry-After": "1"})
        server.script = lambda request, answer=answer: answer  # type: ignore[misc]
        spool = stage.folder / f"spool{status}"
        driver = stage.driver(server, spool_dir=spool)
        driver.log_numbers([0])
        driver.flush(0.5)
        driver.close(0.1)
        check(driver.errors() != "", "there is no report")
        check(KEY not in driver.errors(), "the key is in standard error")
        for file in spool.iterdir():
            check(KEY.encode() not in file.read_bytes(), f"the key is in {file.name}")


@scenario
def key_that_is_no_header(stage: Stage) -> None:
    """A key with a line end or other strange characters is not sent, and not shown."""
    server = stage.server()
    for key in ("secret\r\nX-Other: 1", "sécret", "secret key"):
        driver = stage.driver(server, environment={"LOGGER_API_KEY": key})
        driver.log_numbers([0])
        driver.flush(1)
        check("cret" not in driver.errors(), f"the key is in standard error: {driver.errors()!r}")
        driver.close(0.1)
    for request in server.requests:
        check("x-other" not in request.headers, "a key became a header of its own")


def _advice(name: str, reply: Optional[Reply], words: List[str], **variables: Optional[str]) -> None:
    def play(stage: Stage) -> None:
        server = stage.server()
        if reply is not None:
            server.script = lambda request: reply
        environment: Dict[str, Optional[str]] = dict(variables)
        driver = stage.driver(server, environment=environment)
        driver.log_numbers([0])
        driver.flush(2 if reply is None or reply.status != 201 else 15)
        text = driver.errors()
        check(text.startswith("central-logger: "), f"the report is {text!r}")
        check(any(word in text for word in words), f"the report has none of {words}: {text!r}")

    add(f"advice_{name}", f"The report of {name.replace('_', ' ')} says what to do.", play)


_advice("no_key", None, ["LOGGER_API_KEY"], LOGGER_API_KEY=None)
_advice("no_address", None, ["LOGGER_API_URL"], LOGGER_API_URL=None)
_advice("a_bad_address", None, ["LOGGER_API_URL"], LOGGER_API_URL="logs.example.com")
_advice("a_missing_key_file", None, ["LOGGER_API_KEY_FILE"], LOGGER_API_KEY=None, LOGGER_API_KEY_FILE="/nowhere/key")
_advice("a_wrong_key", problem(401), ["key"])
_advice("a_key_without_the_scope", problem(403), ["logs:write"])
_advice("a_wrong_path", problem(404), ["LOGGER_API_URL", "address"])
_advice("a_redirect", Reply(301, {"Location": "http://127.0.0.1:1/"}), ["LOGGER_API_URL", "address"])
for _name, _days in (("ahead", -3), ("behind", 3)):
    _date = formatdate(time.time() + _days * 86400, usegmt=True)
    _advice(f"a_clock_that_is_{_name}", Reply(headers={"Date": _date}), ["clock"])
