r"""Marginals of the scattering of a series: $\langle|S|^q\rangle$ of wavelet fields and of those of the second layer,
one number per path and order q.

Scattering spectra hold the second-order products of these same fields; stack marginals beside them for sparsity of the
second layer (q = 1), or use them alone as a short summary (68 numbers at J = 6) to cluster or compare series. Cost: the
FFTs of a scattering transform of order 2.
"""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from ...citations import cites
from ...coefficients import Table
from ...domains.torus import Shape, crop, half_spectrum, place, times, whole_spectrum
from ...errors import InputError
from ...operators import Mean as MeanOver
from ...operators import modulus
from ...operators.averaging import AbstractPool
from ...operators.layers import convolved
from ...wavelets import FilterBank
from ..base import AbstractScaled, Frozen, freeze


@cites("morel2022", "scatspectra")
class ScatteringMarginals(AbstractScaled):
    r"""$\langle|S|^q\rangle$ of $S = [W_0, .., W_J, V_{00}, V_{01}, .., V_{J-1,J}]$ for series `(*batch, time)`:

    $$W_j = \frac{x\star\psi_j}{s_j},\quad V_{j_1j_2} = \frac{|x\star\psi_{j_1}|}{s_{j_1}}\star\psi_{j_2},\ j_1\le j_2,
    \quad s_j^2 = \langle|x\star\psi_j|^2\rangle$$

    with the low-pass at j = J (Morel et al. 2022, arXiv 2204.10177; scatspectra's "scat_marginal"). Means are over the
    canvas; `fit` freezes $s_j$. Rows: kind "W" (`j1`), then "V" (`j1` outside, `j2`), `q` inside; with several bands
    per octave also `n1`, `n2`.

    **Arguments**

    - `bank`: any bank of series, with any boundary.
    - `orders`: the exponents q, at least 1 (below, the slope at 0 is infinite).

    **Errors** InputError for a bank of images, orders that are not all >= 1, channels, a target without variance.

    >>> from scatjax.wavelets import battle_lemarie
    >>> phi = ScatteringMarginals(battle_lemarie((256,), J=6))
    >>> c = phi(np.random.default_rng(0).normal(size=256).astype("float32"))
    >>> c["W"].shape, c["V"].shape, len(c.table)
    ((14,), (54,), 68)
    """

    bank: FilterBank
    pool: AbstractPool
    orders: tuple[int | float, ...] = eqx.field(static=True)
    channels: int | None = eqx.field(static=True)
    frozen: Frozen | None

    def __init__(self, bank: FilterBank, orders: Sequence[int | float] = (1, 2), channels: int | None = None):
        check_one_series("ScatteringMarginals", bank.shape, channels)
        self.bank, self.orders, self.channels, self.frozen = bank, tuple(orders), None, None
        self.pool = MeanOver().pool(bank, None)
        if not self.orders or not all(q >= 1 for q in self.orders):
            raise InputError(f"orders={self.orders} must be exponents of at least 1: smaller ones have no slope at 0.")

    @property
    def shape(self):
        """Shape of the series taken."""
        return self.bank.shape

    @property
    def table(self):
        """One row for each field and order."""
        bands = [octaves(layer) for layer in (self.bank, self.bank.layer(1))]
        inner, outer = np.arange(len(bands[0])), _paths(self.bank)
        n1, n2 = np.concatenate([inner, outer[:, 0]]), np.concatenate([np.full(len(inner), -1), outer[:, 1]])
        columns = {"j1": bands[0][n1], "j2": np.where(n2 < 0, -1, bands[1][n2])}
        if max(len(octave) - 1 for octave in bands) > self.bank.J:
            columns |= {"n1": n1, "n2": n2}
        kind = np.repeat(["W", "V"], [len(inner), len(outer)])
        rows = {name: np.repeat(column, len(self.orders)) for name, column in ({"kind": kind} | columns).items()}
        return Table(**rows, q=np.tile(self.orders, len(kind)))

    def power(self, x):
        """The power of each band of the first layer."""
        fields = first_layer(self.bank, x, _grids(self.bank))
        return jnp.concatenate([self.pool(modulus(w) ** 2) for w in fields])

    def scaled(self, x, scale):
        """The marginals, given the scales of the bands."""
        later = [*self.bank.layer(1).grids, self.bank.grids[-1]]
        first, second = _scattered(self.bank, x, _grids(self.bank), later)
        every = [jnp.concatenate([self._averages(field) for field in layer]) for layer in (first, second)]
        values = jnp.concatenate([every[0], every[1][_place(self.bank)]])
        divisors = jnp.stack([scale[self._inner()] ** q for q in self.orders], -1)
        return (values / divisors).reshape(-1)

    def _averages(self, fields: Complex[Array, "n time"]) -> Float[Array, "n Q"]:
        u = modulus(fields)
        return jnp.stack([self.pool(u**q) for q in self.orders], -1)

    def _inner(self) -> np.ndarray:
        """The band of the first layer by whose scale each field is divided."""
        return np.concatenate([np.arange(len(octaves(self.bank))), _paths(self.bank)[:, 0]])

    def fields(self, x) -> Complex[Array, "*batch field time"]:
        """S(t) itself at every sample, in the order of the rows: divided by the field's own scales, or the frozen ones.

        >>> from scatjax.wavelets import battle_lemarie
        >>> ScatteringMarginals(battle_lemarie((256,), J=6)).fields(np.ones((2, 256), "float32")).shape
        (2, 34, 256)
        """
        x, batch = self.as_fields(x)
        out = _mapped_fields(self, x)
        return out.reshape(*batch, *out.shape[1:])

    def _fields(self, x: Array) -> Complex[Array, "field time"]:
        whole = self.bank.domain.padded
        layers = [[whole] * (layer.scales + 1) for layer in (self.bank, self.bank.layer(1))]
        first, second = map(jnp.concatenate, _scattered(self.bank, x, *layers))
        every = self.bank.domain.unpad(jnp.concatenate([first, second[_place(self.bank)]]))
        own = self._own(x) if self.frozen is None else self.frozen.scale
        return times(every, 1 / own[self._inner()][:, None])

    def _own(self, x: Array) -> Float[Array, "S"]:
        return jnp.sqrt(jnp.maximum(self.power(x), jnp.finfo(x.dtype).tiny))

    def at(self, shape: Sequence[int]) -> "ScatteringMarginals":
        """The same marginals, with the same frozen scales, on another canvas."""
        return freeze(ScatteringMarginals(self.bank.at(shape), self.orders), self.frozen)


