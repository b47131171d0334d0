"""What a descent goes through: `Stage`s, solvers in turn, and `Scale`s, maps from coarse to fine.

Verbs take both as objects, or as parallel lists of their parts; the lists become objects here, once.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..energies import AbstractVariable, Pixels
from ..errors import InputError
from ..moments import AbstractMoments
from ..samplers import LBFGS, AbstractSampler

PIXELS = Pixels()
NUMBERS = (int, float, np.number)


@dataclasses.dataclass(frozen=True)
class Stage:
    """One solver of a chain, run for at most `max_steps`, until the relative residual is at most `tolerance`.

    >>> Stage(LBFGS(), 200, 6e-3).max_steps
    200
    """

    solver: AbstractSampler
    max_steps: int = 300
    tolerance: float | int = 1e-3

    def __post_init__(self):
        if not isinstance(self.solver, AbstractSampler):
            raise InputError(f"solver={self.solver!r} is no sampler: pass one, as sj.LBFGS().")
        if isinstance(self.max_steps, bool) or not isinstance(self.max_steps, int | np.integer) or self.max_steps < 1:
            raise InputError(f"max_steps={self.max_steps!r}: give each solver at least one step.")
        if not isinstance(self.tolerance, NUMBERS) or not self.tolerance >= 0:
            raise InputError(f"tolerance={self.tolerance} must be 0 or positive.")


@dataclasses.dataclass(frozen=True)
class Scale:
    """One map of a sequence from coarse to fine, with the variable in which its energy is descended.

    >>> from ..moments import Marginals
    >>> Scale(Marginals((16, 16), J=2)).variable
    Pixels()
    """

    map: AbstractMoments
    variable: AbstractVariable = PIXELS

    def __post_init__(self):
        if not isinstance(self.map, AbstractMoments):
            raise InputError(f"phi={self.map!r} is no moment map: pass one, as sj.ScatteringSpectra(bank).")
        if not isinstance(self.variable, AbstractVariable):
            raise InputError(f"variable={self.variable!r} is no variable: pass one, as sj.Pixels().")


Solvers = AbstractSampler | Stage | Sequence[AbstractSampler | Stage] | None
Maps = AbstractMoments | Scale | Sequence[AbstractMoments | Scale]


def stages(solver: Solvers, max_steps, tolerance) -> list[Stage]:
    """Stages of what a verb was given: those of `solver`, and for bare solvers one number for all, or one per solver.

    >>> [stage.max_steps for stage in stages([LBFGS(), LBFGS(memory=40)], [200, 10], 1e-3)]
    [200, 10]
    """
    given: Any = [LBFGS()] if solver is None else solver
    solvers = list(given) if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    limits = list(max_steps) if isinstance(max_steps, Sequence) else [max_steps] * len(solvers)
    ends = [tolerance] * len(solvers) if np.ndim(tolerance) == 0 else list(tolerance)
    if not solvers or len(limits) != len(solvers):
        raise InputError(f"{len(solvers)} solvers and max_steps={max_steps}: give each solver at least one step.")
    if len(ends) != len(solvers):
        raise InputError(f"tolerance={tolerance}: give one number, or one a solver ({len(solvers)}).")
    if not all(isinstance(end, NUMBERS) and end >= 0 for end in ends):
        raise InputError(f"tolerance={tolerance} must be 0 or positive.")
    every = zip(solvers, limits, ends, strict=True)
    return [s if isinstance(s, Stage) else Stage(s, limit, end) for s, limit, end in every]


def scales(phi: Maps, variable: AbstractVariable | Sequence[AbstractVariable]) -> list[Scale]:
    """Scales of what a verb was given: those of `phi`, and for bare maps one variable for all, or one per map."""
    maps = list(phi) if isinstance(phi, Sequence) else [phi]
    if not maps:
        raise InputError("phi is empty: pass one moment map, or several from coarse to fine.")
    variables = [variable] * len(maps) if not isinstance(variable, Sequence) else list(variable)
    if len(variables) != len(maps):
        raise InputError(f"there are {len(variables)} variables and {len(maps)} maps: give one for all, or one a map.")
    return [m if isinstance(m, Scale) else Scale(m, v) for m, v in zip(maps, variables, strict=True)]
