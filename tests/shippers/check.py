"""Checks that all that a client sent is there, once, and in order.

Usage: check.py URL CLIENT KEY
"""

import json
import sys
import time
import urllib.request

from clients import lines


def stored(url, key):
    request = urllib.request.Request(
        f"{url}/api/v1/logs?order=asc&limit=1000", headers={"X-API-Key": key}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["logs"]


def main(url, client, key):
    # Clients send in the background.
    for _ in range(50):
        entries = stored(url, key)
        if len(entries) >= len(lines(client)):
            break
        time.sleep(0.2)
    found = [entry.get("message") for entry in entries]
    assert sorted(found) == sorted(lines(client)), found
    # Those of one time are in the order in which they were sent, unless they have ids.
    times = [entry["executed_at"] for entry in entries]
    have_ids = any(entry.get("event_id") for entry in entries)
    if not have_ids or len(set(times)) == len(times):
        assert found == lines(client), found
    statuses = {entry["status"] for entry in entries}
    # They send no level, or under another name.
    without_level = ["splunk-handler", "syslog-ng"]
    assert statuses == {"INFO" if client in without_level else "ERROR"}, statuses
    print(f"{client}: {len(found)} entries")


if __name__ == "__main__":
    main(*sys.argv[1:])