@eqx.filter_jit
def _mapped_fields(phi: ScatteringMarginals, x: Array) -> Array:
    return jax.vmap(phi._fields)(x)


def check_one_series(name: str, shape: Sequence[int], channels: int | None) -> None:
    """Raise InputError for what is not one series."""
    if len(shape) != 1:
        raise InputError(f"{name} takes series, shape {tuple(shape)} has {len(shape)} axes: use (time,).")
    if channels is not None:
        raise InputError(
            f"channels={channels}: {name} takes one series, and a stack of one map a channel is not supported; pass "
            f"(channel, time) as a batch, or use ScatteringSpectra(bank, channels={channels})."
        )


def octaves(bank: FilterBank) -> np.ndarray:
    """The scale j of each band, the low-pass last.

    >>> from scatjax.wavelets import battle_lemarie
    >>> octaves(battle_lemarie((64,), J=3))
    array([0, 1, 2, 3])
    """
    counts = [len(psi) for psi in bank.psi] + [1]
    return np.repeat(np.arange(len(counts)), counts)


def first_layer(bank: FilterBank, x: Array, grids: Sequence[Shape]) -> list[Complex[Array, "_ _"]]:
    """Fields x * psi_j of each scale, then x * phi, not divided, each on its grid (pad included)."""
    spectra = bank.domain.spectrum(x[None])
    return [_filtered(spectra, psi, grid)[0] for psi, grid in zip([*bank.psi, bank.phi[None]], grids, strict=True)]


def _grids(bank: FilterBank) -> list[Shape]:
    return [*bank.grids, bank.grids[-1]]


def _filtered(spectra: Complex[Array, "n time"], psi: Array, grid: Shape) -> Complex[Array, "n bands _"]:
    """A low-pass may reach beyond the grid of the last scale, in what is negligible: whole periods alone may alias."""
    if psi.shape[-1] > grid[0] and psi.shape[-1] % grid[0]:
        psi = crop(psi, (grid[0] - 1,))
    return convolved(spectra, psi, grid, 1)


def _scattered(bank: FilterBank, x: Array, inner: Sequence[Shape], outer: Sequence[Shape]):
    """Fields of both layers, not divided: by scale of the first, and by outer scale (paths, time) as in `_computed`.

    The low-pass is the first layer's in both, as in `ScatteringSpectra`.
    """
    first, later = first_layer(bank, x, inner), bank.layer(1)
    moduli = [bank.domain.renewed(modulus(w)) for w in first[:-1]]
    wholes = [whole_spectrum(half_spectrum(u, 1), grid) for u, grid in zip(moduli, inner, strict=False)]
    second = []
    for j, (psi, grid) in enumerate(zip([*later.psi, bank.phi[None]], outer, strict=True)):
        box = psi.shape[1:]
        spectra = jnp.concatenate([place(crop(whole, box), box) for whole in wholes[: _last_inner(later, j)]])
        second.append(_filtered(spectra, psi, grid).reshape(-1, *grid))
    return first, second


def _last_inner(later: FilterBank, j: int) -> int | None:
    """The number of inner scales that outer scale j follows: all those of j1 <= j, the low-pass all."""
    return None if j == later.scales else j + 1


def _computed(bank: FilterBank) -> np.ndarray:
    """(paths, 2): inner and outer band of each field of the second layer, as `_scattered` makes them."""
    inner, outer = octaves(bank)[:-1], octaves(bank.layer(1))
    pairs = []
    for j in range(outer[-1] + 1):
        n1 = np.flatnonzero((inner <= j) | (j == outer[-1]))
        n2 = np.flatnonzero(outer == j)
        pairs.append(np.stack(np.meshgrid(n1, n2, indexing="ij"), -1).reshape(-1, 2))
    return np.concatenate(pairs)


def _place(bank: FilterBank) -> np.ndarray:
    """The places of the rows, inner band outside, among the computed fields."""
    n1, n2 = _computed(bank).T
    return np.lexsort((n2, n1))


def _paths(bank: FilterBank) -> np.ndarray:
    """(paths, 2) in the order of the rows."""
    return _computed(bank)[_place(bank)]
