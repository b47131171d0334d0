"""The door for people who come from Kymatio: `from scatjax.kymatio import Scattering1D`, and nothing else to change.

Names, order and defaults of the arguments, array layouts, `meta()` and `output_size()` are those of kymatio main
(11552ed, 0.4.0.dev0; the released 0.3.0 scales one dimension otherwise, see `from_030`). Objects are frozen pytrees:
`jax.jit(S)`, `jax.vmap(S)`, `jax.grad`, `jax.jvp` and pickle work. Where this differs, on purpose:

- `T='global'` is the mean over the signal; Kymatio sums over the padded axis, subsampled by a different step a scale;
- complex signals are taken (`sj.Scattering`), integers are refused with the remedy;
- 3D computes in the dtype of the input, on the right grid for odd sides too (Kymatio's wavelets have a mean there);
- `backend=` and `frontend=` are ignored with a warning; `Q` may have an entry an order, and `max_order` any value.

New code is shorter with `sj.Scattering` on a bank of `sj.wavelets`: choose the boundary, its reach, the path rule.
"""

import math
import warnings
from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from scipy.fft import next_fast_len

from .coefficients import Coefficients, Table
from .domains import Periodic, ReflectBy
from .errors import InputError
from .operators import Local, Mean, Off, Scattering, SolidHarmonicScattering
from .wavelets import Decimated, Kymatio, morlet
from .wavelets.bank import FilterBank, make_bank
from .wavelets.morlet_series import MorletSeries


class _Door(eqx.Module):
    """What the three share: `S(x)`, `S.scattering(x)`, and words for what Kymatio's objects can do and these not."""

    def __call__(self, x):
        """Scattering coefficients, laid out as `out_type` says."""
        return self._scattered(x)

    def scattering(self, x):
        """The same as `S(x)`."""
        return self._scattered(x)

    def __getattr__(self, name: str):
        remedies = {
            **dict.fromkeys(("cuda", "cpu", "to"), "arrays are where `jax.device_put` or JAX_PLATFORMS puts them"),
            **dict.fromkeys(("register_filters", "load_filters", "create_filters"), "filters are made at once"),
        }
        hint = f": {remedies[name]}" if name in remedies else ""
        raise AttributeError(f"{type(self).__name__} has no {name!r}{hint}.")

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            super().__setattr__(name, value)
        except AttributeError as error:
            raise AttributeError(f"{type(self).__name__} is frozen: build a new one with {name}={value!r}.") from error

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other) -> bool:
        return self is other


