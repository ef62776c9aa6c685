"""The soak run: programs, the server, the network and the database are killed at random under load, and nothing may be lost.

Every entry whose call had returned is stored once, and the entries of a workflow are in the order of their calls.
"""

import argparse
import random
import shlex
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Set

from .driver import Driver, environment_without_settings
from .failure import Failure, check
from .proxy import Proxy
from .real_server import Postgres, RealServer

# Programs at a time, which share one spool.
PROGRAMS = 2
# A limit for a busy machine: what is left after the last kill may be 100,000 entries.
DRAIN_SECONDS = 600.0


class Program:
    """A workflow that is logged by one driver after another, each of which gets killed."""

    def __init__(self, name: str, soak: "Soak") -> None:
        self.name = name
        self.returned: Set[int] = set()
        self._soak = soak
        self._random = random.Random(f"{soak.seed}/{name}")
        self._number = 0
        self._ended = False
        self._killed: Optional[Driver] = None
        self._failure: Optional[Failure] = None
        self.driver = soak.driver(name)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def kill(self) -> None:
        driver = self.driver
        self._killed = driver
        driver.process.kill()

    def end(self) -> None:
        """Lets the last driver deliver what it can, and end by itself."""
        self._ended = True
        self.thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            self._log()
        except Failure as failure:
            self._failure = failure

    def _log(self) -> None:
        while not self._ended:
            numbers = range(self._number, self._number + self._random.randrange(1, 60))
            self._number = numbers.stop
            entries = [{"workflow": self.name, "n": n, "text": "x" * self._random.randrange(300)} for n in numbers]
            count = self.driver.log_until_death(entries)
            self.returned.update(numbers[:count])
            if count < len(entries):
                self.driver.process.wait()
                self.driver = self._soak.driver(self.name)
            time.sleep(self._random.uniform(0, 0.02))
        if self.driver is not self._killed:
            self.driver.end(DRAIN_SECONDS)


class Soak:
    """The machines of the run."""

    def __init__(self, commands: Sequence[Sequence[str]], seed: int, folder: Path, postgres: bool) -> None:
        self.seed = seed
        self._commands = commands
        self._folder = folder
        self._random = random.Random(seed)
        self._postgres = Postgres(folder) if postgres else None
        self.server = RealServer(folder, self._postgres.url if self._postgres else None)
        self.proxy = Proxy(self.server.port)
        self.kills: Counter[str] = Counter()
        self._drivers: List[Driver] = []

    def driver(self, name: str) -> Driver:
        """Starts a driver, which sends through the proxy and shares the spool."""
        options = '{"spool_dir":"%s","linger":0.05,"batch_entries":100,"timeout":5,"shutdown_timeout":%d}'
        environment = {
            **environment_without_settings(),
            "LOGGER_API_URL": self.proxy.url,
            "LOGGER_API_KEY": self.server.key,
            "CLIENT_OPTIONS": options % (self._folder / "spool", DRAIN_SECONDS),
        }
        number = len(self._drivers)
        command = self._commands[number % len(self._commands)]
        driver = Driver(command, environment, self._folder / f"stderr.{name}.{number}")
        self._drivers.append(driver)
        return driver

    def close(self) -> None:
        """Ends whatever runs still."""
        for driver in self._drivers:
            driver.kill()
        self.server.kill()
        if self._postgres is not None:
            self._postgres.crash()

    def play(self, rounds: int) -> List[Program]:
        """Kills something in each round."""
        programs = [Program(f"w{number}", self) for number in range(PROGRAMS)]
        kinds = ["program", "program", "server", "network"]
        if self._postgres is not None:
            kinds.append("database")
        for _ in range(rounds):
            time.sleep(self._random.uniform(0.05, 0.5))
            what = self._random.choice(kinds)
            self.kills[what] += 1
            if what == "program":
                self._random.choice(programs).kill()
            elif what == "server":
                self.server.kill()
                time.sleep(self._random.uniform(0, 0.5))
                self.server.start()
            elif what == "database" and self._postgres is not None:
                self._postgres.crash()
                time.sleep(self._random.uniform(0, 0.5))
                self._postgres.start()
            else:
                self.proxy.cut()
                time.sleep(self._random.uniform(0, 0.5))
                self.proxy.restore()
        for program in programs:
            program.end()
        self._drain()
        return programs

    def _drain(self) -> None:
        """Delivers what the killed drivers left."""
        last = self.driver("drain")
        check(last.flush(DRAIN_SECONDS), f"the spool could not be delivered: {last.errors()}")
        last.end()
        left = list((self._folder / "spool").glob("*.spool"))
        check(not left, f"{len(left)} segments are left: {left[:3]}")
        rejected = self._folder / "spool" / "rejected.ndjson"
        check(not rejected.exists(), "entries were rejected")


def examine(programs: List[Program], entries: List[Dict[str, Any]]) -> None:
    """Raises Failure if an entry is missing, stored twice, or out of order."""
    stored: Dict[str, List[int]] = defaultdict(list)
    for entry in entries:
        stored[entry["workflow"]].append(entry["n"])
    for program in programs:
        numbers = stored[program.name]
        lost = sorted(program.returned - set(numbers))
        check(not lost, f"{len(lost)} entries of {program.name} are lost: {lost[:10]}")
        check(len(numbers) == len(set(numbers)), f"entries of {program.name} are stored more than once")
        check(numbers == sorted(numbers), f"entries of {program.name} are out of order")


def main() -> int:
    words = sys.argv[1:]
    middle = words.index("--") if "--" in words else len(words)
    parser = argparse.ArgumentParser(
        prog="clients/conformance/soak",
        usage="%(prog)s [OPTION...] -- COMMAND...",
        description=__doc__,
        epilog="The folder CENTRAL_LOGGER_BIN has the program central-logger.",
    )
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--postgres", action="store_true", help="store in a PostgreSQL of its own, which is killed too")
    parser.add_argument("--rounds", type=int, default=100, help="kills (default %(default)s)")
    parser.add_argument(
        "--also", action="append", default=[], metavar="COMMAND", help="take turns with this driver; may be repeated"
    )
    arguments = parser.parse_args(words[:middle])
    command = words[middle + 1 :]
    if not command:
        parser.error("the command of the driver is missing: give it after --")
    print(f"{arguments.rounds} rounds, --seed {arguments.seed}", flush=True)
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="soak."))
    soak = None
    try:
        soak = Soak([command, *map(shlex.split, arguments.also)], arguments.seed, folder, arguments.postgres)
        programs = soak.play(arguments.rounds)
        entries = soak.server.entries()
        examine(programs, entries)
    except Failure as failure:
        print(f"FAILED  {failure}")
        if soak is not None:
            print("the end of the server's log:", *soak.server.log_lines()[-40:], sep="\n")
        return 1
    finally:
        if soak is not None:
            soak.close()
        shutil.rmtree(folder, ignore_errors=True)
    returned = sum(len(program.returned) for program in programs)
    kills = ", ".join(f"{what} {count}" for what, count in sorted(soak.kills.items()))
    print(f"ok      {returned} calls returned, {len(entries)} entries stored, 0 lost, 0 twice, 0 out of order")
    print(f"        killed: {kills}; {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
