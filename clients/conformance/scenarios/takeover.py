"""A spool in the hands of several programs: who may take whose segments."""

import fcntl
import os
import shutil
import subprocess
import threading
import time
from typing import Any

from ..driver import Driver
from ..failure import check, check_equal
from ..scenario import Stage, scenario, special
from ..segments import (
    NAME,
    Owner,
    dead_owner,
    entry,
    namespace,
    owner_of,
    read_all,
    read_segment,
    record,
    segments,
    write_segment,
)
from ..server import Reply


def _content(*numbers: int) -> bytes:
    return b"".join(record(entry(number)) for number in numbers)


@scenario
def after_a_killed_process(stage: Stage) -> None:
    """Another process delivers what a killed one left, before its own entries."""
    server = stage.dead_server()
    first = stage.spooling_driver(server)
    first.log_numbers(range(10))
    first.kill()
    server.start()
    second = stage.spooling_driver(server)
    second.log_numbers(range(10, 20))
    check(second.flush(), "flush was false")
    check_equal(server.numbers, list(range(20)), "the order of arrival")


@special(slow=True)
def while_running(stage: Stage) -> None:
    """A running process takes over what another one leaves, within a minute."""
    server = stage.server()
    running = stage.spooling_driver(server)
    running.log_numbers([0])
    check(running.flush(), "flush was false")
    away = stage.dead_server()
    other = stage.spooling_driver(away)
    other.log_numbers(range(1, 6))
    other.kill()
    check(server.wait_entries(6, 50), "the entries were not taken over")


@scenario
def two_at_once(stage: Stage) -> None:
    """Two processes share a folder, and each entry is sent once."""
    server = stage.server()
    drivers = [stage.spooling_driver(server, batch_entries=25) for _ in range(2)]
    threads = [
        threading.Thread(target=driver.log_numbers, args=(range(1000 * i, 1000 * i + 300),))
        for i, driver in enumerate(drivers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for driver in drivers:
        check(driver.flush(), "flush was false")
    for i in range(2):
        mine = [number for number in server.numbers if number // 1000 == i]
        check_equal(mine, list(range(1000 * i, 1000 * i + 300)), "the order of arrival of one process")


@scenario
def race_for_segments(stage: Stage) -> None:
    """Of several processes that start at once, one gets each segment."""
    for number in range(30):
        write_segment(stage.spool, _content(number), dead_owner(), created=1000 + number)
    server = stage.server()
    drivers = [stage.spooling_driver(server) for _ in range(4)]
    for driver in drivers:
        check(driver.flush(20), "flush was false")
    check(server.wait_entries(30), "entries are missing")
    check_equal(sorted(server.numbers), list(range(30)), "entries")


def _is_left(stage: Stage, owner: Owner, age: float = 0.0) -> None:
    path = write_segment(stage.spool, _content(1), owner, age=age)
    server = stage.server()
    driver = stage.spooling_driver(server)
    driver.log_numbers([2])
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, [2], "entries")
    check(path.exists(), "the segment was taken")
    check_equal(len(read_segment(path)), 1, "entries in the segment")


def _is_taken(stage: Stage, owner: Owner, age: float = 0.0) -> None:
    path = write_segment(stage.spool, _content(1), owner, age=age)
    server = stage.server()
    driver = stage.spooling_driver(server)
    driver.log_numbers([2])
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, [1, 2], "entries")
    check(not path.exists(), "the segment is there still")


def _living_process(stage: Stage) -> int:
    process = subprocess.Popen(["sleep", "300"])
    stage.at_end(process.wait)
    stage.at_end(process.kill)
    return process.pid


@scenario
def of_a_living_process(stage: Stage) -> None:
    """A segment whose owner lives is left alone."""
    _is_left(stage, owner_of(_living_process(stage)))


@scenario
def of_a_reused_pid(stage: Stage) -> None:
    """A segment whose owner had the id of a process that lives now, but another start, is taken."""
    owner = owner_of(_living_process(stage))
    _is_taken(stage, owner._replace(start=owner.start - 1))


@scenario
def of_a_zombie(stage: Stage) -> None:
    """A process that has ended, and whose parent has not noticed, is not alive."""
    process = subprocess.Popen(["sleep", "300"])
    stage.at_end(process.wait)
    owner = owner_of(process.pid)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    _is_taken(stage, owner)


@scenario
def of_another_namespace(stage: Stage) -> None:
    """In another namespace a process cannot be seen: its segment is left while it is touched."""
    _is_left(stage, Owner(1, 1, namespace() + 1))


@scenario
def abandoned_in_another_namespace(stage: Stage) -> None:
    """A segment of another namespace is taken when it was not touched for a minute."""
    _is_taken(stage, Owner(1, 1, namespace() + 1), age=90)


@special(needs="flock")
def locked_by_its_writer(stage: Stage) -> None:
    """A segment that its writer has locked is left alone, however old."""
    path = write_segment(stage.spool, _content(1), Owner(1, 1, namespace() + 1), age=500)
    file = open(path, "r+b")
    stage.at_end(file.close)
    fcntl.flock(file, fcntl.LOCK_EX)
    server = stage.server()
    driver = stage.spooling_driver(server)
    driver.log_numbers([2])
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, [2], "entries")
    check(path.exists(), "the segment was taken")


