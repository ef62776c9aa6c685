"""Runs the first example of README.md against a real server, and reads the entries back.

The package is what is installed for the interpreter that is given as argument.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

CLIENTS = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CLIENTS))

from conformance.real_server import RealServer  # noqa: E402


def main() -> None:
    readme = (CLIENTS / "python" / "README.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert example
    with tempfile.TemporaryDirectory() as folder:
        server = RealServer(Path(folder))
        try:
            variables = {**os.environ, "LOGGER_API_URL": server.url, "LOGGER_API_KEY": server.key}
            subprocess.run([sys.argv[1], "-c", example[1]], env=variables, cwd=folder, check=True, timeout=60)
            entries = server.entries()
        finally:
            server.kill()
    assert [entry["status"] for entry in entries] == ["RUNNING", "INFO", "SUCCESS"], entries
    assert {entry["workflow"] for entry in entries} == {"invoices"}, entries
    assert len({entry["run_id"] for entry in entries}) == 1, entries
    assert entries[1]["rows"] == 41 and entries[1]["message"] == "41 rows were sent", entries
    print("the example of README.md ends in stored entries")


if __name__ == "__main__":
    main()
