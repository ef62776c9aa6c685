"""The file of entries that the server refused for good, for a person to look at."""

import json
import os
from datetime import datetime, timezone
from pathlib import Path

MAX_BYTES = 10 * 1024 * 1024


class RejectedFile:
    """`rejected.ndjson` in the folder of the spool, shared by all processes and at most 10 MiB long."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "rejected.ndjson"

    def append(self, line: bytes, status: int, detail: str) -> bool:
        """Appends an entry. False if there is no room for it."""
        at = datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
        head = json.dumps({"rejected_at": at, "status": status, "detail": detail}, separators=(",", ":"))
        # The entry goes in as it is. What was broken on the disk need not be JSON.
        data = head[:-1].encode() + b',"entry":' + line + b"}\n"
        try:
            fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                if os.fstat(fd).st_size + len(data) > MAX_BYTES:
                    return False
                return os.write(fd, data) == len(data)
            finally:
                os.close(fd)
        except OSError:
            return False
