"""What a schema cannot express: lines of JSON, and addresses that differ."""

import ipaddress
import itertools
import json

import schemathesis

_addresses = itertools.count(int(ipaddress.IPv4Address("10.0.0.1")))


@schemathesis.serializer("application/x-ndjson")
def lines_of_json(context, value):
    if not isinstance(value, list):
        value = [value]
    return "\n".join(json.dumps(entry) for entry in value).encode()


@schemathesis.hook
def before_call(context, case, kwargs):
    # The failed attempts of one address are limited, and their 429 would hide the 401.
    case.headers["X-Forwarded-For"] = str(ipaddress.IPv4Address(next(_addresses)))
