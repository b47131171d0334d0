r"""The correlation of the channels of a color image with one another, which sets its hues (Brochard et al. 2022).

Covariances of wavelet fields say how channels go together at each scale but not below $N/2^J$; stack this map beside
them for color, as the published code adds $\|K(y)-K(x)\|^2$ to its loss. It has few numbers and costs nothing.
"""

from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from ...citations import cites
from ...coefficients import Table
from ...errors import InputError
from ...operators.operator import check_channels
from ..base import NOTHING, AbstractUnmasked


@cites("brochard2022")
class ChannelCorrelation(AbstractUnmasked):
    r"""$K_{ab} = \frac1N\sum_u\frac{(x_a(u)-\bar x_a)(x_b(u)-\bar x_b)}{s_as_b}$ of channels a < b, N pixels.

    $\bar x_a$, $s_a$ (ddof 1) are each image's own, so that $K_{aa} = (N-1)/N$ of any image: it has no row. Each row
    stands for two entries of the symmetric matrix and weighs $\sqrt2$: the energy is that of the whole matrix,
    $\frac12\sum_{ab}(K_{ab}(y)-K_{ab}(x))^2$.

    **Arguments**

    - `shape`: (y, x).
    - `channels`: how many the fields `(*batch, channel, y, x)` have, 2 or more.

    >>> phi = ChannelCorrelation((8, 8), 3)
    >>> x = np.random.default_rng(0).normal(size=(3, 8, 8)).astype("float32")
    >>> phi(x).values.shape, phi(np.stack([x[0], 2 * x[0], -x[0]])).values.round(3).tolist()
    ((3,), [0.984000027179718, -0.984000027179718, -0.984000027179718])
    """

    shape: tuple[int, ...] = eqx.field(static=True)
    channels: int = eqx.field(static=True)

    def __init__(self, shape: Sequence[int], channels: int):
        self.shape, self.channels = tuple(shape), channels
        check_channels(channels)
        if channels is None or channels < 2:
            raise InputError(f"channels={channels}: one channel has no other to go with: give the field's, 2 or more.")

    def _pairs(self) -> tuple[np.ndarray, np.ndarray]:
        return np.triu_indices(self.channels, 1)

    @property
    def table(self):
        """One row per pair of channels."""
        first, second = self._pairs()
        return Table(kind=np.full(len(first), "channel correlation"), c1=first, c2=second)

    @property
    def weights(self):
        """The root of 2: each pair stands for two entries of the matrix."""
        return np.full(len(self._pairs()[0]), np.sqrt(2))

    @property
    def frozen(self):
        """Frozen numbers: none, as means and deviations are each image's own."""
        return NOTHING

    def numbers(self, x):
        """The correlation of each pair of channels."""
        pixels = x.reshape(self.channels, -1)
        centered = pixels - pixels.mean(1, keepdims=True)
        least = jnp.finfo(x.dtype).tiny
        deviation = jnp.sqrt(jnp.maximum(jnp.sum(centered**2, 1) / (pixels.shape[1] - 1), least))
        unit = centered / deviation[:, None]  # first, so that slopes are finite where a channel is constant
        return (jnp.matmul(unit, unit.T, precision="highest") / pixels.shape[1])[self._pairs()]

    def fit(self, target):
        """The map itself, as nothing is frozen; InputError for a target with a constant channel."""
        fields, _ = self.as_fields(target)
        pixels = np.asarray(fields)
        deviation = pixels.astype(float).std(tuple(range(-len(self.shape), 0)))
        constant = deviation <= 10 * np.finfo(pixels.dtype).eps * np.abs(pixels).max()
        if constant.any():
            raise InputError(f"channel {np.argwhere(constant)[0, -1]} of the target is constant: leave it out.")
        return self

    def at(self, shape: Sequence[int]) -> "ChannelCorrelation":
        """The same correlations on another canvas."""
        return ChannelCorrelation(shape, self.channels)