class Scattering1D(_Door):
    """Scattering of series `(*batch, N)`: `(*batch, paths, samples)`, or a dict or list of paths.

    **Arguments** as Kymatio's: `J` octaves, `shape` = N or (N,), `Q` wavelets an octave (one entry an order), `T`
    averaging support (None: 2^J; 0: none; "global": the mean), `stride` of the output (default: the power of two below
    T), `max_order`, `out_type` = "array", "dict" (keys (), (n1,), (n1, n2)) or "list".

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
        _warn_ignored(backend=backend, **ignored)
        self.J, self.max_order, self.out_type = J, max_order, _out_type(out_type, ("array", "dict", "list"))
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
        _check_real_paths(x, self.out_type)
        c = self.operator(x)
        if isinstance(self.operator.averaging, Mean):
            c = Coefficients(c.values[..., None], c.table, 1)
        return _laid_out(c, self.out_type, ("j", "n"))

    def meta(self) -> dict[str, Any]:
        """Columns aligned with the paths: order (C,), xi, sigma, j, n (C, max_order; NaN: no such layer), and key."""
        return _meta(self.operator.table, self.max_order, ("xi", "sigma", "j", "n"))

    def output_size(self, detail: bool = False) -> int | tuple[int, ...]:
        """Number of paths, or of those of each order."""
        return _count(self.operator.table, self.max_order, detail)

    @property
    def N(self) -> int:
        """Length of the series."""
        return self.shape[0]

    @property
    def pad_left(self) -> int:
        """Samples that Kymatio adds before; this object adds as many as move the digits, or fewer."""
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
        return _filters(self._peer, levels=False)

    @property
    def psi2_f(self) -> list[dict[str, Any]]:
        """Filters of the second order at each octave of subsampling."""
        return _filters(self._peer.layer(1), levels=True)

    @property
    def phi_f(self) -> dict[str, Any]:
        """The low-pass at each octave of subsampling."""
        low = self._peer.low_pass()
        return {"levels": [low.reshape(2**k, -1).sum(0) for k in range(self._octaves)], "xi": 0.0}


class Scattering2D(_Door):
    """Scattering of images `(*batch, M, N)`: `(*batch, paths, M/2^J, N/2^J)`, or a list of paths.

    **Arguments** as Kymatio's: `J` octaves, `shape` = (M, N), `L` angles, `max_order`, `pre_pad` (fields come padded,
    of shape `padded_shape`), `out_type` = "array" or "list". The pad of 2^J leaves coefficients at the border off by up
    to 14 % (order 1) and 30 % (order 2) of the largest: `sj.Scattering` with `Reflect()` brings that to 1e-3.

    >>> S = Scattering2D(J=2, shape=(32, 32))
    >>> S(np.zeros((3, 32, 32), np.float32)).shape, S.output_size(detail=True)
    ((3, 81, 8, 8), (1, 16, 64))
    """

    operator: Scattering
    J: int = eqx.field(static=True)
    shape: tuple[int, ...] = eqx.field(static=True)
    L: int = eqx.field(static=True)
    max_order: int = eqx.field(static=True)
    pre_pad: bool = eqx.field(static=True)
    out_type: str = eqx.field(static=True)

    def __init__(self, J, shape, L=8, max_order=2, pre_pad=False, backend=None, out_type="array", **ignored):
        _warn_ignored(backend=backend, **ignored)
        self.J, self.shape, self.L, self.max_order, self.pre_pad = J, tuple(map(int, shape)), L, max_order, pre_pad
        self.out_type = _out_type(out_type, ("array", "list"))
        if not isinstance(J, int) or J < 1 or 2**J > min(self.shape):
            raise InputError(f"J={J} must be an integer of 1 to {int(math.log2(min(self.shape)))} for {self.shape}.")
        before = tuple((P - M) // 2 for P, M in zip(self.padded_shape, self.shape, strict=True))
        by = tuple((b, P - M - b) for b, P, M in zip(before, self.padded_shape, self.shape, strict=True))
        canvas, boundary = (self.padded_shape, Periodic()) if pre_pad else (self.shape, ReflectBy(by))
        bank = morlet(canvas, J, L, constants=Kymatio(), oversampling=Decimated(most=J), boundary=boundary)
        self.operator = Scattering(bank, max_order)

    @property
    def padded_shape(self) -> tuple[int, ...]:
        """Sides of the torus: multiples of 2^J."""
        return tuple(((M + 2**self.J) // 2**self.J + 1) * 2**self.J for M in self.shape)

    def _scattered(self, x):
        _check_real_paths(x, self.out_type)
        c = self.operator(x)
        first = 1 if self.pre_pad else 0
        rows, columns = (slice(first, first + M // 2**self.J) for M in self.shape)
        c = Coefficients(c.values[..., rows, columns], c.table, 2)
        return _laid_out(c, self.out_type, ("j", "n", "theta"))

    def meta(self) -> dict[str, Any]:
        """Columns aligned with the paths: order (C,), j, theta (index), xi, n (C, max_order), and key."""
        return _meta(self.operator.table, self.max_order, ("j", "theta", "xi", "n"))

    def output_size(self, detail: bool = False) -> int | tuple[int, ...]:
        """Number of paths, or of those of each order."""
        return _count(self.operator.table, self.max_order, detail)


class HarmonicScattering3D(_Door):
    """Solid harmonic scattering of volumes `(*batch, M, N, O)`: `(*batch, paths, L+1, powers)`.

    **Arguments** as Kymatio's; `method` must be "integral" and `points` None. Paths are the scales j1 = 0..J, then the
    pairs j1 < j2. Sums of x^q itself (order 0) are in `sj.SolidHarmonicScattering(order_zero=True)`.

    >>> S = HarmonicScattering3D(J=1, shape=(8, 8, 8), L=1)
    >>> S(np.zeros((2, 8, 8, 8), np.float32)).shape
    (2, 3, 2, 3)
    """

    operator: SolidHarmonicScattering
    max_order: int = eqx.field(static=True)

    def __init__(
        self,
        J,
        shape,
        L=3,
        sigma_0=1,
        max_order=2,
        rotation_covariant=True,
        method="integral",
        points=None,
        integral_powers=(0.5, 1.0, 2.0),
        backend=None,
        **ignored,
    ):
        _warn_ignored(backend=backend, **ignored)
        if method != "integral" or points is not None:
            raise InputError(f"method={method!r}, points={points!r}: use method='integral' and points=None.")
        self.max_order = max_order
        self.operator = SolidHarmonicScattering(
            shape, J, L, sigma_0, max_order, rotation_covariant, tuple(integral_powers)
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the volumes."""
        return self.operator.shape

    def _scattered(self, x):
        c, powers = self.operator(x), self.operator.integral_powers
        return c.values.reshape(*c.values.shape[:-1], -1, self.operator.L + 1, len(powers))


