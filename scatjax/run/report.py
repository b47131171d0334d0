"""What a run says while it goes on: the verb's line on stderr, and one object per chunk in the folder's metrics."""

from typing import Any

import numpy as np

from ..errors import Status
from ..samplers.progress import Progress, ProgressLine
from ..synthesis.result import status_names
from .folder import Folder


class Report:
    """A callable for `report=` of a verb: the progress line on `stream`, and metrics in the folder.

    The line is rewritten in place on a terminal, else there is one per chunk. A unit is a group of samples drawn at
    once; each of the `solvers` of a chain is a stage of it.

    >>> import sys
    >>> report = Report(sys.stdout)
    >>> report(Progress(20, 200, {"relative residual": np.array([0.5, 0.25])}, Status.running, 2.0, 75.0))
    step 20/200  relative residual 5.0e-01  1:15 left
    """

    def __init__(self, stream: Any, folder: Folder | None = None, solvers: int = 1):
        self.stream, self.folder, self.solvers = stream, folder, solvers
        self.line = ProgressLine(stream)
        self.open = False

    def __call__(self, progress: Progress) -> None:
        """Show this progress, and append it to the metrics."""
        self.line(progress)
        self.open = bool(self.stream.isatty()) and progress.step < progress.max_steps
        if self.folder is None:
            return
        unit, solver = divmod(progress.stage - 1, self.solvers)
        self.folder.metrics(
            unit=unit,
            solver=solver,
            step=int(progress.step),
            energy=np.asarray(progress.energy),
            residual=np.asarray(progress.residual),
            seconds=round(float(progress.seconds), 3),
            status=count(status_names(progress.status)),
        )

    def close(self) -> None:
        """End the line that is rewritten in place."""
        if self.open:
            self.stream.write("\n")
            self.stream.flush()
        self.open = False


def remedy(name: str) -> str:
    """The message of a Status by its name.

    >>> remedy("running")
    'The run goes on.'
    """
    members: Any = Status
    return members[getattr(Status, name)]


def count(names: list[str]) -> dict[str, int]:
    """Each name with how often it is there.

    >>> count(["converged", "running", "converged"])
    {'converged': 2, 'running': 1}
    """
    return {name: names.count(name) for name in dict.fromkeys(names)}
