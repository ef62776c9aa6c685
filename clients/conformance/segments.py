"""Segments of a spool, written and read by the specification and not by the code of any client."""

import json
import os
import re
import time
import zlib
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

from .failure import check

HEADER = b"central-logger-spool 1\n"
NAME = re.compile(r"([0-9a-f]{16})-([0-9a-f]{16})-(\d+)\.(\d+)\.(\d+)\.spool")
# No process has this id: the kernel's largest is 2^22.
DEAD_PID = 4_194_305


class Owner(NamedTuple):
    """The owner part of a name."""

    pid: int
    start: int
    namespace: int

    def __str__(self) -> str:
        return f"{self.pid}.{self.start}.{self.namespace}"


def namespace() -> int:
    """The namespace of process ids in which the suite and its drivers are."""
    return os.stat("/proc/self/ns/pid").st_ino


def owner_of(pid: int) -> Owner:
    """The owner that stands for a process."""
    fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    return Owner(pid, int(fields[19]), namespace())


def dead_owner() -> Owner:
    """The owner of a process that has ended."""
    return Owner(DEAD_PID, 1, namespace())


def record(entry: Dict[str, Any]) -> bytes:
    """An entry as a record."""
    line = json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode()
    return b"%08x %b\n" % (zlib.crc32(line), line)


def entry(number: int, **members: Any) -> Dict[str, Any]:
    """An entry as another client would have written it."""
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    return {
        "event_id": os.urandom(16).hex(),
        "executed_at": f"{at}.{number:06d}Z",
        "environment": "default",
        "status": "INFO",
        "n": number,
        **members,
    }


def write_segment(
    folder: Path, content: bytes, owner: Owner, *, header: bytes = HEADER, age: float = 0.0, created: Optional[int] = None
) -> Path:
    """Writes a segment, last touched `age` seconds ago."""
    folder.mkdir(mode=0o700, exist_ok=True)
    created = time.time_ns() // 1000 - 1_000_000 if created is None else created
    path = folder / f"{created:016x}-{os.urandom(8).hex()}-{owner}.spool"
    # Drivers that run must not see half of it.
    made = folder / f"{path.name}.new"
    made.write_bytes(header + content)
    made.chmod(0o600)
    then = time.time() - age
    os.utime(made, (then, then))
    made.rename(path)
    return path


def segments(folder: Path) -> List[Path]:
    """The segments in a folder, in the order of their names."""
    return sorted(path for path in folder.glob("*.spool") if NAME.fullmatch(path.name))


def read_segment(path: Path) -> List[Dict[str, Any]]:
    """The entries of a segment, each record of which must be whole."""
    data = path.read_bytes()
    check(data.startswith(HEADER), f"{path.name} does not begin with {HEADER!r}")
    entries = []
    for line in data[len(HEADER) :].splitlines(keepends=True):
        check(line.endswith(b"\n"), f"{path.name} ends within a record")
        text = line[9:-1]
        check(line[:9] == b"%08x " % zlib.crc32(text), f"a record of {path.name} does not fit its checksum")
        entries.append(json.loads(text))
    return entries


def read_all(folder: Path) -> List[Dict[str, Any]]:
    """The entries of all segments, in order."""
    return [one for path in segments(folder) for one in read_segment(path)]
