"""A scenario: one promise of a client, with a name, in a folder of its own."""

import json
import random
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence

from .driver import Driver, environment_without_settings
from .server import Reply, Server

KEY = "cl_live_conformance_0123456789abcdef"


@dataclass(frozen=True)
class Scenario:
    """A promise and how to check it."""

    name: str
    text: str
    play: Callable[["Stage"], None]
    needs: Optional[str]
    slow: bool


ALL: Dict[str, Scenario] = {}


Play = Callable[["Stage"], None]


def scenario(play: Play) -> Play:
    """Registers a function by its name."""
    return special()(play)


def special(*, needs: Optional[str] = None, slow: bool = False) -> Callable[[Play], Play]:
    """Registers a function that needs what not every language has, or that is slow and starts first."""

    def register(play: Play) -> Play:
        add(play.__name__, (play.__doc__ or "").strip().splitlines()[0], play, needs=needs, slow=slow)
        return play

    return register


def add(name: str, text: str, play: Play, *, needs: Optional[str] = None, slow: bool = False) -> None:
    """Registers a scenario under a name of its own."""
    assert name not in ALL, name
    ALL[name] = Scenario(name, text, play, needs, slow)


class Stage:
    """What a scenario works with: servers, drivers, a folder and a source of random numbers. All end with it."""

    def __init__(self, command: Sequence[str], seed: str) -> None:
        self.command = command
        self.random = random.Random(seed)
        self.folder = Path(tempfile.mkdtemp(prefix="conformance."))
        self.spool = self.folder / "spool"
        self._drivers: List[Driver] = []
        self._servers: List[Server] = []
        self._at_end: List[Callable[[], object]] = []

    def server(self, *first: Reply) -> Server:
        """Starts a server. The first requests get these replies."""
        return self.dead_server(*first).start()

    def dead_server(self, *first: Reply) -> Server:
        """Makes a server that refuses connections until it is started."""
        server = Server(*first)
        self._servers.append(server)
        return server

    def driver(
        self,
        server: Optional[Server],
        *,
        environment: Optional[Dict[str, Optional[str]]] = None,
        popen: Optional[Dict[str, Any]] = None,
        **options: Any,
    ) -> Driver:
        """Starts a driver with the options. It lingers shortly unless it is told otherwise."""
        options = {"linger": 0.05, **{name: value for name, value in options.items() if value is not None}}
        given: Dict[str, Optional[str]] = {
            "LOGGER_API_URL": server.url if server else None,
            "LOGGER_API_KEY": KEY,
            "CLIENT_OPTIONS": json.dumps(options, default=str),
            **(environment or {}),
        }
        variables = {**environment_without_settings(), **{k: v for k, v in given.items() if v is not None}}
        errors = self.folder / f"stderr.{len(self._drivers)}"
        driver = Driver(self.command, variables, errors, **(popen or {}))
        self._drivers.append(driver)
        return driver

    def spooling_driver(self, server: Optional[Server], **options: Any) -> Driver:
        """Starts a driver whose spool is the folder of this scenario."""
        return self.driver(server, spool_dir=options.pop("spool_dir", self.spool), **options)

    def at_end(self, action: Callable[[], object]) -> None:
        """Registers what must be undone."""
        self._at_end.append(action)

    def close(self) -> None:
        """Ends whatever the scenario has begun."""
        for driver in self._drivers:
            driver.kill()
        for server in self._servers:
            server.stop()
        for action in reversed(self._at_end):
            action()
        shutil.rmtree(self.folder, ignore_errors=True)
