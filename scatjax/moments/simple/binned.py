r"""Moments over bands of wave numbers: the power spectrum and the bispectrum, binned, as constraints.

The same bands and the same formulas as `diagnostics`, written for one field in JAX. Stack `PowerSpectrum` beside
scattering spectra where the spectrum has to be right to a fraction of a decibel at every wave number, k = 1 and the
corners too: wavelets leave both nearly free.
"""

from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ...coefficients import Table
from ...domains.bands import bands, count_polygons, log_edges, polygons
from ...domains.torus import half_spectrum, real_field
from ...errors import InputError
from ...operators.operator import check_channels
from ..base import NOTHING, AbstractScaled, AbstractUnmasked, Frozen
from .marginals import by_channel


def _half(masks: np.ndarray) -> np.ndarray:
    """Bands over the half plane of a real field."""
    return masks[..., : masks.shape[-1] // 2 + 1]


def _mirrors(shape: Sequence[int]) -> np.ndarray:
    """The number of wave numbers that each column of the half plane stands for: 2, or 1 where it is its own mirror."""
    column = np.arange(shape[-1] // 2 + 1)
    return np.where((column == 0) | (2 * column == shape[-1]), 1, 2)


class PowerSpectrum(AbstractUnmasked):
    r"""$\log\langle|\hat x(k)|^2/N\rangle$ over logarithmic bands $e_i \le |k| < e_{i+1}$, edges $1 \dots 1.415\,M/2$.

    Every wave number but 0 is in one band, the corners too; a band without wave number has no row. k is counted in
    cycles per longest side M. `floor` (a power) keeps the logarithm finite; unless given, `fit` sets it to 1e-12 of the
    target's mean power. Give it, or use fewer `bins`, where the target leaves a band empty (dealiased simulations):
    float32 cannot empty that band, and a synthesis would spend its steps there.

    **Arguments**

    - `shape`: of the fields.
    - `bins`: how many bands.
    - `floor`: the least power; None: set by `fit`.
    - `channels`: None, or how many channels fields `(*batch, channel, *space)` have; each has its own rows.

    >>> phi = PowerSpectrum((32, 32), bins=5)
    >>> phi(np.random.default_rng(0).normal(size=(32, 32)).astype("float32")).values.shape
    (5,)
    """

    shape: tuple[int, ...] = eqx.field(static=True)
    bins: int = eqx.field(static=True)
    floor: Float[Array, ""] | None = None
    channels: int | None = eqx.field(static=True, default=None)

    def __init__(self, shape: Sequence[int], bins: int = 10, floor=None, channels: int | None = None):
        self.shape, self.bins, self.channels = tuple(shape), bins, channels
        check_channels(channels)
        self.floor = None if floor is None else jnp.asarray(floor, jnp.result_type(float))
        log_edges(max(self.shape), bins)

    def _bands(self) -> tuple[np.ndarray, np.ndarray]:
        masks = bands(self.shape, log_edges(max(self.shape), self.bins))
        kept = np.flatnonzero(masks.reshape(self.bins, -1).any(1))
        return kept, masks[kept]

    @property
    def table(self):
        """One row per band that holds wave numbers; channel after channel."""
        kept, _ = self._bands()
        return by_channel(Table(kind=np.full(len(kept), "log power"), band=kept), self.channels)

    @property
    def weights(self):
        """One for each row."""
        return np.ones(len(self.table))

    @property
    def frozen(self):
        """Frozen numbers: none, as the floor guards a logarithm and divides no moment."""
        return NOTHING

    def numbers(self, x):
        """The logarithm of the mean power of each band."""
        _, masks = self._bands()
        dimension, size = len(self.shape), int(np.prod(self.shape))
        count = masks.reshape(len(masks), -1).sum(1)
        weights = _half(masks) * _mirrors(self.shape) / count.reshape(-1, *(1,) * dimension) * size
        spectrum = half_spectrum(x, dimension)
        power = (spectrum.real**2 + spectrum.imag**2).reshape(self.channels or 1, -1)
        mean = jnp.matmul(power, jnp.asarray(weights.reshape(len(masks), -1).T, x.dtype), precision="highest")
        floor = jnp.finfo(x.dtype).tiny if self.floor is None else self.floor.astype(x.dtype)
        return jnp.log(jnp.maximum(mean, floor)).reshape(-1)

    def fit(self, target):
        """Set the floor to 1e-12 of the target's variance, the mean of its power; a floor that is set stays."""
        if self.floor is not None:
            return self
        fields, _ = self.as_fields(target)
        variance = jnp.mean(jnp.var(fields, axis=tuple(range(-len(self.shape), 0))))
        return PowerSpectrum(self.shape, self.bins, 1e-12 * variance, self.channels)

    def at(self, shape: Sequence[int]) -> "PowerSpectrum":
        """InputError: the bands of another canvas would be other wave numbers per pixel."""
        raise InputError(
            f"the bands of a PowerSpectrum belong to its canvas {self.shape}, not {tuple(shape)}: leave it out of maps "
            f"that are moved to another canvas; ScatteringSpectra(ends=True) moves."
        )


class Bispectrum(AbstractScaled):
    r"""$\langle c_1c_2c_3\rangle/\sqrt{p_1p_2p_3}$ over sets of bands $i_1\le i_2\le i_3$ that can close a triangle.

    $c_i$ is the field filtered to the band $e_i<|k|\le e_{i+1}$ and $p_i=\langle c_i^2\rangle$, own or frozen by
    `fit`: a correlation coefficient, 0 on average for a Gaussian field (`diagnostics.band_bispectrum`; Cheng's
    "image" up to a constant per set).

    **Arguments**

    - `shape`: of the fields.
    - `bins`: how many bands.

    >>> phi = Bispectrum((32, 32), bins=4)
    >>> len(phi.table), phi(np.random.default_rng(0).normal(size=(32, 32)).astype("float32")).values.dtype
    (16, dtype('float32'))
    """

    shape: tuple[int, ...] = eqx.field(static=True)
    bins: int = eqx.field(static=True)
    channels: int | None = eqx.field(static=True)
    frozen: Frozen | None

    def __init__(self, shape: Sequence[int], bins: int = 5):
        self.shape, self.bins, self.channels, self.frozen = tuple(shape), bins, None, None
        if not len(self._sets()):
            raise InputError(f"shape={self.shape} holds no triangle in {bins} bands: use fewer, or a larger field.")

    def _sets(self) -> np.ndarray:
        edges = log_edges(max(self.shape), self.bins)
        sets = polygons(edges, 3, slack=0)
        return sets[count_polygons(bands(self.shape, edges, right=True), sets) > 0]

    @property
    def table(self):
        """One row per set of three bands."""
        first, second, third = self._sets().T
        return Table(kind=np.full(len(first), "bispectrum"), band1=first, band2=second, band3=third)

    def _filtered(self, x: Array) -> Float[Array, "band pixel"]:
        masks = _half(bands(self.shape, log_edges(max(self.shape), self.bins), right=True))
        spectra = jnp.where(jnp.asarray(masks), half_spectrum(x, x.ndim)[None], 0)
        return real_field(spectra, self.shape).reshape(self.bins, -1)

    def power(self, x):
        """The power of each band."""
        return (self._filtered(x) ** 2).mean(1)

    def scaled(self, x, scale):
        """The mean products of three bands, given their scales."""
        c = self._filtered(x) / scale[:, None]
        first, second, third = self._sets().T
        return jnp.mean(c[first] * c[second] * c[third], axis=1)

    def at(self, shape: Sequence[int]) -> "Bispectrum":
        """InputError, as of `PowerSpectrum`: the bands belong to the canvas."""
        raise InputError(f"the bands of a Bispectrum belong to {self.shape}, not {tuple(shape)}: leave it out.")
