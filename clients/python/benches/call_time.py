"""Prints how long one call of `Client.log` takes: with a server and without, in memory and with a spool.

    python3 clients/python/benches/call_time.py [--calls 20000] [--rate 5000]
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any, List

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src"))

from central_logger import Client  # noqa: E402

# A server of its own process, so that it does not share the interpreter with what is measured.
SERVER = """
import gzip, http.server, json
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        count = body.count(10)
        receipt = json.dumps({"accepted": count, "ids": ["id"] * count}).encode()
        self.send_response(201)
        self.send_header("Content-Length", str(len(receipt)))
        self.end_headers()
        self.wfile.write(receipt)
    def log_message(self, *arguments): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


def measure(calls: int, rate: int, url: str, **options: Any) -> List[float]:
    """Returns the sorted durations of the calls, in microseconds."""
    client = Client(url, "key", **options)
    durations = []
    began = time.perf_counter()
    for number in range(calls):
        while time.perf_counter() < began + number / rate:
            time.sleep(0)
        before = time.perf_counter()
        client.log("41 rows were sent to the customer", workflow="invoices", status="SUCCESS", rows=41, n=number)
        durations.append((time.perf_counter() - before) * 1e6)
    stats = client.stats()
    assert stats.dropped == 0, stats
    client.close(0.1)
    return sorted(durations)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--rate", type=int, default=5_000, help="calls a second")
    arguments = parser.parse_args()
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    assert server.stdout
    url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
    print(f"{'server':8} {'queue':8} {'median':>10} {'p99':>10} {'max':>10}")
    try:
        for place, address in (("there", url), ("away", "http://127.0.0.1:1")):
            for queue in ("memory", "spool"):
                with tempfile.TemporaryDirectory() as folder:
                    options = {"spool_dir": folder} if queue == "spool" else {}
                    durations = measure(arguments.calls, arguments.rate, address, **options)
                p99 = durations[int(len(durations) * 0.99)]
                print(
                    f"{place:8} {queue:8} {statistics.median(durations):7.1f} µs {p99:7.1f} µs {durations[-1]:7.0f} µs"
                )
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    main()
