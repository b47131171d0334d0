r"""Inversion: a field whose scattering coefficients are the given ones (Bruna and Mallat 2013; Andén and Mallat 2014).

$\min_y \|S(y)-s\|^2/\|s\|^2$ from white noise, by L-BFGS. Phases are lost, so that the field is found up to what moduli
leave open: a sign, a translation below T. Judge series by the residual, images by their PSNR. Where phases are known,
the wavelet layer itself has an exact linear inverse, `WaveletTransform.inverse`.
"""

from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..citations import cites
from ..coefficients import Coefficients, Table, concatenate
from ..energies import AbstractVariable
from ..errors import InputError, check_finite, check_real
from ..moments import AbstractPlain
from ..operators import AbstractOperator
from ..samplers.drive import Interrupt
from ..samplers.progress import PROGRESS_LINE, Progress
from .problem import Problem, rows_in
from .result import Synthesis
from .samples import Run, checked_key
from .stages import PIXELS, Solvers, stages
from .start import AbstractStart, Given, Reference, White

WHITE = White()


@cites("bruna2013", "anden2014")
def invert(
    S: AbstractOperator,
    values,
    *,
    key: Array | None = None,
    start=WHITE,
    num_samples: int = 1,
    solver: Solvers = None,
    max_steps: int | Sequence[int] = 200,
    tolerance: float | int = 1e-3,
    variable: AbstractVariable = PIXELS,
    lanes: int | None = None,
    report: Callable[[Progress], None] | None = PROGRESS_LINE,
) -> Synthesis:
    r"""Fields y whose coefficients are `values`: minimize $\|S(y)-s\|/\|s\|$ from noise.

    **Arguments**

    - `S`: a `Scattering`, or any operator that gives Coefficients, or a tuple of them (a pyramid).
    - `values`: the Coefficients of one field, or numbers of the shape that S gives; rows that were left out, as by
      `select(kind=["S1", "S2"])`, are not matched. Their dtype is the field's.
    - `key`: of the noise, 0 if None.
    - `start`: noise of the mean that order 0 tells and of the deviation whose coefficients have the norm of `values`;
      better `White(mean, std)` where you know them; or a field, or another start.
    - `num_samples`: how many fields, each from its own noise.
    - `solver`, `max_steps`, `tolerance`, `variable`, `lanes`, `report`: as in `synthesize`.

    **Returns** `Synthesis`: `.fields` (sample, [channel], *space), `.residual`, `.status`, `.steps`.

    **Errors** InputError for an operator that gives no Coefficients; for values that are not its own, or not finite.

    >>> import scatjax as sj
    >>> x = sj.fields.read("brick")[:32, :32]
    >>> S = sj.Scattering(sj.wavelets.morlet(x.shape, J=2, L=8), order=2)
    >>> r = invert(S, S(x), start=White(x.mean(), x.std()), max_steps=60, tolerance=0.02)
    >>> r.fields.shape, r.statuses()
    ((1, 32, 32), ['converged'])
    """
    key = checked_key(jax.random.key(0) if key is None else key)
    run = Run(key, num_samples, stages(solver, max_steps, tolerance), lanes, ensemble=False, report=report)
    problem = _pose(S, values)
    start = start if isinstance(start, AbstractStart) else Given(start)
    with Interrupt() as interrupt:
        return run.solve(problem, variable, start, interrupt)


class Flattened(AbstractPlain):
    """All values of an operator in a row, path by path and site by site.

    >>> from ..wavelets import morlet
    >>> from ..operators import Scattering
    >>> S = Scattering(morlet((32, 32), J=2, L=4), order=1)
    >>> Flattened(S).vector(jnp.ones((32, 32))).shape                       # 9 paths at 8 x 8 sites
    (576,)
    """

    operator: AbstractOperator

    @property
    def shape(self):
        """Shape of the fields taken."""
        return self.operator.shape

    @property
    def channels(self):  # type: ignore[override]
        """Channels of the fields taken."""
        return self.operator.channels

    @property
    def table(self):
        """One row per value."""
        out = _structure(self.operator, jnp.float32)
        return concatenate([c.table.take(np.repeat(np.arange(len(c.table)), _sites(c))) for c in out])

    def numbers(self, x):
        """The values, flat."""
        return jnp.concatenate([c.values.reshape(-1) for c in _items(self.operator.apply(x))])

    def at(self, shape):
        """InputError: the sites of an operator belong to its canvas."""
        raise InputError(f"the sites of an operator belong to its canvas {self.shape}, not {tuple(shape)}.")


