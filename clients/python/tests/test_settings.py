"""Settings: addresses and keys."""

import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from . import stage
from central_logger.settings import KeySource, logs_url

__all__ = ["stage"]


class AddressTest(unittest.TestCase):
    def test_completes_a_base_url(self) -> None:
        for url in ("http://host", "http://host/", "http://host/api/v1/logs", " http://host/api/v1/logs/ "):
            self.assertEqual(logs_url(url), "http://host/api/v1/logs")
        self.assertEqual(logs_url("http://host/behind/proxy"), "http://host/behind/proxy/api/v1/logs")

    def test_takes_the_environment_only_without_an_option(self) -> None:
        with mock.patch.dict(os.environ, {"LOGGER_API_URL": "http://environment"}):
            self.assertEqual(logs_url("http://option"), "http://option/api/v1/logs")
            self.assertEqual(logs_url(None), "http://environment/api/v1/logs")
        with mock.patch.dict(os.environ, {"LOGGER_API_URL": ""}):
            self.assertIsNone(logs_url(None))


class KeyTest(unittest.TestCase):
    def test_option_beats_environment(self) -> None:
        with mock.patch.dict(os.environ, {"LOGGER_API_KEY": "environment"}):
            self.assertEqual(KeySource("option", None).read(), "option")
            self.assertEqual(KeySource(None, None).read(), "environment")

    def test_reads_a_file_anew_when_it_changed(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "key")
            file.write_text("one\n")
            source = KeySource(None, file)
            self.assertEqual(source.read(), "one")
            file.write_text("two\n")
            os.utime(file, (1, 1))
            self.assertEqual(source.read(), "two")

    def test_is_not_in_a_text_form(self) -> None:
        self.assertNotIn("secret", repr(KeySource("secret", None)))
