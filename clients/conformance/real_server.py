"""The real central-logger on SQLite or PostgreSQL, which can be killed and started again."""

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Dict, List, Optional

from .driver import environment_without_settings

START_SECONDS = 60.0


def program() -> str:
    """The path of central-logger: in the folder CENTRAL_LOGGER_BIN, or in PATH. Raises FileNotFoundError."""
    found = shutil.which("central-logger", path=os.environ.get("CENTRAL_LOGGER_BIN") or None)
    if found is None:
        raise FileNotFoundError("central-logger is not found; name the folder of its programs in CENTRAL_LOGGER_BIN")
    return found


class Postgres:
    """A PostgreSQL server of its own in a folder."""

    SCRIPT = Path(__file__).parents[2] / "scripts" / "postgres"

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "postgres"
        # It runs as another user.
        folder.chmod(0o711)
        self.url = self.start()

    def start(self) -> str:
        """Starts it, and waits until it answers. Returns its URL."""
        return self._run("start")

    def crash(self) -> None:
        """Ends it as a crash would."""
        self._run("stop", "--immediate")

    def _run(self, what: str, *options: str) -> str:
        command = [str(self.SCRIPT), what, str(self._folder), *options]
        output: str = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return output.strip()


class RealServer:
    """A server with a database of its own: SQLite in a folder, unless the URL of another is given."""

    def __init__(self, folder: Path, database: Optional[str] = None) -> None:
        self._program = program()
        self._folder = folder
        self._database = database or f"sqlite:{folder / 'logs.db'}"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: Optional[subprocess.Popen[bytes]] = None
        self.start("--quickstart")
        output = self._log.read_text()
        match = re.search(r"cl_live_\w+", output)
        if not match:
            raise RuntimeError(f"the server has printed no key: {output}")
        self.key = match[0]

    @property
    def _log(self) -> Path:
        return self._folder / "server.log"

    def start(self, *options: str) -> None:
        """Starts it, and waits until it answers."""
        address = f"127.0.0.1:{self.port}"
        command = [self._program, "--bind", address, "--database-url", self._database, *options]
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self._folder, env=environment_without_settings()
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(f"the server does not start: {self._log.read_text()[-2000:]}")
            time.sleep(0.05)

    def log_lines(self) -> List[str]:
        """What it has logged."""
        return self._log.read_text().splitlines()

    def kill(self) -> None:
        """Kills it, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def entries(self) -> List[Dict[str, Any]]:
        """Reads all entries back, in the order of the server, but for the one that it stores itself at its first start."""
        entries: List[Dict[str, Any]] = []
        cursor = ""
        while True:
            request = urllib.request.Request(
                f"{self.url}/api/v1/logs?order=asc&limit=1000{cursor}", headers={"X-API-Key": self.key}
            )
            with urllib.request.urlopen(request, timeout=60) as answer:
                page = json.load(answer)
            entries += [entry for entry in page["logs"] if entry["environment"] != "quickstart"]
            if page["next_cursor"] is None:
                return entries
            cursor = f"&cursor={page['next_cursor']}"

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False