def from_030(values, S: Scattering1D) -> Array:
    """What Kymatio 0.3.0 computed in one dimension, `(*batch, paths, samples)`, in the scale of main and of `S`.

    0.3.0 folds filters with a mean: it has S 2^-K1 at order 1 and S 2^-(K1 + min(j2, log2 T)) at order 2, K1 = min(j1,
    log2 T).

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
    """Kymatio's wavelets, one family a layer, or the remedy."""
    if len(shape) != 1:
        raise InputError(f"shape={shape} must be the length of a series, N or (N,).")
    N = shape[0]
    if not isinstance(J, int) or J < 1 or 2**J > N or not 1 <= T <= N:
        largest = int(math.log2(max(N, 1)))
        raise InputError(f"J={J}, T={T:g} for N={N}: use an integer J of 1 to {largest} and T of 1 to {N}.")
    Q = (*Q, *(1,) * (max(order, 1) - len(Q)))
    return [MorletSeries(J, q, constants=Kymatio()) for q in Q[: max(order, 1)]]


def _series_bank(
    families: list[MorletSeries], pads: tuple[int, int], N: int, T: float, stride: int | None
) -> FilterBank:
    """A bank on grids that keep every 2^K-th sample, K at most that of the stride."""
    most = None if stride is None else int(math.log2(stride))
    return make_bank(families, (N,), Decimated(most=most), ReflectBy((pads,)), None, T)


