"""The scenarios, one file for each part of the behaviour."""

import importlib

FILES = ("sending", "batches", "retries", "refusals", "bounds", "spool", "takeover", "disk", "shutdown", "reports")


def load() -> None:
    """Registers all scenarios, in the order of the files."""
    for name in FILES:
        importlib.import_module(f"{__name__}.{name}")
