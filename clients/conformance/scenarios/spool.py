"""A spool in the hands of one program: its format, and what survives a kill."""

import json
import stat
import threading
import time
import zlib
from typing import Any, Dict, List

from ..driver import Driver
from ..failure import check, check_equal
from ..scenario import Stage, scenario
from ..segments import (
    HEADER,
    NAME,
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


@scenario
def format_of_segments(stage: Stage) -> None:
    """Segments have the names, rights, first line and records of the specification."""
    driver = stage.spooling_driver(stage.dead_server())
    driver.log_numbers(range(3), text="Straße 超时 🎉 \u2028")
    check_equal(stat.S_IMODE(stage.spool.stat().st_mode), 0o700, "rights of the folder")
    paths = segments(stage.spool)
    check_equal(len(paths), 1, "segments")
    check_equal(stat.S_IMODE(paths[0].stat().st_mode), 0o600, "rights of the segment")
    parts = NAME.fullmatch(paths[0].name)
    assert parts
    created, _, pid, start, space = parts.groups()
    check(abs(int(created, 16) / 1e6 - time.time()) < 300, f"the segment was made at {created}")
    check_equal(int(space), namespace(), "the namespace of the owner")
    check_equal(int(start), owner_of(int(pid)).start, "the start of the owner")
    entries = read_segment(paths[0])
    check_equal([one["n"] for one in entries], [0, 1, 2], "the entries of the segment")
    check_equal(entries[0]["text"], "Straße 超时 🎉 \u2028", "a member")


@scenario
def written_before_the_call_returns(stage: Stage) -> None:
    """An entry is in its segment when the call has returned, also if the program is killed then."""
    driver = stage.spooling_driver(stage.dead_server())
    for number in range(20):
        driver.log_numbers([number])
        check_equal(len(read_all(stage.spool)), number + 1, "entries on disk after the call")
    driver.kill()
    check_equal([one["n"] for one in read_all(stage.spool)], list(range(20)), "entries on disk")


@scenario
def fsync(stage: Stage) -> None:
    """With fsync, all is as without."""
    server = stage.server()
    driver = stage.spooling_driver(server, fsync=True)
    driver.log_numbers(range(20))
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, list(range(20)), "the order of arrival")


@scenario
def killed_at_random(stage: Stage) -> None:
    """A program that is killed at any moment loses no entry whose call had returned."""
    server = stage.server()
    server.script = lambda request: Reply(
        status=stage.random.choice((201, 201, 503)), delay=stage.random.uniform(0, 0.02)
    )
    returned, number = [], 0
    for _ in range(6):
        driver = stage.spooling_driver(server, batch_entries=20, linger=0.01)
        driver.log_numbers([number])
        returned.append(number)
        number += 1
        batch = [{"message": "x" * stage.random.randrange(200), "n": number + i} for i in range(400)]
        count = _log_and_kill(driver, batch, stage.random.uniform(0, 0.25))
        returned.extend(range(number, number + count))
        number += len(batch)
    server.script = lambda request: Reply()
    last = stage.spooling_driver(server)
    last.log_numbers([number])
    check(last.flush(30), "flush was false")
    numbers = [one["n"] for one in server.stored.values()]
    check_equal(sorted(set(returned) - set(numbers)), [], "entries that are lost")
    check_equal(len(numbers), len(set(numbers)), "entries that the server keeps, of each one")
    last.end()
    check_equal(read_all(stage.spool), [], "entries that are left in the spool")


def _log_and_kill(driver: Driver, entries: List[Dict[str, Any]], seconds: float) -> int:
    timer = threading.Timer(seconds, driver.process.kill)
    timer.start()
    try:
        return driver.log_until_death(entries)
    finally:
        timer.cancel()
        driver.kill()


@scenario
def empty_after_delivery(stage: Stage) -> None:
    """What is delivered leaves the disk."""
    server = stage.server()
    driver = stage.spooling_driver(server)
    for _ in range(3):
        driver.log_numbers(range(100), text="x" * 200)
        check(driver.flush(), "flush was false")
    check_equal(driver.stats()["spooled_bytes"], 0, "spooled_bytes")
    check_equal(read_all(stage.spool), [], "entries on disk")
    driver.end()
    size = sum(path.stat().st_size for path in segments(stage.spool))
    check(size <= len(HEADER), f"{size} bytes are left")


@scenario
def segments_of_one_mebibyte(stage: Stage) -> None:
    """A new segment begins at 1 MiB; full ones are delivered and deleted in order."""
    server = stage.dead_server()
    driver = stage.spooling_driver(server)
    driver.log_numbers(range(70), text="x" * 50_000)
    paths = segments(stage.spool)
    check(3 <= len(paths) <= 5, f"{len(paths)} segments for 3.5 MB")
    for path in paths:
        check(path.stat().st_size <= 1024 * 1024 + 60_000, f"{path.name} has {path.stat().st_size} bytes")
    check_equal([one["n"] for one in read_all(stage.spool)], list(range(70)), "the order on disk")
    server.start()
    check(driver.flush(30), "flush was false")
    check_equal(server.numbers, list(range(70)), "the order of arrival")
    check(len(segments(stage.spool)) <= 1, "full segments are left")