def _pads(family: MorletSeries, N: int, T: float) -> tuple[int, int]:
    """Kymatio's: six half supports of the low-pass, or as much as two reflections give, up to a power of two."""
    low = np.abs(np.fft.ifft(family.phi((N,), T)))[: N // 2]
    tails = np.cumsum(low[::-1])[::-1]
    small = np.flatnonzero(tails <= 1e-3)
    if not len(small):
        warnings.warn(f"the low-pass of T={T:g} is too wide for N={N}: borders are off; use a smaller T.", stacklevel=4)
    half = 1 + int(small[0]) if len(small) else N // 2
    total = 2 ** min(math.ceil(math.log2(N + 6 * half)), math.floor(math.log2(3 * N - 2)))
    return (total - N) // 2, total - N - (total - N) // 2


def _sufficient(pads: tuple[int, int], N: int, scale: float, T: float) -> tuple[int, int]:
    """As many samples of Kymatio's pads as move the digits: its powers of two leave up to half of the torus unread.

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
        warnings.warn("oversampling= is deprecated, as in Kymatio: use stride=.", DeprecationWarning, stacklevel=3)
        return max(most >> oversampling, 1)
    stride = most if stride is None else stride
    if not isinstance(stride, int) or stride < 1 or stride & (stride - 1) or stride > most:
        raise InputError(f"stride={stride!r} must be a power of two of at most {most}, the one below T={T:g}.")
    return stride


def _warn_ignored(backend=None, frontend=None, **unknown) -> None:
    if unknown:
        raise TypeError(f"unknown arguments {sorted(unknown)}; see kymatio.org for those of this class.")
    for name, value in (("backend", backend), ("frontend", frontend)):
        if value is not None:
            warnings.warn(f"{name}={value!r} is ignored: scatjax computes with JAX.", UserWarning, stacklevel=3)


def _out_type(out_type: str, known: tuple[str, ...]) -> str:
    if out_type not in known:
        raise InputError(f"out_type={out_type!r}: use one of {known}.")
    return out_type


def _check_real_paths(x, out_type: str) -> None:
    """Kymatio's keys know no sign of frequency, and one path of order 0."""
    if out_type != "array" and np.iscomplexobj(x):
        raise InputError(f"complex fields have no out_type={out_type!r}: use 'array', or sj.Scattering and its table.")


def _by_layer(table: Table, name: str) -> list[np.ndarray]:
    """The columns name1, name2, .. of a table; n = j L + l where bands have angles, and their theta is an index."""
    layers = [m for m in range(1, 1 + int(table["order"].max())) if f"j{m}" in table.columns]
    if name == "n" and "l1" in table.columns:
        angles = 1 + max((int(table[f"l{m}"].max()) for m in layers), default=0)
        return [np.where(table[f"j{m}"] < 0, -1, table[f"j{m}"] * angles + table[f"l{m}"]) for m in layers]
    return [table[f"{'l' if name == 'theta' else name}{m}"] for m in layers]


def _keys(table: Table) -> list[tuple[int, ...]]:
    """(n1, .., nm) of each row."""
    columns = _by_layer(table, "n")
    return [tuple(int(n) for n in row if n >= 0) for row in np.stack(columns, 1)] if columns else [()] * len(table)


def _count(table: Table, max_order: int, detail: bool) -> int | tuple[int, ...]:
    counts = np.bincount(table["order"], minlength=max_order + 1)
    return tuple(int(n) for n in counts) if detail else int(counts.sum())


def _meta(table: Table, max_order: int, names: tuple[str, ...]) -> dict[str, Any]:
    out: dict[str, Any] = {"order": table["order"], "key": _keys(table)}
    for name in names:
        columns = [np.where(np.asarray(c) == -1, np.nan, c).astype(float) for c in _by_layer(table, name)]
        columns += [np.full(len(table), np.nan)] * (max_order - len(columns))
        out[name] = np.stack(columns, 1) if columns else np.zeros((len(table), 0))
    return out


def _laid_out(c: Coefficients | tuple[Coefficients, ...], out_type: str, names: tuple[str, ...]):
    """An array, a dict of paths, or a list of them in Kymatio's order."""
    if out_type == "array":
        assert isinstance(c, Coefficients)
        return c.values
    found: dict[tuple[int, ...], tuple[Array, dict[str, Any]]] = {}
    for piece in c if isinstance(c, tuple) else (c,):
        values = jnp.moveaxis(piece.values, -1 - piece.sites, 0)
        columns = {name: _by_layer(piece.table, name) for name in names}
        for row, key in enumerate(_keys(piece.table)):
            found[key] = values[row], {n: tuple(int(v[row]) for v in c if v[row] >= 0) for n, c in columns.items()}
    keys = sorted(found, key=lambda key: (len(key), key))
    if out_type == "dict":
        return {key: found[key][0] for key in keys}
    return [{"coef": found[key][0], "order": len(key), **found[key][1]} for key in keys]


def _filters(bank: FilterBank, levels: bool) -> list[dict[str, Any]]:
    table, psi = bank.table, bank.filters()
    folds = lambda row: range(int(table["j"][row]) + 1 if levels else 1)
    return [
        {
            "levels": [psi[row].reshape(2**k, -1).sum(0) for k in folds(row)],
            **{name: table[name][row].item() for name in ("xi", "sigma", "j")},
        }
        for row in range(len(table))
    ]
