"""The driver of the conformance suite: see clients/conformance/README.md."""

import json
import os
import sys
from typing import Any, Dict

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "src"))

from central_logger import Client  # noqa: E402


def fork(client: Client, command: Dict[str, Any]) -> None:
    child = os.fork()
    if child == 0:
        for entry in command["entries"]:
            log(client, entry)
        client.close()
        os._exit(0)
    os.waitpid(child, 0)


def log(client: Client, entry: Dict[str, Any]) -> None:
    message = entry.pop("message", None)
    client.log(message, **entry)


def answer(client: Client, command: Dict[str, Any]) -> Dict[str, Any]:
    do = command["do"]
    if do == "log":
        log(client, command["entry"])
    elif do == "flush":
        return {"ok": True, "flushed": client.flush(command["timeout"])}
    elif do == "stats":
        return {"ok": True, "stats": vars(client.stats())}
    elif do == "close":
        client.close(command.get("timeout"))
    elif do == "fork":
        fork(client, command)
    else:
        return {"ok": False, "error": "unsupported"}
    return {"ok": True}


def main() -> None:
    client = Client(**json.loads(os.environ.get("CLIENT_OPTIONS") or "{}"))
    for line in sys.stdin:
        print(json.dumps(answer(client, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