@scenario
def left_at_exit(stage: Stage) -> None:
    """A program that ends while the server is away leaves its entries to the next one, in order."""
    server = stage.dead_server()
    first = stage.spooling_driver(server, shutdown_timeout=0.5)
    first.log_numbers(range(10))
    first.end()
    server.start()
    second = stage.spooling_driver(server)
    second.log_numbers(range(10, 20))
    check(second.flush(), "flush was false")
    check_equal(server.numbers, list(range(20)), "the order of arrival")


@scenario
def delivered_without_a_call(stage: Stage) -> None:
    """A program that logs nothing delivers what others left."""
    write_segment(stage.spool, b"".join(record(entry(n)) for n in range(5)), dead_owner())
    server = stage.server()
    stage.spooling_driver(server)
    check(server.wait_entries(5), "nothing was delivered")


@scenario
def of_another_language(stage: Stage) -> None:
    """Segments of a client of another language are delivered as they are, before own entries."""
    odd = {"text": "Straße 超时 🎉 \u2028 \\u0041", "deep": {"a": [1, 2.5, None, True]}, "1e3": 1}
    mine = [entry(n, **odd) for n in range(5)]
    compact, spaced = record(mine[0]), _with_spaces(mine[1])
    write_segment(stage.spool, compact + spaced + b"".join(record(one) for one in mine[2:]), dead_owner())
    server = stage.server()
    driver = stage.spooling_driver(server)
    driver.log_numbers([5])
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, list(range(6)), "the order of arrival")
    check_equal(server.arrived[:5], mine, "the entries")
    check_equal(len(segments(stage.spool)), 1, "segments")


def _with_spaces(one: Dict[str, Any]) -> bytes:
    line = json.dumps(one, indent=None, separators=(" , ", " : ")).encode()
    return b"%08x %b\n" % (zlib.crc32(line), line)


@scenario
def torn_last_line(stage: Stage) -> None:
    """A last record that was cut is skipped without a word, and the rest is delivered."""
    whole = record(entry(9))
    tears = (whole[:-1], whole[:20], whole[:4], b"0", whole[:-5] + b"????\n", b"\x00" * 40)
    for number, tear in enumerate(tears):
        write_segment(stage.spool, record(entry(number)) + tear, dead_owner(), created=1000 + number)
    write_segment(stage.spool, b"", dead_owner(), header=HEADER[:7])
    write_segment(stage.spool, b"", dead_owner(), header=b"")
    server = stage.server()
    driver = stage.spooling_driver(server)
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, list(range(len(tears))), "entries")
    check_equal(driver.stats()["rejected"], 0, "rejected")
    check_equal(driver.errors(), "", "standard error")
    driver.end()
    check_equal(read_all(stage.spool), [], "entries that are left")


@scenario
def broken_middle_line(stage: Stage) -> None:
    """A broken record in the middle is counted as rejected and reported, and the rest is delivered."""
    good = [record(entry(n)) for n in range(6)]
    flipped = good[1].replace(b'"n":1', b'"n":7')
    content = good[0] + flipped + good[2] + b"\n" + good[3] + b"noise \xff\xfe\n" + good[4][:25] + good[5]
    write_segment(stage.spool, content + record(entry(6)), dead_owner())
    server = stage.server()
    driver = stage.spooling_driver(server)
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, [0, 2, 3, 6], "entries")
    check_equal(driver.stats()["rejected"], 4, "rejected")
    check("central-logger: " in driver.errors(), "there is no report")


@scenario
def newer_version(stage: Stage) -> None:
    """A segment of a newer version is left alone and reported, and all else goes on."""
    header = b"central-logger-spool 2\n"
    newer = write_segment(stage.spool, b"something new\n", dead_owner(), header=header, age=500)
    server = stage.server()
    driver = stage.spooling_driver(server)
    driver.log_numbers([0])
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, [0], "entries")
    check(newer.exists(), "the segment has another name, or is gone")
    check_equal(newer.read_bytes(), header + b"something new\n", "the segment")
    check("newer" in driver.errors() or "version" in driver.errors(), f"the report is {driver.errors()!r}")


@scenario
def files_of_others(stage: Stage) -> None:
    """Files that are no segments are left alone."""
    stage.spool.mkdir(mode=0o700)
    names = ("README", "x.spool", "0-0-1.1.1.spool", ".hidden", "0000000000000001-0000000000000002-x.spool")
    for name in names:
        (stage.spool / name).write_text("mine")
    (stage.spool / "folder.spool").mkdir()
    server = stage.server()
    driver = stage.spooling_driver(server)
    driver.log_numbers([0])
    check(driver.flush(), "flush was false")
    check_equal([(stage.spool / name).read_text() for name in names], ["mine"] * len(names), "the files")


@scenario
def folder_is_made(stage: Stage) -> None:
    """The folder of the spool is made with its parents."""
    server = stage.server()
    driver = stage.spooling_driver(server, spool_dir=stage.folder / "a" / "b" / "spool")
    driver.log_numbers([0])
    check(driver.flush(), "flush was false")
    check((stage.folder / "a" / "b" / "spool").is_dir(), "there is no folder")


@scenario
def folder_is_unusable(stage: Stage) -> None:
    """A spool that cannot be used is reported, and the entries are delivered from memory."""
    (stage.folder / "file").write_text("not a folder")
    server = stage.server()
    driver = stage.spooling_driver(server, spool_dir=stage.folder / "file" / "spool")
    driver.log_numbers(range(3))
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, [0, 1, 2], "entries")
    check("spool" in driver.errors(), f"the report is {driver.errors()!r}")
