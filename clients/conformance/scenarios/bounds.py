"""How much is kept: a bounded amount, and what was there first."""

import json
from pathlib import Path
from typing import Any

from ..driver import Driver
from ..failure import check, check_equal
from ..scenario import Stage, add, scenario
from ..segments import segments

MIB = 1024 * 1024


@scenario
def memory_is_bounded(stage: Stage) -> None:
    """With max_memory reached, the new entry is dropped and counted; what is queued stays."""
    server = stage.dead_server()
    driver = stage.driver(server, max_memory=100_000)
    driver.log_numbers(range(1000), text="x" * 500)
    dropped = driver.stats()["dropped"]
    kept = 1000 - dropped
    check(0 < dropped < 1000, f"{dropped} of 1000 entries are dropped")
    check(driver.errors() != "", "there is no report")
    server.start()
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, list(range(kept)), "the entries that were kept")
    size = sum(len(json.dumps(entry)) for entry in server.arrived)
    check(25_000 < size < 130_000, f"{size} bytes were kept with a limit of 100,000")
    driver.log_numbers([2000])
    check(driver.flush(), "flush was false")
    check_equal(server.numbers[-1], 2000, "the entry after the limit was lifted")


@scenario
def spool_is_bounded(stage: Stage) -> None:
    """With max_spool reached, the new entry is dropped and counted; what is queued stays."""
    server = stage.dead_server()
    driver = stage.spooling_driver(server, max_spool=200_000)
    driver.log_numbers(range(1000), text="x" * 500)
    stats = driver.stats()
    kept = 1000 - stats["dropped"]
    check(0 < kept < 1000, f"{stats['dropped']} of 1000 entries are dropped")
    size = sum(path.stat().st_size for path in segments(stage.spool))
    check(100_000 < size < 210_000, f"the spool has {size} bytes with a limit of 200,000")
    check(100_000 < stats["spooled_bytes"] < 210_000, f"spooled_bytes is {stats['spooled_bytes']}")
    check(driver.errors() != "", "there is no report")
    server.start()
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, list(range(kept)), "the entries that were kept")
    driver.log_numbers([2000])
    check(driver.flush(), "flush was false")
    check_equal(server.numbers[-1], 2000, "the entry after the limit was lifted")


def _memory_of(driver: Driver) -> int:
    lines = Path(f"/proc/{driver.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) * 1024


def _long_outage(where: str, **bound: Any) -> None:
    def play(stage: Stage) -> None:
        server = stage.dead_server()
        driver = stage.spooling_driver(server, **bound) if where == "spool" else stage.driver(server, **bound)
        rounds, in_round, text = 50, 200, "x" * 8000
        before = 0
        for number in range(rounds):
            driver.log_numbers(range(number * in_round, (number + 1) * in_round), text=text)
            size = sum(path.stat().st_size for path in segments(stage.spool)) if where == "spool" else 0
            check(size <= bound.get("max_spool", 0) * 1.05, f"the spool has {size} bytes with a limit of {bound}")
            if number == 10:
                before = _memory_of(driver)
        grown = _memory_of(driver) - before
        # What is logged after the first measurement has 64 MB.
        check(grown < 48 * MIB, f"the driver has grown by {grown} bytes with a limit of {bound}")
        count, stats = rounds * in_round, driver.stats()
        kept = count - stats["dropped"]
        check(0 < kept < count / 5, f"{stats['dropped']} of {count} entries are dropped")
        check_equal(stats["queued"], kept, "queued")
        lines = len(driver.errors().splitlines())
        check(1 <= lines <= 4, f"there are {lines} lines of standard error")
        server.start()
        check(driver.flush(30), "flush was false")
        driver.log_numbers([count])
        driver.close(15)
        check_equal(server.numbers, [*range(kept), count], "the entries that were kept, and one after the outage")
        check_equal(driver.stats()["dropped"], count - kept, "dropped")
        last = driver.errors().splitlines()[-1]
        check(str(count - kept) in last, f"the last line does not tell how many are dropped: {last!r}")

    text = f"A long outage fills the {where} many times over: it stays within its bound, and what was first is kept."
    add(f"long_outage_with_{where}", text, play, slow=True)


_long_outage("memory", max_memory=1_000_000)
_long_outage("spool", max_spool=3_000_000)


@scenario
def entry_too_large(stage: Stage) -> None:
    """An entry over 256 KiB is dropped, counted and reported at the call."""
    server = stage.server()
    driver = stage.driver(server)
    driver.log_numbers([0])
    driver.log(n=1, text="x" * 263_000)
    driver.log_numbers([2], text="x" * 250_000)
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, [0, 2], "entries")
    stats = driver.stats()
    check_equal((stats["dropped"], stats["delivered"], stats["queued"]), (1, 2, 0), "dropped, delivered, queued")
    check(driver.errors() != "", "there is no report")


@scenario
def long_message_is_cut(stage: Stage) -> None:
    """A message over 64 KiB is cut between characters, and marked."""
    server = stage.server()
    driver = stage.driver(server)
    limit = 65_536
    messages = ["x" * limit, "y" * (limit + 1), "é" * 40_000, "🎉" * 20_000, "a" + "🎉" * 20_000]
    driver.log_many([{"message": message, "n": n} for n, message in enumerate(messages)])
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, list(range(len(messages))), "entries")
    for entry, message in zip(server.arrived, messages):
        stored = entry["message"]
        size = len(stored.encode())
        check(message.startswith(stored), "a message was changed")
        if len(message.encode()) <= limit:
            check_equal(stored, message, "a message of 64 KiB")
            check("message_cut" not in entry, "a message that is whole is marked")
        else:
            check(limit - 4 < size <= limit, f"a message was cut to {size} bytes")
            check_equal(entry.get("message_cut"), True, "message_cut")


@scenario
def after_close(stage: Stage) -> None:
    """A call after close drops its entry, and counts it."""
    server = stage.server()
    driver = stage.driver(server)
    driver.log_numbers([0])
    driver.close(15)
    check_equal(server.numbers, [0], "entries when close returned")
    driver.log_numbers([1, 2])
    check_equal(driver.stats()["dropped"], 2, "dropped")
    driver.close(5)
    driver.end()
    check_equal(server.numbers, [0], "entries")
