"""The delivery: takes batches from the queue, sends them in order, and tries again until the server has answered."""

import random
import threading
import time
from typing import List, Optional

from .advice import advice, clock_advice
from .answer import Answer, Meaning
from .batch import Batch
from .losses import Losses
from .queue import Queue
from .reports import report
from .transport import Transport, Unsent

FIRST_DELAY = 0.5
MAX_DELAY = 60.0
MIN_DELAY = 0.05


class Delivery:
    """The work of the one thread that sends. `lock` is the client's, which also guards the queue."""

    def __init__(self, queue: Queue, transport: Transport, lock: threading.RLock, losses: Losses) -> None:
        self._queue = queue
        self._transport = transport
        self._losses = losses
        # A log call must not wake a sender that waits for the server.
        self._idle = threading.Condition(lock)
        self._pause = threading.Condition(lock)
        self._progress = threading.Condition(lock)
        self._waits_for_entry = False
        self._stopped = False
        self._flushing = 0
        self._flushes = 0
        self._attempts = 0
        self.delivered = 0
        self.rejected = 0
        self.retries = 0

    def notice(self) -> None:
        """Wakes the sender if what was queued now is the first that it gets, or fills a batch."""
        with self._idle:
            if self._waits_for_entry or self._queue.due(time.monotonic()) == 0:
                self._idle.notify()

    def flush(self, timeout: float) -> bool:
        """Waits until everything that is queued now is done. Makes a pending retry happen now."""
        with self._progress:
            is_done = self._queue.when_done()
            self._flushes += 1
            self._flushing += 1
            self._idle.notify()
            self._pause.notify()
            try:
                return self._progress.wait_for(is_done, timeout)
            finally:
                self._flushing -= 1

    def stop(self) -> None:
        """Ends `run` as soon as it can."""
        with self._idle:
            self._stopped = True
            self._idle.notify()
            self._pause.notify()
        self._transport.abort()

    def run(self) -> None:
        """Sends until `stop`."""
        while self._await_batch():
            try:
                batch = self._queue.take()
                if batch is not None:
                    self._deliver(batch)
            except Exception as error:
                # Whatever it is, nothing is lost by another attempt.
                report(f"delivery failed ({type(error).__name__}: {getattr(error, 'strerror', None)}); trying again")
                self._wait(None, self._flushes)
        self._transport.close()

    def _await_batch(self) -> bool:
        with self._idle:
            while not self._stopped:
                wait = self._queue.due(time.monotonic())
                if wait == 0 or (self._flushing and wait != float("inf")):
                    return True
                self._waits_for_entry = wait == float("inf")
                self._idle.wait(None if self._waits_for_entry else wait)
                self._waits_for_entry = False
        return False

    def _deliver(self, batch: Batch) -> None:
        """Sends the batch, in ever smaller parts if the server refuses it, always in order."""
        parts = [batch]
        while parts:
            part = parts.pop()
            if part.items:
                answer = self._send(part)
                if answer is None:
                    return
                if answer.meaning is Meaning.REFUSED:
                    parts.extend(self._divide(part, answer))
                    continue
                self.delivered += len(part.items)
            self._finish(part)

    def _divide(self, part: Batch, answer: Answer) -> List[Batch]:
        """Returns what is still to be sent of a part that was refused, last part first."""
        count = len(part.items)
        refused = {index for index in answer.refused if 0 <= index < count} if answer.status == 422 else set()
        if count == 1:
            refused = {0}
        if not refused:
            first, second = part.halves()
            return [second, first]
        for index in sorted(refused):
            self._set_aside(part.items[index].line, answer)
        return [Batch([item for index, item in enumerate(part.items) if index not in refused], part.end)]

    def _set_aside(self, line: bytes, answer: Answer) -> None:
        self.rejected += 1
        place = self._queue.set_aside(line, answer.status, answer.detail)
        self._losses.report(f"the server refused an entry ({answer.status}: {answer.detail}); {place}")

    def _finish(self, part: Batch) -> None:
        self._queue.finish(part.end)
        with self._progress:
            self._progress.notify_all()

    def _send(self, part: Batch) -> Optional[Answer]:
        """Sends until the server has taken or refused the part. None if the delivery was stopped before."""
        lines = [item.line for item in part.items]
        while not self._stopped:
            flushes = self._flushes
            delay: Optional[float] = None
            try:
                answer = self._transport.post(lines)
            except Unsent as error:
                if not self._stopped:
                    report(str(error))
            else:
                about_clock = clock_advice(answer)
                if about_clock:
                    report(about_clock)
                if answer.meaning is Meaning.DELIVERED:
                    self._attempts = 0
                if answer.meaning in (Meaning.DELIVERED, Meaning.REFUSED):
                    return answer
                if answer.meaning is not Meaning.CLOCK:
                    report(advice(answer))
                delay = answer.retry_after
            self._wait(delay, flushes)
            self.retries += not self._stopped
        return None

    def _wait(self, delay: Optional[float], flushes: int) -> None:
        """Waits before another attempt, until the delay is over or somebody flushes."""
        if delay is None:
            delay = random.uniform(0, min(MAX_DELAY, FIRST_DELAY * 2 ** min(self._attempts, 10)))
            self._attempts += 1
        with self._pause:
            self._pause.wait_for(lambda: self._stopped or self._flushes != flushes, max(delay, MIN_DELAY))
