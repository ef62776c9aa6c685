"""The end of a program, and its children."""

import time
from pathlib import Path
from typing import Optional

from ..failure import check, check_equal
from ..scenario import Stage, scenario, special
from ..segments import read_all
from ..server import Reply

# What a machine under load adds.
SLACK = 8.0


@scenario
def exit_delivers(stage: Stage) -> None:
    """A program that ends normally delivers everything by itself."""
    server = stage.server()
    driver = stage.driver(server, linger=60)
    driver.log_numbers(range(100))
    driver.end()
    check_equal(server.numbers, list(range(100)), "entries")
    check_equal(driver.errors(), "", "standard error")


@scenario
def exit_delivers_spool(stage: Stage) -> None:
    """A program with a spool that ends normally delivers everything by itself."""
    server = stage.server()
    driver = stage.spooling_driver(server, linger=60)
    driver.log_numbers(range(100))
    driver.end()
    check_equal(server.numbers, list(range(100)), "entries")
    check_equal(read_all(stage.spool), [], "entries on disk")


@scenario
def exit_without_entries(stage: Stage) -> None:
    """A program that logged nothing ends at once."""
    driver = stage.driver(stage.dead_server(), shutdown_timeout=60)
    check(driver.end() < SLACK, "the end took long")


@scenario
def close_in_time(stage: Stage) -> None:
    """close returns in time when the server is away, and counts and reports what is lost."""
    driver = stage.driver(stage.dead_server())
    driver.log_numbers(range(10))
    began = time.monotonic()
    driver.close(1)
    took = time.monotonic() - began
    check(took < 1 + SLACK, f"close(1) took {took:.1f} s")
    stats = driver.stats()
    check_equal((stats["dropped"], stats["queued"]), (10, 0), "dropped and queued")
    check(driver.errors() != "", "there is no report")
    driver.end()


@scenario
def close_keeps_spool(stage: Stage) -> None:
    """close leaves in the spool what is not delivered."""
    driver = stage.spooling_driver(stage.dead_server())
    driver.log_numbers(range(10))
    driver.close(0.5)
    check_equal(driver.stats()["dropped"], 0, "dropped")
    driver.end()
    check_equal([one["n"] for one in read_all(stage.spool)], list(range(10)), "entries on disk")


@scenario
def exit_in_time_without_server(stage: Stage) -> None:
    """A program ends within its shutdown_timeout when the server is away."""
    driver = stage.driver(stage.dead_server(), shutdown_timeout=1)
    driver.log_numbers(range(10))
    took = driver.end()
    check(took < 1 + SLACK, f"the end took {took:.1f} s")


@scenario
def exit_in_time_without_answer(stage: Stage) -> None:
    """A program ends within its shutdown_timeout when the server does not answer."""
    server = stage.server()
    server.script = lambda request: Reply(how="hang")
    driver = stage.driver(server, shutdown_timeout=1)
    driver.log_numbers(range(10))
    took = driver.end()
    check(took < 1 + SLACK, f"the end took {took:.1f} s")


@scenario
def flush_in_time(stage: Stage) -> None:
    """flush is false in time when the server does not answer, and the entries stay."""
    server = stage.server()
    server.script = lambda request: Reply(how="hang")
    driver = stage.driver(server)
    driver.log_numbers(range(3))
    began = time.monotonic()
    check(not driver.flush(0.5), "flush was true")
    took = time.monotonic() - began
    check(took < 0.5 + SLACK, f"flush(0.5) took {took:.1f} s")
    check_equal(driver.stats()["queued"], 3, "queued")


def _fork(stage: Stage, spool_dir: Optional[Path]) -> None:
    server = stage.server()
    driver = stage.driver(server, linger=1, spool_dir=spool_dir)
    driver.log_numbers(range(3))
    child = [{"message": "of the child", "n": n} for n in range(3, 6)]
    check_equal(driver.ask({"do": "fork", "entries": child}), {"ok": True}, "the answer to fork")
    driver.log_numbers(range(6, 9))
    driver.end()
    check_equal(sorted(server.numbers), list(range(9)), "entries")
    ids = {entry["event_id"] for entry in server.arrived}
    check_equal(len(ids), 9, "event_ids")


@special(needs="fork")
def fork(stage: Stage) -> None:
    """A child of fork delivers its own entries, and the parent delivers the parent's, once each."""
    _fork(stage, None)


@special(needs="fork")
def fork_with_spool(stage: Stage) -> None:
    """A child of fork has segments of its own."""
    _fork(stage, stage.spool)
    check_equal(read_all(stage.spool), [], "entries on disk")


@special(needs="fork")
def fork_under_load(stage: Stage) -> None:
    """A child that was forked while the parent sends does not hang, and loses nothing."""
    server = stage.server()
    server.script = lambda request: Reply(delay=0.005)
    driver = stage.driver(server, spool_dir=stage.spool, batch_entries=5)
    for turn in range(8):
        driver.log_numbers(range(turn * 100, turn * 100 + 50))
        child = [{"n": n} for n in range(turn * 100 + 50, turn * 100 + 55)]
        check_equal(driver.ask({"do": "fork", "entries": child}), {"ok": True}, "the answer to fork")
    driver.end()
    expected = [turn * 100 + n for turn in range(8) for n in range(55)]
    check_equal(sorted(server.numbers), expected, "entries")
