"""What a long run says: `Progress` after every chunk of steps, shown by default as one line rewritten in place."""

import dataclasses
import sys
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a run is: `residual`, `energy`, `status` hold one entry a sample of those being drawn.

    `step` of `max_steps` of the stage `stage` (of `stages`: groups of samples, solvers of a chain, scales).
    """

    step: int
    max_steps: int
    residual: np.ndarray
    energy: np.ndarray
    status: Any
    seconds: float
    seconds_left: float
    stage: int = 1
    stages: int = 1


class ProgressLine:
    """Shows iteration, largest relative residual and time left on one line; silent where nobody watches.

    **Arguments** `stream`: by default stderr, and only a terminal or a notebook; another stream is always written to.

    >>> import sys
    >>> line = ProgressLine(sys.stdout)
    >>> line(Progress(20, 200, np.array([0.5, 0.25]), np.zeros(2), None, 2.0, 75.0))
    step 20/200  relative residual 5.0e-01  1:15 left
    """

    def __init__(self, stream: Any = None):
        self.stream = stream

    def __call__(self, progress: Progress) -> None:
        stream = sys.stderr if self.stream is None else self.stream
        in_place = stream.isatty() or "ipykernel" in sys.modules
        if self.stream is None and not in_place:
            return
        last = progress.step >= progress.max_steps or not np.isfinite(progress.seconds_left)
        end = "\n" if last or not in_place else ""
        stream.write(("\r\x1b[K" if in_place else "") + describe(progress) + end)
        stream.flush()


PROGRESS_LINE = ProgressLine()


def describe(progress: Progress) -> str:
    """Iteration, largest relative residual and time left."""
    finite = progress.residual[np.isfinite(progress.residual)]
    worst = f"{finite.max():.1e}" if finite.size else "nan"
    stage = f"[{progress.stage}/{progress.stages}] " if progress.stages > 1 else ""
    left = f"  {clock(progress.seconds_left)} left" if np.isfinite(progress.seconds_left) else ""
    return f"{stage}step {progress.step}/{progress.max_steps}  relative residual {worst}{left}"


def clock(seconds: int | float) -> str:
    """Seconds as a clock shows them.

    >>> clock(75), clock(3675), clock(float("inf"))
    ('1:15', '1:01:15', '-:--')
    """
    if not np.isfinite(seconds):
        return "-:--"
    minutes, rest = divmod(max(0, round(float(seconds))), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
