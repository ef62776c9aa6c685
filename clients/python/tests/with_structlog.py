"""The way in for structlog. `check` installs it and runs this."""

import structlog

from .stage import ServerCase
from central_logger import StructlogProcessor


class StructlogTest(ServerCase):
    def setUp(self) -> None:
        super().setUp()
        self.shared = self.client()
        processors = [structlog.processors.add_log_level, StructlogProcessor(self.shared), structlog.dev.ConsoleRenderer()]
        self.logger = structlog.wrap_logger(structlog.ReturnLogger(), processors=processors)

    def test_makes_an_entry_and_passes_the_event_on(self) -> None:
        rendered = self.logger.bind(customer="acme").warning("sent", rows=41, id=7)
        self.assertIn("sent", rendered)
        self.assertTrue(self.shared.flush(10))
        entry = self.server.arrived[0]
        found = tuple(entry[name] for name in ("message", "status", "customer", "rows", "id_"))
        self.assertEqual(found, ("sent", "WARNING", "acme", 41, 7))

    def test_writes_an_exception_as_a_member(self) -> None:
        try:
            raise ValueError("no such row")
        except ValueError:
            self.logger.exception("failed")
        self.assertTrue(self.shared.flush(10))
        entry = self.server.arrived[0]
        self.assertEqual((entry["status"], entry["error"]["type"]), ("ERROR", "ValueError"))
