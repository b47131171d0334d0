r"""Structure functions: moments of the increments of an image along its axes, the classical statistics of turbulence.

Phase harmonics and scattering spectra hold the variance of increments and leave their tails nearly, not wholly, fixed:
stack these with a small weight where structure functions, or the kurtosis of increments, must be right to the percent.
"""

from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ...coefficients import Table
from ...errors import InputError
from ..base import AbstractScaled, Frozen, freeze

LAGS, ORDERS = (1, 2, 4, 8, 16), (1, 2, 3, 4)


class StructureFunctions(AbstractScaled):
    r"""$S_q(l) = \langle|x(u+le) - x(u)|^q\rangle^{1/q}/\sigma_l$ for each axis e, lag l and order q.

    $\sigma_l^2 = \langle|x(u+le) - x(u)|^2\rangle$, the field's own until `fit` freezes the target's. Increments wrap:
    fields are periodic. Rows, kind "structure", by axis (0 = y), lag, order.

    **Arguments**

    - `shape`: (y, x).
    - `lags`: in samples.
    - `orders`: the exponents q, integers from 1.

    **Errors** InputError for lags that are not different integers from 1 to half of the shorter side, orders below 1.

    >>> phi = StructureFunctions((64, 64), lags=(1, 4), orders=(2, 4))
    >>> c = phi(np.random.default_rng(0).normal(size=(64, 64)).astype("float32"))
    >>> np.asarray(c["structure"], float).round(1).tolist()     # (1, 3^(1/4)) of a Gaussian field
    [1.0, 1.3, 1.0, 1.3, 1.0, 1.3, 1.0, 1.3]
    """

    shape: tuple[int, ...] = eqx.field(static=True)
    lags: tuple[int, ...] = eqx.field(static=True)
    orders: tuple[int, ...] = eqx.field(static=True)
    channels: int | None = eqx.field(static=True)
    frozen: Frozen | None

    def __init__(
        self,
        shape: Sequence[int],
        lags: Sequence[int] = LAGS,
        orders: Sequence[int] = ORDERS,
        channels: int | None = None,
    ):
        if len(shape) != 2 or channels is not None:
            raise InputError(f"StructureFunctions takes one image; shape={tuple(shape)}, channels={channels}.")
        most = min(shape) // 2
        if not len(lags) or len(set(lags)) < len(lags) or not all(isinstance(l, int) and 1 <= l <= most for l in lags):
            raise InputError(f"lags={tuple(lags)} must be different integers from 1 to {most}, half of the side.")
        if not len(orders) or not all(isinstance(q, int) and q >= 1 for q in orders):
            raise InputError(f"orders={tuple(orders)} must be integers from 1.")
        self.shape, self.lags, self.orders = tuple(shape), tuple(lags), tuple(orders)
        self.channels, self.frozen = None, None

    @property
    def table(self):
        """One row for each axis, lag and order."""
        axis, lag, order = (i.reshape(-1) for i in np.meshgrid((0, 1), self.lags, self.orders, indexing="ij"))
        return Table(kind=np.full(len(axis), "structure"), axis=axis, lag=lag, order=order)

    def _increments(self, x: Array) -> list[Array]:
        return [jnp.roll(x, -lag, axis) - x for axis in (0, 1) for lag in self.lags]

    def power(self, x):
        """The mean square of each increment."""
        return jnp.stack([jnp.mean(d**2) for d in self._increments(x)])

    def scaled(self, x, scale):
        """The roots of the moments, given the scales of the increments."""
        tiny = jnp.finfo(x.dtype).tiny
        units = [d / own for d, own in zip(self._increments(x), scale, strict=True)]
        sizes = [jnp.where(unit < 0, -unit, unit) for unit in units]  # slope 0 at 0
        moments = [(jnp.mean(size**q), q) for size in sizes for q in self.orders]
        # the root has no slope at 0
        return jnp.stack([jnp.where(m > tiny, jnp.maximum(m, tiny) ** (1 / q), 0) for m, q in moments])

    def at(self, shape: Sequence[int]) -> "StructureFunctions":
        """The same moments, with the same frozen scales, on another canvas."""
        return freeze(StructureFunctions(shape, self.lags, self.orders), self.frozen)
