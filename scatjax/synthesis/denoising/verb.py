r"""Statistical denoising: the field whose moments, once noise is added, are those of the noisy data.

$$\min_u\ \tfrac12\Big\|w\Big(\tfrac1M\sum_i\phi(u+n_i)-\phi(d)\Big)\Big\|^2\Big/\|w\,\phi(d)\|^2$$

with $\phi$ fitted to the data d (Regaldo-Saint Blancard et al. 2021; Delouis et al. 2022). It restores statistics,
spectrum and texture, where Wiener's filter restores pixels and takes power away. Choose it for one map whose law is
not known but that of the noise is, or of any contamination of which you have draws.

Where we differ from the papers, and what it does to a vorticity of 128^2 under white noise of its own variance: the
square of the mean in place of the mean of squares, whose variance pulls the field away (pixel error .56 in place of
.70 after 50 steps); noises drawn once, so that the energy is one function and line searches mean something, and
centered (noises.py), so that ten do; a start from the data with the noise's power taken off ring by ring
(spectrum_under_noise.py).
"""

import dataclasses
from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ...citations import cites
from ...coefficients import Coefficients
from ...energies import AbstractVariable
from ...errors import InputError
from ...moments import AbstractAround, AbstractMoments
from ...samplers.drive import Interrupt
from ...samplers.progress import PROGRESS_LINE, Progress
from ..problem import Problem, pose
from ..result import AbstractOutcome, Synthesis
from ..samples import Run, checked_key, checked_start
from ..stages import PIXELS, Solvers, stages
from ..start import AbstractStart, Given, Reference
from .gaps import check_mask, filled, fitted_with_gaps
from .noises import Law, draw_noises
from .spectrum_under_noise import subtracted

ENOUGH = 0.2  # of the floor: where the pixel error and the spectrum were best


@cites("regaldo2021", "delouis2022")
class Denoised(AbstractOutcome):
    r"""`fields` (sample, [channel], *space); per sample `residual`, `status`, `steps`, `evaluations` as in `Synthesis`.

    `floor` (sample): the relative residual at which the true field is to be expected, for the data hold one draw of the
    noise: $\sqrt{\sum w^2\,\mathrm{Var}_i\,\phi(u+n_i)\,(1+1/M)}/\|w\phi(d)\|$. `noises`: how many, M.
    """

    synthesis: Synthesis
    floor: Float[Array, "sample"]
    noises: int = eqx.field(static=True)

    def __str__(self) -> str:
        floors = ", ".join(f"{f:.2e}" for f in np.asarray(self.floor))
        return f"{self.synthesis}\n  of {self.noises} noises; the true field is to be expected at {floors}"


class WithNoise(AbstractAround):
    r"""$\frac1M\sum_i\phi(x+n_i)$, one noise after the other on a CPU, so that memory is that of one field.

    >>> from ...moments import Marginals
    >>> noises = jnp.stack([jnp.ones((16, 16)), -jnp.ones((16, 16))])
    >>> WithNoise(Marginals((16, 16), J=1), noises).shape
    (16, 16)
    """

    phi: AbstractMoments
    noises: Float[Array, "M ..."]

    @property
    def channels(self):  # type: ignore[override]
        """Channels of the fields taken."""
        return self.phi.channels

    @property
    def table(self):
        """The names of the rows."""
        return self.phi.table

    @property
    def weights(self):
        """The weights of the map inside."""
        return self.phi.weights

    def of_each(self, x: Array) -> Float[Array, "M K"]:
        """The moments under each noise."""
        together = None if jax.default_backend() == "cpu" else len(self.noises)
        return jax.lax.map(jax.checkpoint(lambda n: self.phi.numbers(x + n)), self.noises, batch_size=together)

    def numbers(self, x):
        """The mean over the noises."""
        return self.of_each(x).mean(0)


