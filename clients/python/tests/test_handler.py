"""The handler of the `logging` module."""

import logging
import logging.config
from typing import Any, Dict

from .stage import ServerCase
from central_logger import CentralLoggerHandler, own_threads


class HandlerTest(ServerCase):
    def setUp(self) -> None:
        super().setUp()
        self.logger = logging.Logger("shop.orders")
        self.handler = CentralLoggerHandler(self.server.url, "key", workflow="orders", environment="test", linger=0.01)
        self.addCleanup(self.handler.close)
        self.logger.addHandler(self.handler)

    def entry(self) -> Dict[str, Any]:
        self.assertTrue(self.handler.client.flush(10))
        return self.server.arrived[-1]

    def test_makes_an_entry_of_a_record(self) -> None:
        self.logger.warning("%d rows", 41)
        entry = self.entry()
        expected = ("41 rows", "WARNING", "orders", "test", "shop.orders")
        found = tuple(entry[name] for name in ("message", "status", "workflow", "environment", "logger"))
        self.assertEqual(found, expected)

    def test_takes_members_and_status_of_extra(self) -> None:
        self.logger.info("sent", extra={"status": "SUCCESS", "rows": 41, "workflow": "invoices"})
        entry = self.entry()
        self.assertEqual((entry["status"], entry["rows"], entry["workflow"]), ("SUCCESS", 41, "invoices"))
        self.assertFalse({"args", "levelno", "process", "thread", "taskName"} & set(entry))

    def test_renames_members_of_extra_that_only_the_server_may_set(self) -> None:
        self.logger.info("sent", extra={"id": 7, "client_id": "acme", "received_at": "now", "status": 200})
        entry = self.entry()
        found = tuple(entry[name] for name in ("id_", "client_id_", "received_at_", "status"))
        self.assertEqual(found, (7, "acme", "now", "200"))
        self.assertFalse({"id", "client_id", "received_at"} & set(entry))

    def test_uses_the_formatter(self) -> None:
        self.handler.setFormatter(logging.Formatter("[%(name)s] %(message)s"))
        self.logger.info("hello")
        self.assertEqual(self.entry()["message"], "[shop.orders] hello")

    def test_writes_an_exception_as_a_member(self) -> None:
        try:
            raise ValueError("no such row")
        except ValueError:
            self.logger.exception("failed", stack_info=True)
        entry = self.entry()
        self.assertEqual((entry["message"], entry["status"]), ("failed", "ERROR"))
        self.assertEqual((entry["error"]["type"], entry["error"]["text"]), ("ValueError", "no such row"))
        self.assertIn("test_handler.py", entry["error"]["traceback"])
        self.assertIn("test_handler.py", entry["stack"])

    def test_keeps_a_text_that_its_arguments_do_not_fit(self) -> None:
        self.logger.info("%d rows", "many")
        self.assertEqual(self.entry()["message"], "%d rows ('many',)")

    def test_never_raises(self) -> None:
        class Odd:
            def __str__(self) -> str:
                raise RuntimeError("odd")

        self.logger.info("value", extra={"odd": Odd()})
        self.assertEqual(self.handler.client.stats().dropped, 1)
        self.logger.info("after")
        self.assertEqual(self.entry()["message"], "after")

    def test_leaves_out_what_its_own_threads_log(self) -> None:
        thread = own_threads.start("test", lambda: self.logger.info("of the delivery"))
        assert thread
        thread.join()
        self.logger.info("of the program")
        self.entry()
        self.assertEqual([entry["message"] for entry in self.server.arrived], ["of the program"])

    def test_passes_on_what_is_logged_while_an_entry_is_made(self) -> None:
        logger = self.logger

        class Talkative:
            def __str__(self) -> str:
                logger.info("inner")
                return "value"

        self.logger.info("outer %s", Talkative())
        self.entry()
        self.assertEqual([entry["message"] for entry in self.server.arrived], ["inner", "outer value"])

    def test_shares_a_client_without_closing_it(self) -> None:
        client = self.client()
        handler = CentralLoggerHandler(client=client)
        handler.close()
        client.log("still open")
        self.assertTrue(client.flush(10))
        self.assertEqual(self.server.arrived[-1]["message"], "still open")

    def test_works_with_dict_config(self) -> None:
        handlers = {
            "central": {
                "class": "central_logger.CentralLoggerHandler",
                "url": self.server.url,
                "key": "key",
                "workflow": "configured",
                "level": "WARNING",
                "formatter": "short",
                "linger": 0.01,
            }
        }
        logging.config.dictConfig(
            {
                "version": 1,
                "disable_existing_loggers": False,
                "formatters": {"short": {"format": "%(levelname)s %(message)s"}},
                "handlers": handlers,
                "loggers": {"configured": {"handlers": ["central"], "level": "DEBUG", "propagate": False}},
            }
        )
        logger = logging.getLogger("configured")
        logger.info("too low")
        logger.error("high enough")
        handler = logger.handlers[0]
        handler.close()
        logger.removeHandler(handler)
        found = [(entry["workflow"], entry["message"]) for entry in self.server.arrived]
        self.assertEqual(found, [("configured", "ERROR high enough")])