def _pose(S: AbstractOperator, values) -> Problem:
    """The problem of matching all values that are given."""
    if not isinstance(S, AbstractOperator):
        raise InputError(f"S is a {type(S).__name__} and no operator: pass a Scattering, as S = sj.Scattering(bank).")
    given = list(values) if isinstance(values, tuple | list) and any(map(_named, values)) else [values]
    dtype = {check_real(getattr(c, "values", c), "values") for c in given}
    if len(dtype) > 1:
        raise InputError(f"values have dtypes {sorted(map(str, dtype))}: give them one.")
    expected = _structure(S, *dtype)
    if len(given) != len(expected):
        raise InputError(f"values hold {len(given)} Coefficients, S gives {len(expected)}: pass what S(x) gives.")
    placed = [_placed(*pair) for pair in zip(given, expected, strict=True)]
    target, kept = (np.concatenate(arrays) for arrays in zip(*placed, strict=True))
    phi = Flattened(S)
    mean, order_zero = _known_mean(expected, target, kept)
    std = _known_deviation(phi, mean, target, kept * ~order_zero)
    every = () if S.channels is None else (S.channels,)
    reference = Reference(None, jnp.broadcast_to(mean, every), jnp.broadcast_to(std, every))
    return Problem(phi, jnp.asarray(target), jnp.asarray(kept.astype(target.dtype)), reference)


def _placed(given, expected: Coefficients) -> tuple[np.ndarray, np.ndarray]:
    """The values of one `Coefficients` in the rows of S, flat, and which of them are given."""
    shape, rows = expected.values.shape, np.arange(len(expected.table))
    if _named(given):
        rows = rows_in(given.table, expected.table, "values", "S")
        given = given.values
    wanted = (len(rows), *shape[1:])
    if np.shape(given) != wanted:
        raise InputError(f"values have shape {np.shape(given)}, expected {wanted}: pass what S gives for one field.")
    check_finite(given, "values")
    given = np.asarray(given)
    whole, kept = np.zeros(shape, given.dtype), np.zeros(shape, bool)
    whole[rows], kept[rows] = given, True
    return whole.reshape(-1), kept.reshape(-1)


def _known_mean(expected: list[Coefficients], target: np.ndarray, kept: np.ndarray) -> tuple[Array, np.ndarray]:
    """The mean that order 0 tells, 0 if it was not given, and which values are of order 0."""
    order_zero = np.concatenate([np.repeat(_kinds(c.table) == "S0", _sites(c)) for c in expected])
    means = target[order_zero & kept]
    return jnp.asarray(means.mean() if means.size else target.dtype.type(0)), order_zero


@eqx.filter_jit
def _of_noise(phi: Flattened, mean: Float[Array, ""]) -> Array:
    shape = phi.shape if phi.channels is None else (phi.channels, *phi.shape)
    return phi.numbers(mean + jax.random.normal(jax.random.key(0), shape, mean.dtype))


def _known_deviation(phi: Flattened, mean: Array, target: np.ndarray, kept: np.ndarray) -> Array:
    """The deviation of noise whose coefficients have the norm of those given; 1 if there are but means."""
    noise = np.asarray(_of_noise(phi, mean))
    size, own = (np.linalg.norm(values[kept]) for values in (target, noise))
    return jnp.asarray(size / own if own > 0 else 1.0, target.dtype)


def _structure(S: AbstractOperator, dtype) -> list[Coefficients]:
    """What S gives for one field of this dtype, shapes in place of values."""
    shape = S.shape if S.channels is None else (S.channels, *S.shape)
    out = _items(jax.eval_shape(S.apply, jax.ShapeDtypeStruct(shape, dtype)))
    if not out or not all(map(_named, out)):
        raise InputError(f"{type(S).__name__} gives no Coefficients: pass a Scattering, or another operator that does.")
    return out


def _items(out) -> list[Coefficients]:
    return list(out) if isinstance(out, tuple) else [out]


def _named(values) -> bool:
    return isinstance(values, Coefficients)


def _sites(c: Coefficients) -> int:
    """How many values a row has."""
    return int(np.prod(c.values.shape[1:]))


def _kinds(table: Table) -> np.ndarray:
    return table["kind"] if "kind" in table.columns else np.full(len(table), "")