@special(needs="flock")
def locks_its_segment(stage: Stage) -> None:
    """The writer holds a lock on the segment that it writes."""
    driver = stage.spooling_driver(stage.dead_server())
    driver.log_numbers([0])
    with open(segments(stage.spool)[-1], "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
    check(False, "the segment is not locked")


@special(slow=True)
def touches_its_segments(stage: Stage) -> None:
    """The owner touches its segments at least every 10 seconds, also while the server does not answer."""
    server = stage.server()
    server.script = lambda request: Reply(how="hang")
    write_segment(stage.spool, _content(1), dead_owner())
    driver = stage.spooling_driver(server)
    driver.log_numbers([2])
    check(server.wait_requests(1), "nothing was sent")
    paths = segments(stage.spool)
    check_equal(len(paths), 2, "segments")
    old = time.time() - 50
    for path in paths:
        os.utime(path, (old, old))
    deadline = time.monotonic() + 20
    while any(path.stat().st_mtime < old + 1 for path in paths):
        check(time.monotonic() < deadline, "a segment was not touched for 20 s")
        time.sleep(0.2)


@special(slow=True)
def suspended_owner(stage: Stage) -> None:
    """A process that was stopped, and whose segments were taken meanwhile, loses nothing that it logs then."""
    server = stage.dead_server()
    driver = stage.spooling_driver(server)
    driver.log_numbers(range(5))
    driver.suspend()
    time.sleep(32)
    taken = _take_all(stage)
    check_equal([one["n"] for one in taken], list(range(5)), "the entries that were taken")
    driver.resume()
    driver.log_numbers(range(5, 10))
    check_equal([one["n"] for one in read_all(stage.spool)][-5:], list(range(5, 10)), "entries in the folder")
    server.start()
    check(driver.flush(), "flush was false")
    got = {(one["event_id"], one["executed_at"]): one["n"] for one in taken}
    got.update({key: one["n"] for key, one in server.stored.items()})
    check_equal(sorted(got.values()), list(range(10)), "entries")


def _take_all(stage: Stage) -> Any:
    """Takes and deletes all segments as another client without locks does."""
    entries = []
    for path in segments(stage.spool):
        parts = NAME.fullmatch(path.name)
        assert parts
        mine = path.with_name(f"{parts[1]}-{parts[2]}-{owner_of(os.getpid())}.spool")
        path.rename(mine)
        entries += read_segment(mine)
        mine.unlink()
    return entries


@scenario
def folder_removed(stage: Stage) -> None:
    """A folder that somebody removes does not end the program, nor what it logs later."""
    server = stage.server()
    driver: Driver = stage.spooling_driver(server)
    driver.log_numbers([0])
    check(driver.flush(), "flush was false")
    shutil.rmtree(stage.spool)
    driver.log_numbers([1])
    driver.flush(1)
    check(driver.ask({"do": "stats"})["ok"] is True, "the driver does not answer")
