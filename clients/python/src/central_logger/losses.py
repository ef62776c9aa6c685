"""What a client reports of entries that are not stored: when it happens, and once more at the end."""

from .reports import report
from .stats import Stats


class Losses:
    """Remembers why an entry was lost or refused, the last time."""

    def __init__(self) -> None:
        self._last = "records of the spool were broken"

    def report(self, text: str) -> None:
        """Reports entries that were dropped or refused."""
        self._last = text
        report(text)

    def report_at_end(self, stats: Stats, at_the_end: int) -> None:
        """Says what was lost: earlier reports may have been held back, and later ones do not come.

        `at_the_end` entries are lost by the end itself, and count as dropped already.
        """
        if stats.dropped + stats.rejected == 0:
            return
        why = self._last
        if at_the_end:
            why = f"{at_the_end} entries were not delivered before the end; set spool_dir to keep them"
        totals = f"{stats.dropped} were dropped, {stats.rejected} were refused and {stats.queued} wait"
        report(f"{why}; in total {totals}", is_last=True)
