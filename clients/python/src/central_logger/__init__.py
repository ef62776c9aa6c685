"""Ships workflow logs to a central-logger server.

An entry is written down before the call returns, delivered once, and in order:

    from central_logger import Client, workflow

    client = Client()                    # LOGGER_API_URL and LOGGER_API_KEY
    client.log("41 rows", workflow="invoices", status="SUCCESS", rows=41)

    with workflow("invoices"):           # a run: RUNNING, then SUCCESS or FAILED
        ...
"""

from .client import Client
from .handler import CentralLoggerHandler
from .loguru_sink import LoguruSink
from .runs import Run, workflow
from .stats import Stats
from .structlog_processor import StructlogProcessor
from .version import VERSION as __version__

__all__ = [
    "CentralLoggerHandler",
    "Client",
    "LoguruSink",
    "Run",
    "Stats",
    "StructlogProcessor",
    "__version__",
    "workflow",
]