@cites("regaldo2021", "delouis2022")
def denoise(
    key: Array,
    phi: AbstractMoments,
    data,
    noise: Law,
    *,
    num_noises: int = 10,
    num_samples: int = 1,
    mask=None,
    solver: Solvers = None,
    max_steps: int | Sequence[int] = 50,
    tolerance: float | int | None = None,
    start: AbstractStart | None = None,
    variable: AbstractVariable = PIXELS,
    weights=None,
    report: Callable[[Progress], None] | None = PROGRESS_LINE,
) -> Denoised:
    r"""Fields u whose mean moments under noise, $\langle\phi(u+n_i)\rangle_i$, are those of `data`.

    **Arguments**

    - `key`: `jax.random.key(seed)`.
    - `phi`: a moment map, fitted to the data here unless it was before.
    - `data`: one noisy field, ([channel], *space).
    - `noise`: of mean 0; a law, `White(std=1.0)`, or a sampler key -> field, or a stack of draws (n, [channel],
      *space), all of which are taken.
    - `num_noises`: M, how many are drawn, once per sample: time is proportional.
    - `num_samples`: how many fields, each from noises of its own.
    - `mask`: true where the data are known (elsewhere anything, NaN too): the moments are those of the known part, u is
      sought on the whole canvas, so that gaps are filled; for `PhaseHarmonics` and `RectifierCovariances`.
    - `tolerance`: the relative residual at which a sample stops; None: a fifth of the floor, as lower ones follow the
      noise that is in the data.
    - `start`: None, the data with the noise's power taken off; `Given(data)` is the papers' own.
    - `solver`, `max_steps`, `variable`, `weights`, `report`: as in `synthesize`.

    **Returns** `Denoised`: `.fields`, `.residual` beside `.floor`, `.status`, `.steps`. Ctrl-C returns the best so far.

    **Errors** InputError for noise of another shape, zero, not finite or not of mean 0; for a phi that was fitted to
    another field; for a mask of another shape.

    >>> import scatjax as sj
    >>> x = sj.fields.read("brick64")[:32, :32]
    >>> d = x + 0.2 * jax.random.normal(jax.random.key(1), x.shape)
    >>> phi = sj.PhaseHarmonics(sj.wavelets.bump_steerable(x.shape, J=3, L=4), sj.pairs.pywph(J=3, L=4))
    >>> r = denoise(jax.random.key(0), phi, d, sj.White(std=0.2), num_noises=4)
    >>> r.fields.shape, bool(jnp.std(r.fields[0] - x) < 0.75 * jnp.std(d - x))
    ((1, 32, 32), True)
    """
    key = checked_key(key)
    observed = observe(phi, data, check_mask(mask, phi.shape), weights)
    run = Run(key, num_samples, stages(solver, max_steps, tolerance or 0.0), None, ensemble=False, report=report)
    count = _count(noise, num_noises, num_samples)
    ended, floors = [], []
    with Interrupt() as interrupt:
        for sample in range(num_samples):
            own = jax.random.fold_in(key, sample)
            noises = draw_noises(own, noise, count, observed.shape, len(phi.shape), observed.dtype)
            problem = observed.problem(noises)
            law = observed.start(own, noises) if start is None else checked_start(start)
            first = law.prepare(problem.reference, observed.shape, len(phi.shape))(own, jnp.asarray(sample))
            floors.append(_floor(problem, first))
            stop = ENOUGH * float(floors[-1]) if tolerance is None else tolerance
            chain = stages(solver, max_steps, stop)
            one = dataclasses.replace(run, key=own, num_samples=1, stages=chain, levels=num_samples)
            ended.append(one.solve(problem, variable, Given(first), interrupt, sample))
    return Denoised(_joined(key, ended), jnp.stack(floors), len(noises))


