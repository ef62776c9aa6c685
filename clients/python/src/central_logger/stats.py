"""What a client counts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stats:
    """The counters of a client since it was made, and what it holds now."""

    queued: int
    """Entries that wait for delivery."""
    delivered: int
    """Entries that the server has stored."""
    rejected: int
    """Entries that the server refused for good, and records of the spool that were broken."""
    dropped: int
    """Entries that are lost: too large, not JSON, no room, logged after `close`, or left in memory at the end."""
    retries: int
    """Requests that had to be repeated."""
    spooled_bytes: int
    """Bytes of records in the segments of the spool that this client holds."""
