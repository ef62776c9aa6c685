"""The settings of a client: options of the constructor beat the environment."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Union
from urllib.parse import urlsplit

LOGS_PATH = "/api/v1/logs"


@dataclass(frozen=True)
class Settings:
    """All options with their defaults. The key is left out of the text form."""

    url: Optional[str]
    key_source: "KeySource"
    environment: str
    workflow: Optional[str]
    spool_dir: Optional[Path]
    fsync: bool
    max_memory: int
    max_spool: int
    batch_entries: int
    batch_bytes: int
    linger: float
    shutdown_timeout: float
    timeout: float


class KeySource:
    """Where the key comes from. A file is read anew when it changed, so that a rotation needs no restart."""

    def __init__(self, key: Optional[str], file: Optional[Union[str, "os.PathLike[str]"]]) -> None:
        if key is None and file is None:
            key = os.environ.get("LOGGER_API_KEY")
            file = os.environ.get("LOGGER_API_KEY_FILE")
        self._key = key.strip() if key else None
        self._file = None if self._key or not file else Path(file)
        self._changed = -1

    def read(self) -> Optional[str]:
        """Returns the key, or None if there is none. Raises OSError if its file cannot be read."""
        if self._file is not None:
            changed = self._file.stat().st_mtime_ns
            if changed != self._changed:
                self._key = self._file.read_text(encoding="utf-8").strip() or None
                self._changed = changed
        return self._key


def logs_url(url: Optional[str]) -> Optional[str]:
    """Completes a base URL with the path of the logs."""
    url = url or os.environ.get("LOGGER_API_URL")
    if not url:
        return None
    url = url.strip().rstrip("/")
    return url if urlsplit(url).path.endswith(LOGS_PATH) else url + LOGS_PATH
