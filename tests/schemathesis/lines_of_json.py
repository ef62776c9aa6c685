"""Serializes an array as lines of JSON."""

import json

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines_of_json(context, value):
    if not isinstance(value, list):
        value = [value]
    return "\n".join(json.dumps(entry) for entry in value).encode()
