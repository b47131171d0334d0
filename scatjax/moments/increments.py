r"""Histograms of the increments of a path: what scattering spectra leave free, and where fat tails shrink.

A series x (returns, velocity differences) is the steps of a path; its increments over a lag l are sums of l successive
samples. Models of scattering spectra keep their variance and dependence and lose their tails: S&P returns of kurtosis
10.9 come back with 6.0-6.4. `IncrementQuantiles` holds the whole histogram at a few lags, its tails most finely: choose
it. `IncrementMoments` holds skewness and kurtosis alone, in two smooth numbers a lag, and says less: one outlier can
make a kurtosis.

Increments do NOT wrap: T + 1 - l of them, as in `diagnostics.path_increments`. A series is not periodic, and sums over
its seam would be increments that the path does not have. The mean of the series is taken out first.
"""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..coefficients import Table
from ..errors import InputError
from .base import AbstractScaled
from .scattering_marginals import check_one_series

LAGS = (1, 4, 16, 64)


def window_sums(x: Float[Array, "time"], lag: int) -> Float[Array, "points"]:
    """Sums of `lag` successive samples, T + 1 - lag of them.

    By doubling, log2(lag) additions: a running sum of the path would round by its length.

    >>> window_sums(jnp.array([1.0, 2.0, 4.0, 8.0]), 3).tolist()
    [7.0, 14.0]
    """
    points, start, size, sums = len(x) + 1 - lag, 0, 1, x
    total = jnp.zeros(points, x.dtype)
    while size <= lag:
        if lag & size:
            total, start = total + sums[start : start + points], start + size
        if 2 * size <= lag:
            sums = sums[:-size] + sums[size:]
        size *= 2
    return total


