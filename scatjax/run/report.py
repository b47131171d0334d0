"""What a run says while it goes on: one line rewritten in place on a terminal, else a line a chunk; and the metrics."""

from typing import Any

import numpy as np

from ..errors import Status
from .folder import Folder

ERASE = "\r\x1b[K"


class Report:
    """A callable for `report=`: takes Progress, writes a line to `stream` and an object to the folder's metrics.

    >>> import sys, types
    >>> report = Report(sys.stdout)
    >>> report.in_place = False
    >>> report(types.SimpleNamespace(step=20, max_steps=200, residual=np.array([0.5, 0.25]), energy=1.0,
    ...                              status=Status.running, seconds=2.0, seconds_left=75.0))
    step 20/200  relative residual 5.0e-01  1:15 left
    """

    def __init__(self, stream: Any, folder: Folder | None = None):
        self.stream, self.folder = stream, folder
        self.in_place = bool(getattr(stream, "isatty", lambda: False)())
        self.open = False

    def __call__(self, progress: Any) -> None:
        worst = _worst(progress.residual)
        left = f"  {clock(progress.seconds_left)} left" if progress.seconds_left is not None else ""
        line = f"step {progress.step}/{progress.max_steps}  relative residual {worst:.1e}{left}"
        self.stream.write(ERASE + line if self.in_place else line + "\n")
        self.stream.flush()
        self.open = self.in_place
        if self.folder is not None:
            self.folder.metrics(
                unit=0,
                step=int(progress.step),
                energy=np.asarray(progress.energy),
                residual=np.asarray(progress.residual),
                seconds=float(progress.seconds),
                status=count(status_names(progress.status)),
            )

    def close(self) -> None:
        """End the line that is rewritten in place."""
        if self.open:
            self.stream.write("\n")
            self.stream.flush()
        self.open = False


def status_names(status: Any) -> list[str]:
    """The names of a Status or an array of them.

    >>> status_names(Status.converged)
    ['converged']
    """
    members: dict[str, Any] = Status._name_to_item  # type: ignore[attr-defined]
    is_member = {name: np.atleast_1d(np.asarray(status == item)) for name, item in members.items()}
    lanes = next(iter(is_member.values())).ravel()
    return [next(name for name in members if is_member[name].flat[lane]) for lane in range(lanes.size)]


def remedy(name: str) -> str:
    """The message of a Status by its name.

    >>> remedy("running")
    'The run goes on.'
    """
    members: Any = Status
    return members[getattr(Status, name)]


def count(names: list[str]) -> dict[str, int]:
    """How many of each.

    >>> count(["converged", "running", "converged"])
    {'converged': 2, 'running': 1}
    """
    return {name: names.count(name) for name in dict.fromkeys(names)}


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


def _worst(residual: Any) -> float:
    values = np.atleast_1d(np.asarray(residual, dtype=float))
    return float(np.nanmax(values)) if np.isfinite(values).any() else float("nan")
