"""How much is kept: a bounded amount, and what was there first."""

import json

from ..failure import check, check_equal
from ..scenario import Stage, scenario
from ..segments import segments


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
