r"""Moments of one point: the histogram of a field, and its first four moments at every scale.

Scattering spectra say how scales depend on each other and leave the histogram almost free; stack one of these beside
them where a heavy tail or a sharp bound matters. `Quantiles` is the whole histogram in as many numbers as asked for,
`Marginals` a few numbers per scale.
"""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ...coefficients import Table, concatenate
from ...domains.torus import half_spectrum, real_field, times
from ...errors import InputError
from ...operators.operator import check_channels
from ...wavelets.family import check_scales, frequencies
from ..base import AbstractScaled, Frozen, freeze

SHAPES = ("log variance", "skewness", "kurtosis")


class Marginals(AbstractScaled):
    r"""Mean, variance, skewness and kurtosis of a field smoothed at each scale:

    $$\langle x\rangle/\sigma_0,\quad \log\langle c_j^2\rangle,\quad \langle c_j^3\rangle/\sigma_j^3,\quad
    \langle c_j^4\rangle/\sigma_j^4,\qquad c_j = (x-\langle x\rangle)\star g_j,\; \sigma_j^2 = \langle c_j^2\rangle$$

    for j = 0 (the field itself) to J, $\hat g_j(\omega) = e^{-(2^j|\omega|/\pi)^2/2}$. Smoothing keeps the mean, so it
    stands once. `fit` freezes $\sigma_j$ to the target's. The kurtosis of a Gaussian is 3.

    **Arguments**

    - `shape`: (y, x).
    - `J`: octaves of smoothing (0: the field alone).
    - `dtype`: of the filters; by default JAX's.

    >>> phi = Marginals((32, 32), J=2)
    >>> phi(np.random.default_rng(0).normal(size=(32, 32)).astype("float32"))["kurtosis"].shape, len(phi.table)
    ((3,), 10)
    """

    shape: tuple[int, ...] = eqx.field(static=True)
    J: int = eqx.field(static=True)
    smoothing: Float[Array, "J ..."]
    channels: int | None = eqx.field(static=True)
    frozen: Frozen | None

    def __init__(self, shape: Sequence[int], J: int, dtype=None):
        self.shape, self.J, self.channels, self.frozen = tuple(shape), J, None, None
        if J:
            check_scales(J, 1, self.shape)
        squared = sum(w[..., : shape[-1] // 2 + 1] ** 2 for w in frequencies(self.shape))
        gauss = [np.exp(-((2**j / np.pi) ** 2) * squared / 2) for j in range(1, J + 1)]
        smoothing = np.stack([np.ones_like(squared), *gauss])
        self.smoothing = jax.device_put(smoothing.astype(dtype or jnp.result_type(float)))

    @property
    def table(self):
        """Mean, then variance, skewness and kurtosis of every scale."""
        scales = np.arange(self.J + 1)
        kinds = ["mean/std"] + list(np.repeat(SHAPES, len(scales)))
        return Table(kind=kinds, j=np.concatenate([[-1], np.tile(scales, len(SHAPES))]))

    def _smoothed(self, x: Array) -> Float[Array, "scale ..."]:
        spectra = times(half_spectrum(x - x.mean(), x.ndim)[None], self.smoothing)
        return real_field(spectra, self.shape).reshape(self.J + 1, -1)

    def power(self, x):
        """The variance at every scale."""
        return (self._smoothed(x) ** 2).mean(1)

    def scaled(self, x, scale):
        """The four moments, given the deviations at every scale."""
        c = self._smoothed(x)
        variance = jnp.maximum((c**2).mean(1), jnp.finfo(x.dtype).tiny)
        unit = c / scale[:, None]
        return jnp.concatenate([(x.mean() / scale[0])[None], jnp.log(variance), (unit**3).mean(1), (unit**4).mean(1)])

    def at(self, shape: Sequence[int]) -> "Marginals":
        """The same moments on another canvas."""
        return freeze(Marginals(shape, self.J, self.smoothing.dtype), self.frozen)


class Quantiles(AbstractScaled):
    r"""The histogram as means of sorted pixels: $q_i = \langle x_{(u)}\rangle_{u\in\text{group }i}/\sigma$.

    The pixels are sorted and cut into `count` groups of equal size (to one pixel); $\sigma$ is the standard deviation
    (ddof 1), own or frozen by `fit`. `count` = the side of a square field is the "hist" of Cheng's
    scattering package.

    **Arguments**

    - `shape`: of the fields.
    - `count`: how many groups.
    - `channels`: None, or how many channels fields `(*batch, channel, *space)` have; each has its own rows.

    >>> np.asarray(Quantiles((2, 2), 2)(np.array([[3.0, 1.0], [2.0, 4.0]], "float32")).values).round(3).tolist()
    [1.1619999408721924, 2.7109999656677246]
    """

    shape: tuple[int, ...] = eqx.field(static=True)
    count: int = eqx.field(static=True)
    channels: int | None = eqx.field(static=True)
    frozen: Frozen | None

    def __init__(self, shape: Sequence[int], count: int, channels: int | None = None):
        self.shape, self.count, self.channels, self.frozen = tuple(shape), count, channels, None
        check_channels(channels)
        if not 1 <= count <= np.prod(self.shape):
            raise InputError(f"count={count} must be between 1 and the number of pixels, {np.prod(self.shape)}.")

    @property
    def table(self):
        """One row per group, from the lowest; channel after channel."""
        return by_channel(Table(kind=np.full(self.count, "quantile"), rank=np.arange(self.count)), self.channels)

    def power(self, x):
        """The variance of each channel."""
        return jnp.var(x.reshape(self.channels or 1, -1), axis=1, ddof=1)

    def scaled(self, x, scale):
        """The means of the groups, given the deviation of each channel."""
        pixels = jnp.sort(x.reshape(self.channels or 1, -1), axis=1)
        size = pixels.shape[1]
        group = np.repeat(np.arange(self.count), [len(g) for g in np.array_split(np.arange(size), self.count)])
        total = lambda row: jax.ops.segment_sum(row, group, self.count, indices_are_sorted=True)
        means = jax.vmap(total)(pixels) / jnp.asarray(np.bincount(group), x.dtype)[None]
        return (means / scale[:, None]).reshape(-1)

    def at(self, shape: Sequence[int]) -> "Quantiles":
        """The same quantiles on another canvas."""
        return freeze(Quantiles(shape, self.count, self.channels), self.frozen)


def by_channel(table: Table, channels: int | None) -> Table:
    """The rows of a table once per channel, with the column `channel`; as they are without channels.

    >>> by_channel(Table(rank=[0, 1]), 2)["channel"].tolist()
    [0, 0, 1, 1]
    """
    if channels is None:
        return table
    return concatenate([table] * channels, channel=np.repeat(np.arange(channels), len(table)))
