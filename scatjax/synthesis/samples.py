r"""Samples of one problem: drawn starts, groups of lanes, a chain of solvers; what every verb that descends runs."""

import dataclasses
from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ..energies import AbstractVariable, Pulled
from ..errors import InputError
from ..samplers import LBFGS, AbstractSampler
from ..samplers.drive import Interrupt, Lane, again, begin, descend, residual, sufficient
from ..samplers.progress import Progress
from .problem import Problem
from .result import Synthesis
from .start import AbstractStart

MOST_LANES = 8  # at once by default: more gain nothing on a CPU, and memory grows with each


def with_limits(solver, max_steps) -> list[tuple[AbstractSampler, int]]:
    """Each solver of a chain with its largest number of steps; `LBFGS()` for None."""
    solvers = list(solver) if isinstance(solver, Sequence) else [LBFGS() if solver is None else solver]
    limits = list(max_steps) if isinstance(max_steps, Sequence) else [max_steps] * len(solvers)
    if not solvers or len(limits) != len(solvers) or min(limits) < 1:
        raise InputError(f"{len(solvers)} solvers and max_steps={max_steps}: give each solver at least one step.")
    return list(zip(solvers, limits, strict=True))


def checked_key(key) -> Array:
    """A key of JAX, old-style ones wrapped; anything else is refused with the remedy."""
    if not hasattr(key, "dtype") or not hasattr(key, "shape"):
        raise InputError(f"key={key!r} must be a JAX key: pass jax.random.key({key if isinstance(key, int) else 0}).")
    return key if jnp.issubdtype(key.dtype, jax.dtypes.prng_key) else jax.random.wrap_key_data(key)


@dataclasses.dataclass
class Run:
    """The settings of one call: how many samples, by which solvers, as how many lanes."""

    key: Array
    num_samples: int
    solvers: list[tuple[AbstractSampler, int]]
    tolerance: float | int | Sequence[float | int]
    variable: AbstractVariable
    lanes: int | None
    ensemble: bool
    report: Callable[[Progress], None] | None
    levels: int = 1

    def __post_init__(self):
        if isinstance(self.num_samples, bool) or not isinstance(self.num_samples, int) or self.num_samples < 1:
            raise InputError(f"num_samples={self.num_samples!r} must be an integer of at least 1.")
        if self.lanes is not None and (not isinstance(self.lanes, int) or self.lanes < 1):
            raise InputError(f"lanes={self.lanes!r} must be None or an integer of at least 1.")
        if not all(tolerance >= 0 for tolerance in self.tolerances):
            raise InputError(f"tolerance={self.tolerance} must be 0 or positive.")
        if len(self.tolerances) != len(self.solvers):
            raise InputError(f"tolerance={self.tolerance}: give one number, or one a solver ({len(self.solvers)}).")

    @property
    def tolerances(self) -> list[float | int]:
        """That of each solver; the last one says whether a sample converged."""
        one = np.ndim(self.tolerance) == 0
        return [self.tolerance] * len(self.solvers) if one else list(self.tolerance)  # type: ignore[list-item,arg-type]

    def solve(self, problem: Problem, start: AbstractStart, interrupt: Interrupt, level: int) -> Synthesis:
        """All samples of one scale, a group of lanes after the other."""
        members = self.num_samples if self.ensemble else None
        energy = Pulled(problem.energy(members), self.variable)
        prepared = start.prepare(problem.reference, problem.state_shape, len(problem.phi.shape))
        total = 1 if self.ensemble else self.num_samples
        size = min(self.lanes or MOST_LANES, total)
        groups = [np.arange(first, first + size) % total for first in range(0, total, size)]
        ended = []
        for number, group in enumerate(groups):
            stage = (level * len(groups) + number, self.levels * len(groups))
            ended.append(self._group(energy, prepared, group, interrupt, level, stage))
        lanes = jax.tree.map(lambda *leaves: jnp.concatenate(leaves)[:total], *ended)
        return self._result(lanes)

    def _group(self, energy, start, group: np.ndarray, interrupt: Interrupt, level: int, stage) -> Lane:
        keys, v = _starts(self.key, jnp.asarray(group), (start, self.variable, self.ensemble, self.num_samples), level)
        lanes: Lane | None = None
        for number, ((solver, limit), tolerance) in enumerate(zip(self.solvers, self.tolerances, strict=True)):
            place = (stage[0] * len(self.solvers) + number + 1, stage[1] * len(self.solvers))
            if lanes is None:
                lanes = jax.vmap(lambda one: begin(one, solver, energy))(v)  # noqa: B023
            else:
                enough = sufficient(tolerance)
                lanes = jax.vmap(lambda lane: again(lane, solver, energy, enough))(lanes)  # noqa: B023
            steps = jax.vmap(jax.random.fold_in, (0, None))(keys, number)
            lanes = descend(lanes, steps, energy, solver, limit, tolerance, self.report, interrupt, place)
        assert lanes is not None
        return eqx.tree_at(lambda lane: lane.state, lanes, None)

    def _result(self, lanes: Lane) -> Synthesis:
        fields = jax.vmap(self.variable.decode)(lanes.best)
        left = jnp.asarray(residual(lanes.value))
        if not self.ensemble:
            return Synthesis(fields, left, lanes.status, lanes.steps, lanes.evaluations, self.key)
        every = lambda leaf: jnp.repeat(leaf, self.num_samples, axis=0)
        status, steps, evaluations = jax.tree.map(every, (lanes.status, lanes.steps, lanes.evaluations))
        return Synthesis(fields[0], every(left), status, steps, evaluations, self.key)


@eqx.filter_jit
def _starts(key: Array, group: Array, law: tuple, level: int) -> tuple[Array, Array]:
    """Keys of the steps and starting variables of a group of samples; sample i depends on (key, i) alone."""
    start, variable, ensemble, members = law

    def one(sample):
        first, noise = jax.random.split(jax.random.fold_in(key, sample))
        return start(first, sample), jax.random.fold_in(noise, level)

    if not ensemble:
        states, keys = jax.vmap(one)(group)
        return keys, jax.vmap(variable.encode)(states)
    states, keys = jax.vmap(one)(jnp.arange(members))
    return keys[:1], variable.encode(states)[None]
