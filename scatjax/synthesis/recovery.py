r"""Recovery of an image from its phase harmonic correlations, up to a translation (Mallat, Zhang and Rochette 2018).

Correlations at several phase harmonics align the phases of all scales, so that a few times as many numbers as an
image has independent edges pin it: cartoons come back at 28 dB from correlations within scales alone, more scales
(`scale_steps` of `pairs.mallat_zhang_rochette`) bring details. The descent is `synthesize`'s, with a long memory,
from nearly constant fields; what is added is several runs, for some end in poor minima, and the shift that no moment
can tell.

The rows (1, 0) of $\langle z\,|z'|\rangle$ count twice: on the cartoon of 64^2 the median of four runs rises from
27.0 to 28.5 dB at 300 evaluations (three or five times: 28.5, 28.2). Rows of means (`means=True`) slow it to 18 dB:
leave them out.
"""

from collections.abc import Callable, Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..citations import cites
from ..coefficients import Coefficients
from ..diagnostics import best_shift
from ..energies import AbstractVariable
from ..errors import InputError
from ..moments import AbstractMoments
from ..samplers import LBFGS
from ..samplers.progress import PROGRESS_LINE, Progress
from .result import AbstractOutcome, Synthesis
from .stages import PIXELS, Solvers
from .start import AbstractStart, White
from .texture import synthesize

NEARLY_GRAY = White(mean=0.5, std=0.01)
LONG_MEMORY = 100


@cites("mallat2018")
class Recovery(AbstractOutcome):
    """`fields` (sample, *space) moved to where the target lies, if that is a field, with `shifts` (sample, dimension)
    and `psnr` (sample), in dB for peak 1; None if the target is coefficients. `synthesis`: residuals and statuses.
    """

    synthesis: Synthesis
    psnr: Float[np.ndarray, "sample"] | None
    shifts: np.ndarray | None

    @property
    def best(self) -> Float[Array, "..."]:
        """The field of the least residual: what one would take who does not know the image."""
        return self.synthesis.fields[int(np.nanargmin(np.asarray(self.residual)))]

    def __str__(self) -> str:
        quality = "" if self.psnr is None else "\n  PSNR " + ", ".join(f"{p:.1f}" for p in self.psnr) + " dB"
        return f"{self.synthesis}{quality}"


@cites("mallat2018")
def recover(
    key: Array,
    phi: AbstractMoments,
    target,
    *,
    num_samples: int = 4,
    solver: Solvers = None,
    max_steps: int | Sequence[int] = 300,
    tolerance: float | int = 1e-6,
    start: AbstractStart = NEARLY_GRAY,
    variable: AbstractVariable = PIXELS,
    weights=None,
    lanes: int | None = None,
    report: Callable[[Progress], None] | None = PROGRESS_LINE,
) -> Recovery:
    r"""Images y with $\phi(y) = \phi(x)$, each from a run of its own; x itself up to a translation, if phi says enough.

    **Arguments**

    - `key`: `jax.random.key(seed)`.
    - `phi`: `sj.PhaseHarmonics(bank, sj.pairs.mallat_zhang_rochette(J, L, scale_steps, means=False))`.
    - `target`: the image x in [0, 1], then runs are moved onto it and judged; or its Coefficients, and a phi that is
      fitted. In float64: float32 ends near 30 dB.
    - `num_samples`: how many runs.
    - `solver`: `LBFGS(memory=100)` by default; a list of them forgets its memory between (the paper's restarts).
    - `start`: by default `White(mean=0.5, std=0.01)`, the paper's.
    - `weights`: (K,); by default those of phi, rows of harmonics (1, 0) twice.
    - `max_steps`, `tolerance`, `variable`, `lanes`, `report`: as in `synthesize`.

    **Returns** `Recovery`: `.fields`, `.psnr`, `.best`, `.residual`, `.statuses()`.

    **Errors** InputError for a phi with channels or a mask, and as `synthesize`.

    >>> import jax, scatjax as sj
    >>> x = sj.fields.read("brick64")[:16, :16]
    >>> pairs = sj.pairs.mallat_zhang_rochette(J=3, L=4, scale_steps=2, means=False)
    >>> phi = sj.PhaseHarmonics(sj.wavelets.bump_steerable(x.shape, J=3, L=4), pairs)
    >>> r = recover(jax.random.key(0), phi, x, num_samples=2, max_steps=200)
    >>> r.fields.shape, bool(r.psnr.max() > 20)
    ((2, 16, 16), True)
    """
    if phi.channels is not None:
        raise InputError(f"phi takes {phi.channels} channels: recover one image, with channels=None.")
    if phi.masked:
        raise InputError("phi has a mask, and nothing tells where the canvas lies: recover from a phi without one.")
    weights = twice(phi) if weights is None else weights
    solver = LBFGS(memory=LONG_MEMORY) if solver is None else solver
    drawn = synthesize(
        key, phi, target, num_samples=num_samples, solver=solver, max_steps=max_steps, tolerance=tolerance,
        start=start, variable=variable, weights=weights, lanes=lanes, report=report,
    )  # fmt: skip
    if isinstance(target, Coefficients) or np.ndim(target) != len(phi.shape):
        return Recovery(drawn, None, None)
    found = [_found(target, np.asarray(y)) for y in drawn.fields]
    axes = tuple(range(len(phi.shape)))
    moved = [jnp.roll(y, shift, axes) for y, (shift, _) in zip(drawn.fields, found, strict=True)]
    drawn = eqx.tree_at(lambda r: r.fields, drawn, jnp.stack(moved))
    shifts, quality = zip(*found, strict=True)
    return Recovery(drawn, np.array(quality), np.array(shifts))


def _found(target, y: np.ndarray) -> tuple[tuple[int, ...], float]:
    """The best shift and its PSNR; NaN for a run that was lost."""
    return best_shift(target, y) if np.isfinite(y).all() else ((0,) * y.ndim, float("nan"))


def twice(phi: AbstractMoments) -> Float[np.ndarray, "K"]:
    """The weights of phi, doubled for rows of harmonics (1, 0).

    >>> from ..moments import Marginals
    >>> twice(Marginals((16, 16), J=1)).max()
    np.float64(1.0)
    """
    table = phi.table
    if not {"k1", "k2"} <= set(table.columns):
        return phi.weights
    return phi.weights * np.where((table["k1"] == 1) & (table["k2"] == 0), 2.0, 1.0)
