"""Sends logs with clients from PyPI, each as it is configured in docs/shippers.md.

Usage: clients.py URL CLIENT KEY
"""

import logging
import sys
import time
from urllib.parse import urlsplit

COUNT = 5


def lines(client):
    return [f"{client} line {number}" for number in range(COUNT)]


def logger_with(handler):
    logger = logging.getLogger("shop")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    return logger


def opentelemetry(url, key, texts):
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter

    log_to(OTLPLogExporter, url, key, texts)


def opentelemetry_json(url, key, texts):
    from opentelemetry.exporter.otlp.json.http._log_exporter import OTLPLogExporter

    log_to(OTLPLogExporter, url, key, texts)


def log_to(exporter_class, url, key, texts):
    from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
    from opentelemetry.sdk.resources import Resource

    provider = LoggerProvider(resource=Resource.create({"service.name": "shop"}))
    exporter = exporter_class(endpoint=f"{url}/v1/logs", headers={"x-api-key": key})
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    logger = logger_with(LoggingHandler(logger_provider=provider))
    for text in texts:
        logger.error(text, extra={"rows": 3})
    provider.shutdown()


def until_taken(send):
    """As programs do: what a helper raises for is theirs again."""
    for attempt in range(40):
        try:
            return send()
        except Exception:
            if attempt == 39:
                raise
            time.sleep(0.5)


def documents(texts):
    for number, text in enumerate(texts):
        yield {
            "_index": "logs",
            "_id": f"run-{number}",
            "_op_type": "create",
            "@timestamp": f"2026-03-01T10:30:00.{number + 1:03}Z",
            "message": text,
            "log": {"level": "error"},
        }


def elasticsearch(url, key, texts):
    from elasticsearch import Elasticsearch, helpers

    client = Elasticsearch(url, api_key=key, retry_on_status=[429, 502, 503, 504])
    assert until_taken(client.info)["tagline"] == "You Know, for Search"
    for _ in range(2):
        stored, errors = until_taken(lambda: helpers.bulk(client, documents(texts)))
        assert (stored, errors) == (len(texts), [])


def opensearch(url, key, texts):
    from opensearchpy import OpenSearch, helpers

    parts = urlsplit(url)
    client = OpenSearch(
        [{"host": parts.hostname, "port": parts.port}],
        http_auth=("any", key),
        http_compress=True,
    )
    for _ in range(2):
        stored, errors = until_taken(lambda: helpers.bulk(client, documents(texts)))
        assert (stored, errors) == (len(texts), [])


def loki(url, key, texts):
    import logging_loki

    handler = logging_loki.LokiHandler(
        url=f"{url}/loki/api/v1/push", tags={"app": "shop"}, auth=("any", key), version="1"
    )
    logger = logger_with(handler)
    for text in texts:
        logger.error(text)


def splunk(url, key, texts):
    from splunk_handler import SplunkHandler

    parts = urlsplit(url)
    handler = SplunkHandler(
        host=parts.hostname,
        port=parts.port,
        token=key,
        index="main",
        protocol="http",
        verify=False,
        flush_interval=0.2,
    )
    logger = logger_with(handler)
    for text in texts:
        logger.error(text)
    handler.shutdown()


CLIENTS = {
    "opentelemetry-python": opentelemetry,
    "opentelemetry-python-json": opentelemetry_json,
    "elasticsearch-py": elasticsearch,
    "opensearch-py": opensearch,
    "python-logging-loki": loki,
    "splunk-handler": splunk,
}

if __name__ == "__main__":
    url, client, key = sys.argv[1:]
    CLIENTS[client](url, key, lines(client))
