"""What a long run says: `Progress` after every chunk of steps, shown by default as one line rewritten in place."""

import dataclasses
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a run is: `step` of `max_steps`, in `seconds`, with `seconds_left` to go if all steps are taken.

    `measures` and `status` hold one entry per lane of those that are running; a line shows the worst of the first
    measure. Verbs that match moments measure "relative residual" and "energy". `stage` of `stages` counts groups of
    samples, solvers of a chain and scales.
    """

    step: int
    max_steps: int
    measures: Mapping[str, np.ndarray]
    status: Any
    seconds: float
    seconds_left: float
    stage: int = 1
    stages: int = 1

    @property
    def residual(self) -> np.ndarray:
        """The relative residuals, of verbs that match moments."""
        return self.measures["relative residual"]

    @property
    def energy(self) -> np.ndarray:
        """The energies, of verbs that match moments."""
        return self.measures["energy"]


class ProgressLine:
    """Shows step, largest measure and time left on one line; silent where nobody watches.

    **Arguments** `stream`: by default stderr, and only a terminal or a notebook; another stream is always written to.

    >>> import sys
    >>> line = ProgressLine(sys.stdout)
    >>> line(Progress(20, 200, {"relative residual": np.array([0.5, 0.25])}, None, 2.0, 75.0))
    step 20/200  relative residual 5.0e-01  1:15 left
    """

    def __init__(self, stream: Any = None):
        self.stream = stream

    def __call__(self, progress: Progress) -> None:
        """Write the line of this progress."""
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
    """Step, largest value of the first measure, and time left."""
    stage = f"[{progress.stage}/{progress.stages}] " if progress.stages > 1 else ""
    left = f"  {clock(progress.seconds_left)} left" if np.isfinite(progress.seconds_left) else ""
    return f"{stage}step {progress.step}/{progress.max_steps}{_worst(progress.measures)}{left}"


def _worst(measures: Mapping[str, np.ndarray]) -> str:
    if not measures:
        return ""
    name, values = next(iter(measures.items()))
    finite = values[np.isfinite(values)]
    return f"  {name} {finite.max():.1e}" if finite.size else f"  {name} nan"


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
