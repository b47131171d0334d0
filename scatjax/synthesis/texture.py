r"""Texture synthesis: new fields that share the moments of a target (Bruna and Mallat 2018, microcanonical models).

Each sample descends from its own noise on $E(x) = \frac12\|w(\phi(x)-\phi^*)\|^2/\|w\phi^*\|^2$, half the square of its
relative residual. Samples are independent lanes of one program: as many at once as `lanes` says, each with its Status.
"""

from collections.abc import Callable, Sequence

from jaxtyping import Array

from ..citations import cites
from ..energies import AbstractVariable
from ..moments import AbstractMoments
from ..samplers.drive import Interrupt
from ..samplers.progress import PROGRESS_LINE, Progress
from .problem import Problem, cut_to, pose
from .result import Synthesis
from .samples import Run, checked_key
from .stages import PIXELS, Maps, Solvers, scales, stages
from .start import AbstractStart, Refined, White

WHITE = White()


@cites("bruna2018")
def synthesize(
    key: Array,
    phi: Maps,
    target,
    *,
    num_samples: int = 1,
    solver: Solvers = None,
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

    **Arguments**

    - `key`: `jax.random.key(seed)`; sample i depends on it and on i alone.
    - `phi`: a moment map; it is fitted to the target unless it was before. A sequence of maps, or of `Scale`s, goes
      from coarse to fine: the target is cut to each map's shape in Fourier, and each result is the coarse part of the
      next start.
    - `target`: a field `([channel], *space)`; a stack of them (mean moments, mean power); or Coefficients, stored or
      edited: `phi` must then have been fitted, and rows that were left out by `select` are not matched.
    - `num_samples`: how many fields are drawn.
    - `solver`: `LBFGS()` by default, any sampler of `scatjax.samplers`, or a list of them, or of `Stage`s, run in
      turn, each from the best iterate of the one before.
    - `max_steps`: the most steps of each solver, one number or one per solver.
    - `tolerance`: the relative residual at which a sample stops, or one per solver, at which the next takes over (6e-3
      by L-BFGS, 1e-6 by Levenberg–Marquardt).
    - `start`: `White()`, `SameSpectrum()` or `Given(fields)`.
    - `variable`: what the solver moves: `Pixels()`, `Whitened.of(x)`, `Fixed(mask, values)`, `Centered(mean)`; one for
      all maps, or one per map. Of two channels, `Fixed(mask, pair)` keeps one if the mask is true over it.
    - `weights`: (K,), how much each moment counts; by default those of `phi`.
    - `lanes`: samples at once (8 at most by default), for memory; the rest follow.
    - `ensemble`: match the MEAN of the samples' moments to the target, as one state: an explicit choice, for single
      samples then need not match.
    - `shape`: of the samples, if not the target's.
    - `report`: called with `Progress` after each chunk; None for silence.

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
    key, steps = checked_key(key), scales(phi, variable)
    run = Run(key, num_samples, stages(solver, max_steps, tolerance), lanes, ensemble, report, len(steps))
    maps = [scale.map for scale in steps]
    problems = [_pose(m, maps, target, weights, shape) for m in maps]
    with Interrupt() as interrupt:
        result = run.solve(problems[0], steps[0].variable, start, interrupt)
        for level, (problem, scale) in enumerate(zip(problems[1:], steps[1:], strict=True), start=1):
            result = run.solve(problem, scale.variable, Refined(start, result.fields), interrupt, level)
    return result


def _pose(phi: AbstractMoments, maps: list[AbstractMoments], target, weights, shape) -> Problem:
    """The problem of one scale; the coarse canvas has the proportions of the last one."""
    if shape is not None:
        last = maps[-1].shape
        shape = tuple(int(round(n * own / side)) for n, own, side in zip(shape, phi.shape, last, strict=True))
    return pose(phi, cut_to(target, phi.shape) if len(maps) > 1 else target, weights, shape)
