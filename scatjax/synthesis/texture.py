r"""Texture synthesis: new fields that share the moments of a target (Bruna and Mallat 2018, microcanonical models).

Each sample descends from its own noise on $E(x) = \frac12\|w(\phi(x)-\phi^*)\|^2/\|w\phi^*\|^2$, half the square of its
relative residual. Samples are independent lanes of one program: as many at once as `lanes` says, each with its Status.
"""

import dataclasses
from collections.abc import Callable, Sequence

from jaxtyping import Array

from ..citations import cites
from ..energies import AbstractVariable, Pixels
from ..errors import InputError
from ..moments import AbstractMoments
from ..samplers import AbstractSampler
from ..samplers.drive import Interrupt
from ..samplers.progress import PROGRESS_LINE, Progress
from .problem import Problem, cut_to, pose
from .result import Synthesis
from .samples import Run, checked_key, with_limits
from .start import AbstractStart, Refined, White

WHITE, PIXELS = White(), Pixels()
Maps = AbstractMoments | Sequence[AbstractMoments]


@cites("bruna2018")
def synthesize(
    key: Array,
    phi: Maps,
    target,
    *,
    num_samples: int = 1,
    solver: AbstractSampler | Sequence[AbstractSampler] | None = None,
    max_steps: int | Sequence[int] = 300,
    tolerance: float | int | Sequence[float | int] = 1e-3,
    start: AbstractStart = WHITE,
    variable: AbstractVariable | Sequence[AbstractVariable] = PIXELS,
    weights=None,
    lanes: int | None = None,
    ensemble: bool = False,
    shape: Sequence[int] | None = None,
    report: Callable[[Progress], None] | None = PROGRESS_LINE,
) -> Synthesis:
    r"""Draw fields y whose moments are those of a target: minimize $\|w(\phi(y)-\phi^*)\|/\|w\phi^*\|$ from noise.

    **Arguments** `key`: `jax.random.key(seed)`; sample i depends on it and on i alone. `phi`: a moment map; it is
    fitted to the target unless it was before. A sequence of maps goes from coarse to fine: the target is cut to each
    map's shape in Fourier, and each result is the coarse part of the next start. `target`: a field `([channel],
    *space)`; a stack of them (mean moments, mean power); or Coefficients, stored or edited: `phi` must then have been
    fitted, and rows that were left out by `select` are not matched. `solver`: `LBFGS()` (default), any sampler of
    `scatjax.samplers`, or a list of them run in turn, each from the best iterate of the one before; `max_steps`: of
    each, one number or one a solver. `tolerance`: the relative residual at which a sample stops, or one a solver, at
    which the next takes over (6e-3 by L-BFGS, 1e-6 by Levenberg–Marquardt). `start`: `White()`, `SameSpectrum()` or
    `Given(fields)`. `variable`: what the solver moves: `Pixels()`, `Whitened.of(x)`, `Fixed(mask, values)`,
    `Centered(mean)`; one for all maps, or one a map. With two channels, fix one field of the pair by
    `Fixed(mask, pair)`, mask true over its channel.
    `weights`: (K,), how much each moment counts; default those of `phi`. `lanes`: samples at once (default 8 at most),
    for memory; the rest follow. `ensemble`: match the MEAN of the samples' moments to the target, as one state: an
    explicit choice, for single samples then need not match. `shape`: of the samples, if not the target's. `report`:
    called with `Progress` after each chunk; None for silence.

    **Returns** `Synthesis`: `.fields` (sample, [channel], *space), `.residual`, `.status`, `.steps`. Ctrl-C returns the
    best iterates so far with `Status.interrupted`.

    **Errors** InputError (a ValueError) for a target that does not fit phi, coefficients with a phi that is not fitted
    (`phi.fit`), a constant target.

    >>> import jax, scatjax as sj
    >>> x = sj.fields.read("brick")[:32, :32]
    >>> phi = sj.ScatteringSpectra(sj.wavelets.morlet(x.shape, J=3, L=4), isotropic=True)
    >>> r = synthesize(jax.random.key(0), phi, x, num_samples=2, max_steps=60, tolerance=0.05)
    >>> r.fields.shape, r.statuses()
    ((2, 32, 32), ['converged', 'converged'])
    """
    key = checked_key(key)
    maps = [phi] if isinstance(phi, AbstractMoments) else list(phi)
    solvers = with_limits(solver, max_steps)
    if not maps:
        raise InputError("phi is empty: pass one moment map, or several from coarse to fine.")
    variables = [variable] * len(maps) if isinstance(variable, AbstractVariable) else list(variable)
    if len(variables) != len(maps):
        raise InputError(f"there are {len(variables)} variables and {len(maps)} maps: give one for all, or one a map.")
    run = Run(key, num_samples, solvers, tolerance, variables[0], lanes, ensemble, report, len(maps))
    problems = [_pose(m, maps, target, weights, shape) for m in maps]
    with Interrupt() as interrupt:
        result = run.solve(problems[0], start, interrupt, 0)
        for level, problem in enumerate(problems[1:], start=1):
            run = dataclasses.replace(run, variable=variables[level])
            result = run.solve(problem, Refined(start, result.fields), interrupt, level)
    return result


def _pose(phi: AbstractMoments, maps: list[AbstractMoments], target, weights, shape) -> Problem:
    """The problem of one scale; the coarse canvas has the proportions of the last one."""
    if shape is not None:
        last = maps[-1].shape
        shape = tuple(int(round(n * own / side)) for n, own, side in zip(shape, phi.shape, last, strict=True))
    return pose(phi, cut_to(target, phi.shape) if len(maps) > 1 else target, weights, shape)
