"""Exit codes, and the signals that two of them are of.

0 done; 2 bad input or config (one line, no traceback); 3 samples that ended without success, outputs kept; 130 and 143
stopped by Ctrl-C and SIGTERM, the best fields so far kept.
"""

import signal
import threading
from types import FrameType
from typing import Any

DONE, BAD_INPUT, NOT_CONVERGED, INTERRUPTED, TERMINATED = 0, 2, 3, 130, 143


class Signals:
    """SIGTERM goes the way of Ctrl-C, on which the verb returns the best fields so far; `code` says which it was."""

    def __init__(self) -> None:
        self.code = INTERRUPTED
        self.before: Any = None

    def __enter__(self) -> "Signals":
        if threading.current_thread() is threading.main_thread():  # Python allows handlers nowhere else
            self.before = signal.signal(signal.SIGTERM, self._terminate)
        return self

    def __exit__(self, *error: object) -> None:
        if self.before is not None:
            signal.signal(signal.SIGTERM, self.before)

    def _terminate(self, number: int, frame: FrameType | None) -> None:
        self.code = TERMINATED
        signal.raise_signal(signal.SIGINT)
