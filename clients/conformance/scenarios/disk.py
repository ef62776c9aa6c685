"""A disk that is full."""

import os
import resource
import signal
import subprocess
from pathlib import Path
from typing import Any, Dict

from ..failure import check, check_equal
from ..scenario import Stage, scenario
from ..segments import read_all, segments
from ..server import Reply

ROOM = 256 * 1024


def _full_disk(stage: Stage) -> Dict[str, Any]:
    """Puts the spool on a disk with little room, or limits the size of files where nothing can be mounted."""
    stage.spool.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=700", "tmpfs", str(stage.spool)]
    try:
        mounted = subprocess.run(mount, stderr=subprocess.DEVNULL, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if mounted:
        stage.at_end(lambda: subprocess.run(["umount", "-l", str(stage.spool)], check=False))
        return {}

    def limit() -> None:
        _fail_instead_of_dying()
        resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM))

    return {"preexec_fn": limit}


def _fail_instead_of_dying() -> None:
    # What a program gets that writes beyond the limit of a file.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


@scenario
def disk_full(stage: Stage) -> None:
    """With a full disk, new entries are dropped, counted and reported; what is queued stays and is delivered."""
    popen = _full_disk(stage)
    # Slow rather than away, so that there is no earlier report, which would hold the one about the disk back.
    server = stage.server(Reply(503, delay=5))
    driver = stage.spooling_driver(server, popen=popen)
    driver.log_numbers(range(1000), text="x" * 1000)
    dropped = driver.stats()["dropped"]
    kept = 1000 - dropped
    if not popen:
        check(0 < dropped < 1000, f"{dropped} of 1000 entries are dropped")
        check("spool" in driver.errors(), f"the report is {driver.errors()!r}")
    check_equal(len(read_all(stage.spool)), kept, "entries on disk")
    check(driver.flush(), "flush was false")
    check_equal(len(server.numbers), kept, "entries")
    check_equal(server.numbers, sorted(server.numbers), "the order of arrival")
    driver.log_numbers([2000])
    check(driver.flush(), "flush was false")
    check_equal(server.numbers[-1], 2000, "the entry after there was room again")
    check_equal(driver.stats()["rejected"], 0, "rejected")


@scenario
def disk_full_for_a_while(stage: Stage) -> None:
    """Once there is room again, entries are written again, while the server is still away."""
    popen = _full_disk(stage)
    filler = stage.spool / "filler"
    server = stage.dead_server()
    driver = stage.spooling_driver(server, popen=popen)
    driver.log_numbers(range(5), text="x" * 1000)
    with open(filler, "wb", buffering=0) as file:
        try:
            while file.write(b"x" * 1000) and not popen:
                pass
        except OSError:
            pass
    driver.log_numbers(range(5, 100), text="x" * 1000)
    os.unlink(filler)
    driver.log_numbers(range(100, 110), text="x" * 1000)
    numbers = [one["n"] for one in read_all(stage.spool)]
    check_equal(numbers[:5] + numbers[-10:], [*range(5), *range(100, 110)], "entries on disk")
    server.start()
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, numbers, "entries")
    check_equal(driver.stats()["dropped"], 110 - len(numbers), "dropped")


@scenario
def disk_full_at_the_start(stage: Stage) -> None:
    """While not even the first line of a segment fits the disk, entries are dropped, and nothing piles up."""
    server = stage.server()
    driver = stage.spooling_driver(server, popen={"preexec_fn": _fail_instead_of_dying})
    driver.stats()
    pid = driver.process.pid
    open_files = Path(f"/proc/{pid}/fd")
    before = len(list(open_files.iterdir()))
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (10, hard))
    driver.log_numbers(range(300))
    check_equal(driver.stats()["dropped"], 300, "dropped")
    more = len(list(open_files.iterdir())) - before
    check(more < 50, f"{more} files are open beside those of the start")
    check_equal(segments(stage.spool), [], "segments")
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))
    driver.log_numbers([300])
    check(driver.flush(), "flush was false")
    check_equal(server.numbers, [300], "entries")
