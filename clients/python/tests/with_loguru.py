"""The way in for loguru. `check` installs it and runs this."""

from loguru import logger

from .stage import ServerCase
from central_logger import LoguruSink


class LoguruTest(ServerCase):
    def setUp(self) -> None:
        super().setUp()
        self.shared = self.client()
        logger.remove()
        sink = logger.add(LoguruSink(self.shared), level="INFO")
        self.addCleanup(logger.remove, sink)

    def test_makes_an_entry_of_a_message(self) -> None:
        logger.bind(customer="acme", id=7).success("{} rows", 41)
        logger.debug("too low")
        self.assertTrue(self.shared.flush(10))
        (entry,) = self.server.arrived
        found = tuple(entry[name] for name in ("message", "status", "customer", "id_"))
        self.assertEqual(found, ("41 rows", "SUCCESS", "acme", 7))

    def test_writes_an_exception_as_a_member(self) -> None:
        try:
            raise ValueError("no such row")
        except ValueError:
            logger.exception("failed")
        self.assertTrue(self.shared.flush(10))
        (entry,) = self.server.arrived
        self.assertEqual((entry["message"], entry["status"], entry["error"]["text"]), ("failed", "ERROR", "no such row"))
