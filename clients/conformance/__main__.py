"""The command of the suite."""

import argparse
import random
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import List, Optional, Sequence

from . import scenarios
from .failure import Failure
from .scenario import ALL, Scenario, Stage


def main() -> int:
    arguments, command = _arguments(sys.argv[1:])
    if arguments.list:
        for one in ALL.values():
            print(f"{one.name:32} {one.text}")
        return 0
    chosen = _chosen(arguments.only, arguments.without)
    print(f"{len(chosen)} scenarios, --seed {arguments.seed}", flush=True)
    began = time.monotonic()
    with ThreadPoolExecutor(arguments.jobs) as pool:
        results = list(pool.map(lambda one: _play(one, command, arguments.seed), chosen))
    failed = results.count(False)
    print(f"{len(chosen) - failed} passed, {failed} failed, {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


def _arguments(words: List[str]) -> "tuple[argparse.Namespace, Sequence[str]]":
    before, command = words, []
    if "--" in words:
        middle = words.index("--")
        before, command = words[:middle], words[middle + 1 :]
    parser = argparse.ArgumentParser(
        prog="clients/conformance/run",
        usage="%(prog)s [OPTION...] -- COMMAND...",
        description="Certifies a client by its driver, which COMMAND starts.",
    )
    parser.add_argument("--only", action="append", metavar="NAME", help="play this scenario; may be repeated")
    parser.add_argument(
        "--without", action="append", default=[], choices=["fork", "flock"], help="what the language does not have"
    )
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="where random numbers begin")
    parser.add_argument("--jobs", type=int, default=12, help="scenarios at a time (default %(default)s)")
    parser.add_argument("--list", action="store_true", help="print the scenarios and end")
    arguments = parser.parse_args(before)
    if not command and not arguments.list:
        parser.error("the command of the driver is missing: give it after --")
    for name in arguments.only or []:
        if name not in ALL:
            parser.error(f"there is no scenario {name}; --list prints them")
    return arguments, command


def _chosen(only: Optional[List[str]], without: List[str]) -> List[Scenario]:
    chosen = [one for one in ALL.values() if (not only or one.name in only) and one.needs not in without]
    return sorted(chosen, key=lambda one: not one.slow)


def _play(one: Scenario, command: Sequence[str], seed: int) -> bool:
    began = time.monotonic()
    stage = Stage(command, f"{seed}/{one.name}")
    problem = None
    try:
        one.play(stage)
    except Failure as failure:
        problem = str(failure)
    except Exception:
        problem = traceback.format_exc()
    finally:
        stage.close()
    seconds = time.monotonic() - began
    if problem is None:
        print(f"ok      {one.name} ({seconds:.1f} s)", flush=True)
    else:
        print(f"FAILED  {one.name} ({seconds:.1f} s): {problem}", flush=True)
    return problem is None


scenarios.load()
if __name__ == "__main__":
    sys.exit(main())