def tail_edges(count: int, groups: int) -> np.ndarray:
    """The `groups` + 1 ranks that cut `count` sorted values into groups that grow geometrically from both ends.

    The smallest value is a group of its own, and so is the largest; none is empty.

    >>> tail_edges(1000, 8).tolist()
    [0, 1, 8, 63, 500, 937, 992, 999, 1000]
    """
    half, middle = groups / 2, count // 2
    k = np.arange(1, (groups + 1) // 2)
    low = np.floor(middle ** ((k - 1) / max(half - 1, 0.5)) + 0.5).astype(int)
    low = np.maximum(low, k)
    center = [] if groups % 2 else [middle]
    return np.concatenate([[0], low, center, count - low[::-1], [count]]).astype(int)


class _AbstractIncrements(AbstractScaled):
    """What maps of increments share: the lags, and the standard deviation of each as its scale."""

    lags: eqx.AbstractVar[tuple[int, ...]]

    def _increments(self, x: Array) -> list[Float[Array, "points"]]:
        centered = x - x.mean()
        return [window_sums(centered, lag) for lag in self.lags]

    def _power(self, x):
        return jnp.stack([jnp.var(d) for d in self._increments(x)])


class IncrementQuantiles(_AbstractIncrements):
    r"""The histogram of increments at each lag: $q_{l,i} = \langle d_{l,(u)}\rangle_{u\in\text{group }i}/\sigma_l$,

    $$d_l(t) = X(t+l) - X(t),\quad X = [0, \mathrm{cumsum}(x - \langle x\rangle)],\quad
    \sigma_l^2 = \mathrm{var}(d_l)$$

    for series `(*batch, time)`. The $T+1-l$ increments are sorted and cut into `groups`, which grow geometrically from
    both ends (`tail_edges`): the extremes stand alone, so that fourth moments are held. `fit` freezes $\sigma_l$. On
    another length (`at`) the groups keep their fractions.

    **Arguments** `shape`: (time,); `lags`: in samples; `groups`: numbers a lag.

    **Errors** InputError for lags that are not different integers between 1 and T, more groups than increments,
    channels, a target without variance.

    >>> phi = IncrementQuantiles((256,), lags=(1, 8), groups=8)
    >>> c = phi(np.random.default_rng(0).normal(size=256).astype("float32"))
    >>> len(c.table), bool((jnp.diff(c.values[:8]) > 0).all())
    (16, True)
    """

    shape: tuple[int, ...] = eqx.field(static=True)
    lags: tuple[int, ...] = eqx.field(static=True)
    groups: int = eqx.field(static=True)
    length: int = eqx.field(static=True)
    scale: Float[Array, "S"] | None = None
    channels: int | None = eqx.field(static=True, default=None)

    def __init__(
        self,
        shape: Sequence[int],
        lags: Sequence[int] = LAGS,
        groups: int = 32,
        scale=None,
        channels=None,
        length: int | None = None,
    ):
        check_one_series("IncrementQuantiles", shape, channels)
        self.shape, self.lags, self.groups = tuple(shape), _checked(lags, shape[0]), groups
        self.scale, self.channels, self.length = scale, None, shape[0] if length is None else length
        fewest = self.length + 1 - max(self.lags)
        if not isinstance(groups, int) or not 2 <= groups <= fewest:
            raise InputError(f"groups={groups!r} must be an integer from 2 to {fewest}: so many are the increments.")
        if any(np.diff(self._edges(lag)).min() < 1 for lag in self.lags):
            raise InputError(
                f"the {groups} groups of a series of {self.length} samples are finer than {shape[0]} samples can fill: "
                f"build the map for the shorter series, and measure a target of that length."
            )

    def _edges(self, lag: int) -> np.ndarray:
        """Ranks, those of the length that the map was built for at their fractions."""
        own, built = (length + 1 - lag for length in (self.shape[0], self.length))
        return np.floor(tail_edges(built, self.groups) * (own / built) + 0.5).astype(int)

    @property
    def table(self):
        """Rows by lag, then rank from the lowest."""
        columns = {"lag": np.repeat(self.lags, self.groups), "rank": np.tile(np.arange(self.groups), len(self.lags))}
        return Table(kind=np.full(len(columns["lag"]), "increment quantile"), **columns)

    def _scaled(self, x, scale):
        rows = [self._means(d, lag) for lag, d in zip(self.lags, self._increments(x), strict=True)]
        return (jnp.stack(rows) / scale[:, None]).reshape(-1)

    def _means(self, d: Float[Array, "points"], lag: int) -> Float[Array, "groups"]:
        sizes = np.diff(self._edges(lag))
        group = np.repeat(np.arange(self.groups), sizes)
        sums = jax.ops.segment_sum(jnp.sort(d), group, self.groups, indices_are_sorted=True)
        return sums / jnp.asarray(sizes, d.dtype)

    def at(self, shape: Sequence[int]) -> "IncrementQuantiles":
        """The same fractions of the histogram, with the same frozen scales, for series of another length."""
        return IncrementQuantiles(shape, self.lags, self.groups, self.scale, length=self.length)


class IncrementMoments(_AbstractIncrements):
    r"""Skewness $\langle c_l^3\rangle/\sigma_l^3$ and kurtosis $\langle c_l^4\rangle/\sigma_l^4$ of increments,

    $c_l = d_l - \langle d_l\rangle$, $\sigma_l^2 = \langle c_l^2\rangle$, $d_l$ as in `IncrementQuantiles`; kinds
    "increment skewness" and "increment kurtosis" (3 for a Gaussian). `fit` freezes $\sigma_l$.

    **Arguments** `shape`: (time,); `lags`: in samples. **Errors** as `IncrementQuantiles`.

    >>> phi = IncrementMoments((4096,), lags=(1, 4))
    >>> phi(np.random.default_rng(0).normal(size=4096).astype("float32"))["increment kurtosis"].round(1)
    Array([2.9, 2.9], dtype=float32)
    """

    shape: tuple[int, ...] = eqx.field(static=True)
    lags: tuple[int, ...] = eqx.field(static=True)
    scale: Float[Array, "S"] | None = None
    channels: int | None = eqx.field(static=True, default=None)

    def __init__(self, shape: Sequence[int], lags: Sequence[int] = LAGS, scale=None, channels=None):
        check_one_series("IncrementMoments", shape, channels)
        self.shape, self.lags, self.scale, self.channels = tuple(shape), _checked(lags, shape[0]), scale, None

    @property
    def table(self):
        """Skewness of every lag, then kurtosis."""
        kinds = np.repeat(["increment skewness", "increment kurtosis"], len(self.lags))
        return Table(kind=kinds, lag=np.tile(self.lags, 2))

    def _scaled(self, x, scale):
        units = [(d - d.mean()) / own for d, own in zip(self._increments(x), scale, strict=True)]
        return jnp.stack([(unit**power).mean() for power in (3, 4) for unit in units])

    def at(self, shape: Sequence[int]) -> "IncrementMoments":
        """The same moments, with the same frozen scales, for series of another length."""
        return IncrementMoments(shape, self.lags, self.scale)


def _checked(lags: Sequence[int], T: int) -> tuple[int, ...]:
    lags = tuple(int(lag) if isinstance(lag, np.integer) else lag for lag in lags)
    good = all(isinstance(lag, int) and 1 <= lag < T for lag in lags)
    if not lags or not good or len(set(lags)) < len(lags):
        raise InputError(f"lags={lags} must be different integers from 1 to {T - 1}, for a series of {T} samples.")
    return lags
