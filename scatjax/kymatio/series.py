"""Kymatio's `Scattering1D`: its bank on the least torus that keeps its digits."""

import math
import warnings
from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from scipy.fft import next_fast_len

from ..citations import cites
from ..coefficients import Coefficients
from ..domains import ReflectBy
from ..errors import InputError
from ..operators import Local, Mean, Off, Scattering
from ..wavelets import Decimated, Kymatio
from ..wavelets.bank import FilterBank, make_bank
from ..wavelets.families.morlet_series import MorletSeries
from ..wavelets.family import AbstractFamily
from .door import CALLER, Door, checked_out_type, warn_ignored
from .layout import check_real_paths, count_paths, laid_out, meta_columns


@cites("andreux2020")
class Scattering1D(Door):
    """Scattering of series `(*batch, N)`: `(*batch, paths, samples)`, or a dict or list of paths.

    **Arguments** are Kymatio's:

    - `J`: number of octaves.
    - `shape`: N or (N,).
    - `Q`: wavelets per octave, one entry per order.
    - `T`: support of the averaging; None: 2^J; 0: none; "global": the mean.
    - `stride`: of the output, by default the power of two below T.
    - `max_order`: the highest order.
    - `out_type`: "array", "dict" (keys (), (n1,), (n1, n2)) or "list".

    **Errors** InputError (a ValueError) for 2^J > N, T > N, a stride above T, out_type="array" with T=0.

    >>> S = Scattering1D(J=6, shape=1024, Q=8)
    >>> S(np.zeros((3, 1024), np.float32)).shape, S.output_size(detail=True)
    ((3, 126, 16), (1, 38, 87))
    """

    operator: Scattering
    J: int = eqx.field(static=True)
    shape: tuple[int, ...] = eqx.field(static=True)
    Q: tuple[int, ...] = eqx.field(static=True)
    T: float | str = eqx.field(static=True)
    pads: tuple[int, int] = eqx.field(static=True)
    stride: int = eqx.field(static=True)
    max_order: int = eqx.field(static=True)
    out_type: str = eqx.field(static=True)

    def __init__(
        self, J, shape, Q=1, T=None, stride=None, max_order=2, oversampling=0, out_type="array", backend=None, **ignored
    ):
        warn_ignored(backend=backend, **ignored)
        self.J, self.max_order, self.out_type = J, max_order, checked_out_type(out_type, ("array", "dict", "list"))
        self.shape = (int(shape),) if np.ndim(shape) == 0 else tuple(map(int, shape))
        self.Q = tuple(Q) if isinstance(Q, Sequence) else (Q,)
        self.T = 2**J if T is None else T
        averaged = not (isinstance(self.T, str) or self.T == 0)
        if isinstance(self.T, str) and self.T != "global":
            raise InputError(f"T={T!r}: use a number of samples, None for 2^J, 0 for no averaging, or 'global'.")
        if self.T == 0 and out_type == "array":
            raise InputError("T=0 leaves paths of several lengths: use out_type='dict' or 'list'.")
        support = float(self.T) if averaged else 2.0**J
        self.stride = _stride(support, stride, oversampling) if averaged else 1
        families = _series_families(self.J, self.shape, self.Q, support, max_order)
        self.pads = _pads(families[0], self.N, support)
        pads = _sufficient(self.pads, self.N, 2.0**J, support)
        bank = _series_bank(families, pads, self.N, support, self.stride if averaged else None)
        kind = Local() if averaged else Off() if self.T == 0 else Mean()
        self.operator = Scattering(bank, max_order, kind, self.stride if averaged else None)

    def _scattered(self, x):
        check_real_paths(x, self.out_type)
        c = self.operator(x)
        if isinstance(self.operator.averaging, Mean):
            c = Coefficients(c.values[..., None], c.table, 1)
        return laid_out(c, self.out_type, ("j", "n"))

    def meta(self) -> dict[str, Any]:
        """Columns aligned with the paths: order (C,), xi, sigma, j, n (C, max_order; NaN: no such layer), and key."""
        return meta_columns(self.operator.table, self.max_order, ("xi", "sigma", "j", "n"))

    def output_size(self, detail: bool = False) -> int | tuple[int, ...]:
        """Number of paths, or of those of each order."""
        return count_paths(self.operator.table, self.max_order, detail)

    @property
    def N(self) -> int:
        """Length of the series."""
        return self.shape[0]

    @property
    def pad_left(self) -> int:
        """Samples that Kymatio adds before; this object adds fewer where the rest would move no digit."""
        return self.pads[0]

    @property
    def pad_right(self) -> int:
        """Samples that Kymatio adds after."""
        return self.pads[1]

    @property
    def ind_start(self) -> dict[int, int]:
        """First sample that Kymatio keeps at each octave of subsampling."""
        return {k: -(-self.pad_left // 2**k) for k in range(self._octaves)}

    @property
    def ind_end(self) -> dict[int, int]:
        """Last sample kept + 1 at each octave of subsampling."""
        return {k: -(-(self.pad_left + self.N) // 2**k) for k in range(self._octaves)}

    @property
    def _octaves(self) -> int:
        return int(math.log2(self.operator.bank.T)) + 1

    @property
    def _peer(self) -> FilterBank:
        """The bank on Kymatio's own torus."""
        bank = self.operator.bank
        families = [bank.layer(m).family for m in range(max(self.max_order, 1))]
        return _series_bank(families, self.pads, self.N, bank.T, self.stride)

    @property
    def psi1_f(self) -> list[dict[str, Any]]:
        """Filters of the first order over Kymatio's torus, with xi, sigma, j."""
        return _filters(self._peer, folded=False)

    @property
    def psi2_f(self) -> list[dict[str, Any]]:
        """Filters of the second order at each octave of subsampling."""
        return _filters(self._peer.layer(1), folded=True)

    @property
    def phi_f(self) -> dict[str, Any]:
        """The low-pass at each octave of subsampling."""
        low = self._peer.low_pass()
        return {"levels": [low.reshape(2**k, -1).sum(0) for k in range(self._octaves)], "xi": 0.0}


def from_030(values, S: Scattering1D) -> Array:
    """Coefficients that Kymatio 0.3.0 computed in one dimension, `(*batch, paths, samples)`, in the scale of `S`.

    That release folds filters with a mean: it has S 2^-K1 at order 1 and S 2^-(K1 + min(j2, log2 T)) at order 2,
    K1 = min(j1, log2 T).

    >>> S = Scattering1D(J=3, shape=256)
    >>> bool((from_030(np.ones((S.output_size(), 32), np.float32), S)[0] == 1).all())
    True
    """
    octaves = int(math.log2(S.operator.bank.T))
    scales = np.nan_to_num(S.meta()["j"])
    factors = 2.0 ** np.minimum(scales, octaves).sum(1)
    if np.shape(values)[-2] != len(factors):
        raise InputError(f"values have {np.shape(values)[-2]} paths, S has {len(factors)}: build S with their J, Q, T.")
    values = jnp.asarray(values)
    return values * factors.reshape((1,) * (values.ndim - 2) + (-1, 1)).astype(values.dtype)


def _series_families(J: int, shape: tuple[int, ...], Q: tuple[int, ...], T: float, order: int) -> list[MorletSeries]:
    """Kymatio's wavelets, one family per layer, or the remedy."""
    if len(shape) != 1:
        raise InputError(f"shape={shape} must be the length of a series, N or (N,).")
    N = shape[0]
    if not isinstance(J, int) or J < 1 or 2 ** min(J, 64) > N or not 1 <= T <= N:
        largest = int(math.log2(max(N, 1)))
        raise InputError(f"J={J}, T={T:g} for N={N}: use an integer J of 1 to {largest} and T of 1 to {N}.")
    Q = (*Q, *(1,) * (max(order, 1) - len(Q)))
    return [MorletSeries(J, q, constants=Kymatio()) for q in Q[: max(order, 1)]]


def _series_bank(
    families: Sequence[AbstractFamily], pads: tuple[int, int], N: int, T: float, stride: int | None
) -> FilterBank:
    """A bank on grids that keep every 2^K-th sample, K at most that of the stride."""
    most = None if stride is None else int(math.log2(stride))
    return make_bank(families, (N,), Decimated(most=most), ReflectBy((pads,)), None, T)


def _pads(family: MorletSeries, N: int, T: float) -> tuple[int, int]:
    """Kymatio's pads: six half supports of the low-pass, or as much as two reflections give, up to a power of two."""
    low = np.abs(np.fft.ifft(family.phi((N,), T)))[: N // 2]
    tails = np.cumsum(low[::-1])[::-1]
    small = np.flatnonzero(tails <= 1e-3)
    if not len(small):
        warnings.warn(
            f"the low-pass of T={T:g} is too wide for N={N}: borders are off; use a smaller T.", stacklevel=CALLER
        )
    half = 1 + int(small[0]) if len(small) else N // 2
    total = 2 ** min(math.ceil(math.log2(N + 6 * half)), math.floor(math.log2(3 * N - 2)))
    return (total - N) // 2, total - N - (total - N) // 2


def _sufficient(pads: tuple[int, int], N: int, scale: float, T: float) -> tuple[int, int]:
    """Pads of as many samples of Kymatio's as move the digits: its powers of two leave up to half of the torus unread.

    A coefficient reads the low-pass, of width T/.2 pi samples, and wavelets of at most 2^J/.2 pi, twice as wide from
    layer to layer: together a Gaussian, of which 8.5 widths leave 1e-17. Samples are kept where Kymatio keeps them.
    """
    reach = math.ceil(8.5 * math.hypot(T, math.sqrt(4 / 3) * scale) / (0.2 * math.pi))
    step = 2 ** math.ceil(math.log2(max(T, scale)))
    before = pads[0] % step + step * -(-max(reach - pads[0] % step, 0) // step)
    total = step * int(next_fast_len(-(-(before + N + reach) // step), real=True))
    return (before, total - before - N) if total < sum(pads) + N else pads


def _stride(T: float, stride: int | None, oversampling: int) -> int:
    most = 2 ** int(math.log2(max(T, 1)))
    if oversampling:
        warnings.warn("oversampling= is deprecated, as in Kymatio: use stride=.", DeprecationWarning, stacklevel=CALLER)
        return max(most >> oversampling, 1)
    stride = most if stride is None else stride
    if not isinstance(stride, int) or stride < 1 or stride & (stride - 1) or stride > most:
        raise InputError(f"stride={stride!r} must be a power of two of at most {most}, the one below T={T:g}.")
    return stride


def _filters(bank: FilterBank, *, folded: bool) -> list[dict[str, Any]]:
    """Kymatio's list of filters, `folded` to each octave of subsampling up to their own; "levels" is its word."""
    table, psi = bank.table, bank.filters()
    folds = lambda row: range(int(table["j"][row]) + 1 if folded else 1)
    return [
        {
            "levels": [psi[row].reshape(2**k, -1).sum(0) for k in folds(row)],
            **{name: table[name][row].item() for name in ("xi", "sigma", "j")},
        }
        for row in range(len(table))
    ]
