r"""Texture synthesis: new fields that share the moments of a target (Bruna and Mallat 2018, microcanonical models).

Each sample descends from its own noise on $E(x) = \frac12\|w(\phi(x)-\phi^*)\|^2/\|w\phi^*\|^2$, half the square of its
relative residual. Samples are independent lanes of one program: as many at once as `lanes` says, each with its Status.
"""

import dataclasses
from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ..energies import AbstractVariable, Pixels, Pulled
from ..errors import InputError
from ..moments import AbstractMoments
from ..samplers import LBFGS, AbstractSampler
from .lanes import Interrupt, Lane, again, begin, descend, residual
from .problem import Problem, cut_to, pose
from .progress import Progress, ProgressLine
from .result import Synthesis
from .start import AbstractStart, Refined, White

PROGRESS_LINE, WHITE, PIXELS = ProgressLine(), White(), Pixels()
MOST_LANES = 8  # at once by default: more gain nothing on a CPU, and memory grows with each
Maps = AbstractMoments | Sequence[AbstractMoments]


def synthesize(
    key: Array,
    phi: Maps,
    target,
    *,
    num_samples: int = 1,
    solver: AbstractSampler | Sequence[AbstractSampler] | None = None,
    max_steps: int | Sequence[int] = 300,
    tolerance: float | int = 1e-3,
    start: AbstractStart = WHITE,
    variable: AbstractVariable = PIXELS,
    weights=None,
    lanes: int | None = None,
    ensemble: bool = False,
    shape: Sequence[int] | None = None,
    report: Callable[[Progress], None] | None = PROGRESS_LINE,
) -> Synthesis:
    r"""Draw fields y whose moments are those of a target: minimize $\|w(\phi(y)-\phi^*)\|/\|w\phi^*\|$ from noise.

    **Arguments** `key`: `jax.random.key(seed)`; sample i depends on it and on i alone. `phi`: a moment map; it is
    fitted to the target unless it was before. A sequence of maps goes from coarse to fine: the target is cut to each
    map's shape in Fourier, and each result is the coarse part of the next start. `target`: a field `([channel], y,
    x)`; a stack of them (mean moments, mean power); or Coefficients, stored or edited: `phi` must then have been
    fitted, and rows that were left out by `select` are not matched. `solver`: `LBFGS()` (default), any sampler of
    `scatjax.samplers`, or a list of them run in turn, each from the best iterate of the one before; `max_steps`: of
    each, one number or one a solver. `tolerance`: the relative residual at which a sample stops. `start`: `White()`,
    `SameSpectrum()` or `Given(fields)`. `variable`: what the solver moves: `Pixels()`, `Whitened.of(x)`, `Fixed(mask,
    values)`, `Centered(mean)`. With two channels, fix one field of the pair by `Fixed(mask, pair)`, mask true over
    its channel. `weights`: (K,), how much each moment counts; default those of `phi`. `lanes`: samples at once
    (default 8 at most), for memory; the rest follow. `ensemble`: match the MEAN of the samples' moments to the
    target, as one state: an explicit choice, for single samples then need not match. `shape`: of the samples, if not
    the target's. `report`: called with `Progress` after each chunk; None for silence.

    **Returns** `Synthesis`: `.fields` (sample, [channel], y, x), `.residual`, `.status`, `.steps`. Ctrl-C returns the
    best iterates so far with `Status.interrupted`.

    **Errors** InputError (a ValueError) for a target that does not fit phi, coefficients with a phi that is not fitted
    (`phi.fit`), a constant target.

    >>> import scatjax as sj
    >>> x = sj.fields.read("brick")[:32, :32]
    >>> phi = sj.ScatteringSpectra(sj.wavelets.morlet(x.shape, J=3, L=4), isotropic=True)
    >>> r = synthesize(jax.random.key(0), phi, x, num_samples=2, max_steps=60, tolerance=0.05)
    >>> r.fields.shape, r.statuses()
    ((2, 32, 32), ['converged', 'converged'])
    """
    _check_numbers(key, num_samples, lanes, tolerance)
    key = key if jnp.issubdtype(key.dtype, jax.dtypes.prng_key) else jax.random.wrap_key_data(key)
    maps = [phi] if isinstance(phi, AbstractMoments) else list(phi)
    solvers = _with_limits(solver, max_steps)
    if not maps:
        raise InputError("phi is empty: pass one moment map, or several from coarse to fine.")
    problems = [_pose(m, maps, target, weights, shape) for m in maps]
    run = _Run(key, num_samples, solvers, tolerance, variable, lanes, ensemble, report, len(problems))
    with Interrupt() as interrupt:
        result = run.solve(problems[0], start, interrupt, 0)
        for level, problem in enumerate(problems[1:], start=1):
            result = run.solve(problem, Refined(start, result.fields), interrupt, level)
    return result


def _pose(phi: AbstractMoments, maps: list[AbstractMoments], target, weights, shape) -> Problem:
    """The problem of one scale; the coarse canvas has the proportions of the last one."""
    if shape is not None:
        last = maps[-1].shape
        shape = tuple(int(round(n * own / side)) for n, own, side in zip(shape, phi.shape, last, strict=True))
    return pose(phi, cut_to(target, phi.shape) if len(maps) > 1 else target, weights, shape)


def _with_limits(solver, max_steps) -> list[tuple[AbstractSampler, int]]:
    solvers = list(solver) if isinstance(solver, Sequence) else [LBFGS() if solver is None else solver]
    limits = list(max_steps) if isinstance(max_steps, Sequence) else [max_steps] * len(solvers)
    if not solvers or len(limits) != len(solvers) or min(limits) < 1:
        raise InputError(f"{len(solvers)} solvers and max_steps={max_steps}: give each solver at least one step.")
    return list(zip(solvers, limits, strict=True))


def _check_numbers(key, num_samples: int, lanes: int | None, tolerance: float | int) -> None:
    if not hasattr(key, "dtype") or not hasattr(key, "shape"):
        raise InputError(f"key={key!r} must be a JAX key: pass jax.random.key({key if isinstance(key, int) else 0}).")
    if isinstance(num_samples, bool) or not isinstance(num_samples, int) or num_samples < 1:
        raise InputError(f"num_samples={num_samples!r} must be an integer of at least 1.")
    if lanes is not None and (not isinstance(lanes, int) or lanes < 1):
        raise InputError(f"lanes={lanes!r} must be None or an integer of at least 1.")
    if not tolerance >= 0:
        raise InputError(f"tolerance={tolerance} must be 0 or positive.")


@dataclasses.dataclass
class _Run:
    """The settings of one call: how many samples, by which solvers, as how many lanes."""

    key: Array
    num_samples: int
    solvers: list[tuple[AbstractSampler, int]]
    tolerance: float | int
    variable: AbstractVariable
    lanes: int | None
    ensemble: bool
    report: Callable[[Progress], None] | None
    levels: int

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
        for number, (solver, limit) in enumerate(self.solvers):
            place = (stage[0] * len(self.solvers) + number + 1, stage[1] * len(self.solvers))
            if lanes is None:
                lanes = jax.vmap(lambda one: begin(one, solver, energy))(v)  # noqa: B023
            else:
                lanes = jax.vmap(lambda lane: again(lane, solver, energy))(lanes)  # noqa: B023
            steps = jax.vmap(jax.random.fold_in, (0, None))(keys, number)
            lanes = descend(lanes, steps, energy, solver, limit, self.tolerance, self.report, interrupt, place)
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
