r"""Samples of one problem: drawn starts, groups of lanes, a chain of solvers; what every verb that matches moments
runs.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ..energies import AbstractVariable, Pulled
from ..errors import InputError, Status
from ..samplers.drive import AbstractStop, Carry, Interrupt, Lane, begin, chunks
from ..samplers.progress import Progress
from ..samplers.records import Kept
from ..samplers.sampler import fresh
from .problem import Problem
from .result import Synthesis
from .stages import Stage
from .start import AbstractStart

MOST_LANES = 8  # at once by default: more gain nothing on a CPU, and memory grows with each


def checked_key(key) -> Array:
    """A key of JAX, old-style ones wrapped; anything else is refused with the remedy."""
    if not hasattr(key, "dtype") or not hasattr(key, "shape"):
        raise InputError(f"key={key!r} must be a JAX key: pass jax.random.key({key if isinstance(key, int) else 0}).")
    return key if jnp.issubdtype(key.dtype, jax.dtypes.prng_key) else jax.random.wrap_key_data(key)


def checked_start(start) -> AbstractStart:
    """A start; anything else is refused with the remedy."""
    if not isinstance(start, AbstractStart):
        raise InputError(f"start={start!r} is no start: pass one, as sj.White(), or sj.Given(fields).")
    return start


class Enough(AbstractStop):
    """A lane has enough at the energy whose relative residual is the tolerance."""

    energy: np.ndarray | Array

    def __init__(self, tolerance: float | int):
        self.energy = np.asarray(0.5 * float(tolerance) ** 2)

    def __call__(self, kept):
        """True if the best energy is as low."""
        return kept.value <= self.energy.astype(kept.value.dtype)


def residual(value) -> np.ndarray:
    """The relative residual of an energy that is half its square."""
    return np.sqrt(2 * np.asarray(value))


def measures(kept: Kept) -> Mapping[str, np.ndarray]:
    """What a report shows of lanes."""
    return {"relative residual": residual(kept.value), "energy": np.asarray(kept.value)}


@dataclasses.dataclass
class Run:
    """The settings of one call: how many samples, by which solvers, as how many lanes."""

    key: Array
    num_samples: int
    stages: list[Stage]
    lanes: int | None
    ensemble: bool
    report: Callable[[Progress], None] | None
    levels: int = 1

    def __post_init__(self):
        if isinstance(self.num_samples, bool) or not isinstance(self.num_samples, int) or self.num_samples < 1:
            raise InputError(f"num_samples={self.num_samples!r} must be an integer of at least 1.")
        if self.lanes is not None and (not isinstance(self.lanes, int) or self.lanes < 1):
            raise InputError(f"lanes={self.lanes!r} must be None or an integer of at least 1.")

    def solve(
        self, problem: Problem, variable: AbstractVariable, start: AbstractStart, interrupt: Interrupt, level: int = 0
    ) -> Synthesis:
        """All samples of one scale, a group of lanes after the other."""
        if not isinstance(variable, AbstractVariable):
            raise InputError(f"variable={variable!r} is no variable: pass one, as sj.Pixels().")
        energy = Pulled(problem.energy(self.num_samples if self.ensemble else None), variable)
        prepared = checked_start(start).prepare(problem.reference, problem.state_shape, len(problem.phi.shape))
        law = (prepared, variable, self.ensemble, self.num_samples)
        total = 1 if self.ensemble else self.num_samples
        size = min(self.lanes or MOST_LANES, total)
        groups = [np.arange(first, first + size) % total for first in range(0, total, size)]
        ended = []
        for number, group in enumerate(groups):
            keys, v = _starts(self.key, jnp.asarray(group), law, level)
            place = (level * len(groups) + number, self.levels * len(groups))
            ended.append(self._descend(energy, keys, v, interrupt, place))
        lanes = jax.tree.map(lambda *leaves: jnp.concatenate(leaves)[:total], *ended)
        return self._result(lanes, variable)

    def _descend(self, energy, keys: Array, v: Array, interrupt: Interrupt, place: tuple[int, int]) -> Lane:
        """The lanes of one group after all stages; their states are left behind."""
        carry: Carry | None = None
        for number, stage in enumerate(self.stages):
            own = jax.vmap(jax.random.fold_in, (0, None))(keys, number)
            stop = Enough(stage.tolerance)
            carry = begin(stage.solver, energy, v, own) if carry is None else _again(carry, stage, energy, own, stop)
            going = lambda: not interrupt.raised
            loop = chunks(carry, stage.solver, energy, stage.max_steps, stop=stop, measure=measures, going=going)
            at = (place[0] * len(self.stages) + number + 1, place[1] * len(self.stages))
            for after, progress in loop:
                carry = after
                if self.report is not None:
                    self.report(dataclasses.replace(progress, stage=at[0], stages=at[1]))
        assert carry is not None
        unfinished = Status.interrupted if interrupt.raised else Status.step_limit
        status = Status.where(carry.running, unfinished, carry.lanes.status)
        return eqx.tree_at(lambda lane: lane.state, carry.lanes, _Ended(status))

    def _result(self, lanes: Lane, variable: AbstractVariable) -> Synthesis:
        fields = jax.vmap(variable.decode)(lanes.kept.x)
        left = jnp.asarray(residual(lanes.kept.value))
        if not self.ensemble:
            return Synthesis(fields, left, lanes.status, lanes.steps, lanes.evaluations, self.key)
        every = lambda leaf: jnp.repeat(leaf, self.num_samples, axis=0)
        status, steps, evaluations = jax.tree.map(every, (lanes.status, lanes.steps, lanes.evaluations))
        return Synthesis(fields[0], every(left), status, steps, evaluations, self.key)


class _Ended(eqx.Module):
    """What is left of the state of a lane that has ended."""

    status: Any


def _again(carry: Carry, stage: Stage, energy, keys: Array, stop: Enough) -> Carry:
    """The next solver of a chain goes on from the best iterates, except where they are enough or the lane is lost."""

    def one(lane: Lane) -> Lane:
        done = ((lane.status == Status.converged) & stop(lane.kept)) | (lane.status == Status.not_finite)
        state = stage.solver.init(lane.kept.x, energy)
        state = eqx.tree_at(lambda s: s.status, state, Status.where(done, lane.status, Status.running))
        return Lane(state, lane.kept, lane.steps, lane.evaluations)

    return Carry(fresh(jax.vmap(one)(carry.lanes)), keys, 0)


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
