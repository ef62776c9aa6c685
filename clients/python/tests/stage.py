"""What tests have in common: the package from its source, and the scripted server of the conformance suite."""

import os
import sys
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

CLIENTS = Path(__file__).resolve().parents[2]
if os.environ.get("CENTRAL_LOGGER_PACKAGE") != "installed":
    sys.path.insert(0, str(CLIENTS / "python" / "src"))
sys.path.insert(0, str(CLIENTS))

from central_logger import Client  # noqa: E402
from conformance.server import Reply, Server  # noqa: E402

__all__ = ["Client", "Reply", "Server", "ServerCase"]


class ServerCase(unittest.TestCase):
    """A test with a server, whose clients know of no other settings."""

    def setUp(self) -> None:
        settings = {name: "" for name in os.environ if name.startswith("LOGGER_")}
        patch = mock.patch.dict(os.environ, settings)
        patch.start()
        self.addCleanup(patch.stop)
        self.server = Server().start()
        self.addCleanup(self.server.stop)

    def client(self, **options: Any) -> Client:
        """A client of the server, closed with the test."""
        client = Client(self.server.url, "key", **{"linger": 0.01, **options})
        self.addCleanup(client.close, 5)
        return client