class Observed(eqx.Module):
    """The data with what they say: the map fitted to them, their moments, and the weights of those."""

    phi: AbstractMoments
    target: Float[Array, "K"]
    weights: Float[Array, "K"]
    data: np.ndarray
    mask: np.ndarray | None

    @property
    def shape(self) -> tuple[int, ...]:
        """([channel], *space)."""
        return self.data.shape

    @property
    def dtype(self) -> np.dtype:
        """The dtype of the data."""
        return self.data.dtype

    def problem(self, noises: Array) -> Problem:
        """The matching problem under these noises."""
        space = tuple(range(-len(self.phi.shape), 0))
        known = self.data if self.mask is None else np.where(self.mask, self.data, np.nan)
        mean, std = (jnp.asarray(f(known, space), self.dtype) for f in (np.nanmean, np.nanstd))
        return Problem(WithNoise(self.phi, noises), self.target, self.weights, Reference(None, mean, std))

    def start(self, key: Array, noises: Array) -> Given:
        """Gaps filled with a draw of the data's spectrum, and the power of the noise taken off, channel by channel."""
        flat = lambda x: np.asarray(x, np.float64).reshape(*x.shape[: x.ndim - len(self.shape)], -1, *self.phi.shape)
        every, fields = [], flat(self.data)
        for channel, (own, x) in enumerate(zip(jax.random.split(key, len(fields)), fields, strict=True)):
            if self.mask is not None:
                x = filled(own, x, self.mask)
            every.append(subtracted(x, flat(noises)[:, channel]))
        return Given(np.stack(every).reshape(self.shape).astype(self.dtype))


def observe(phi: AbstractMoments, data, mask, weights) -> Observed:
    """The map fitted to the data, and their moments."""
    if np.ndim(data) != len(phi.shape) + (phi.channels is not None):
        raise InputError(f"data has shape {np.shape(data)}: pass one field of shape {phi.shape}.")
    if mask is None:
        fields, _ = phi.as_fields(data)
        problem = pose(_own(phi, fields[0]), fields[0], weights)
        return Observed(problem.phi, problem.target, problem.weights, np.asarray(fields[0]), None)
    twice, target = fitted_with_gaps(phi, data, mask)
    if weights is not None:
        if np.shape(weights) != (len(phi.table),):
            raise InputError(f"weights of shape {np.shape(weights)}: give {len(phi.table)} numbers, one a row of phi.")
        weights = np.tile(np.asarray(weights, float), 2)
    problem = pose(twice, Coefficients(target, twice.table), weights)
    return Observed(twice, problem.target, problem.weights, np.asarray(jnp.asarray(data)), mask)


def _own(phi: AbstractMoments, data: Array) -> AbstractMoments:
    """The map as it is; one that was fitted to a field of another variance is refused."""
    if not phi.fitted:
        return phi
    known = phi.reference_variance
    own = np.asarray(data.var(tuple(range(-len(phi.shape), 0)))).reshape(-1)
    if known is not None and not np.allclose(np.asarray(known).reshape(-1), own, rtol=1e-2):
        raise InputError(
            f"phi was fitted to a field of variance {np.asarray(known)}, the data have {own}: pass the map without "
            f"fit, or phi.fit(data)."
        )
    return phi


def _count(noise: Law, num_noises: int, num_samples: int) -> int:
    if not callable(noise) and num_samples != 1:
        raise InputError(f"num_samples={num_samples} of one stack of noises are one field: pass a sampler of noise.")
    if isinstance(num_noises, bool) or not isinstance(num_noises, int) or num_noises < 2:
        raise InputError(f"num_noises={num_noises!r} must be an integer of at least 2.")
    return num_noises


@eqx.filter_jit
def _floor(problem: Problem, x: Array) -> Float[Array, ""]:
    """The relative residual of a field like x, whose data hold one draw of the noise and the energy M others."""
    w, noisy = problem.weights, problem.phi
    assert isinstance(noisy, WithNoise)
    variance = noisy.of_each(x).var(0) * (1 + 1 / len(noisy.noises))
    return jnp.sqrt(jnp.sum(w**2 * variance) / jnp.sum((w * problem.target) ** 2))


def _joined(key: Array, ended: list[Synthesis]) -> Synthesis:
    """The samples of several runs as one."""
    if len(ended) == 1:
        return eqx.tree_at(lambda r: r.key, ended[0], key)
    parts = [eqx.tree_at(lambda r: r.key, r, None) for r in ended]
    whole = jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *parts)
    return eqx.tree_at(lambda r: r.key, whole, key, is_leaf=lambda leaf: leaf is None)
