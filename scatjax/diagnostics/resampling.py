r"""Errors of any statistic of one series: the stationary bootstrap (Politis, Romano 1994, JASA 89, 1303).

New series of the same length are made of blocks of the old one, of geometric lengths around `block`, from uniform
starts, the end joined to the beginning; the statistic's spread over them is its error. Samples within a block keep
their dependence, so the error is right if dependence dies out over a block and the series holds many blocks. Pairs
across a joint are broken: a statistic of lag l loses about the share $l/$`block` of them, and its resamples lie that
much nearer to independence; bands are therefore around the value, not where the resamples are.

Two corrections of ours for long blocks b: resamples scatter about the series' own mean, which takes $(2b - 1)/N$ of the
variance of white noise, and is put back; the band is Student's with $N/b$ degrees of freedom, as many blocks there are.
Bands of 90 % then cover 89-91 % of white noise (400 paths of 1024; kurtosis 86 %), and two of them fail to meet at
1-2.5 points in 100, the rate of false alarms. Where volatility remembers 50 samples (60 paths of 2048) they cover 72-90
%, and 60-73 % for kurtosis: errors of what rests on a few largest returns are half of what they should be, there and in
markets.
"""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from jaxtyping import Float

from ..citations import cites
from ..errors import InputError
from .checks import one_field


@dataclasses.dataclass(frozen=True, eq=False)
class Estimate:
    """A statistic with its standard `error` and its band `low`..`high`, arrays of one shape.

    >>> Estimate(np.ones(2), np.ones(2), np.zeros(2), np.full(2, 2.0)).value.shape
    (2,)
    """

    value: np.ndarray
    error: np.ndarray
    low: np.ndarray
    high: np.ndarray


@cites("politis1994")
def bootstrap(
    statistic: Callable[..., Any],
    r,
    seed: int = 0,
    block: int | float | None = None,
    samples: int = 200,
    level: int | float = 0.9,
    **arguments,
) -> Estimate:
    """`statistic(r, **arguments)`, an array, with its standard error and the band that covers `level`, by `resamples`.

    Entries that are NaN (a strike that no window reaches) in more than half of the resamples have a NaN error.

    **Arguments**

    - `statistic`: any function of one series that returns real numbers; it is handed `arguments`.
    - `r`: the series.
    - `block`, `samples`, `seed`: as of `resamples`.
    - `level`: the share of errors that the band covers.

    **Errors** InputError unless r is one series and samples, level, block are in range.

    >>> r = np.random.default_rng(0).standard_normal(1024)
    >>> mean = bootstrap(np.mean, r, block=8)
    >>> float(mean.error.round(3)), bool(mean.low < mean.value < mean.high)
    (0.03, True)
    """
    from scipy.special import stdtrit

    if not 0 < level < 1:
        raise InputError(f"level={level} must be between 0 and 1, such as 0.9.")
    series = _series(r)
    value = np.asarray(statistic(series, **arguments))
    if value.dtype.kind not in "fiu":
        raise InputError(f"the statistic returns {value.dtype}, not real numbers: choose a part, such as h.density.")
    block = _mean_length(len(series), block)
    rows = _indices(len(series), seed, block, samples)
    draws = np.stack([np.asarray(statistic(series[row], **arguments), float) for row in rows])
    held = np.isfinite(draws).mean(0) > 0.5
    lost = 1 - (2 * block - 1) / len(series)
    error = np.where(held, np.nanstd(np.where(held, draws, 0), 0, ddof=1) / np.sqrt(lost), np.nan)
    reach = stdtrit(len(series) / block, (1 + level) / 2) * error
    return Estimate(value, error, np.asarray(value - reach), np.asarray(value + reach))


def resamples(
    r, seed: int = 0, block: int | float | None = None, samples: int = 200
) -> Float[np.ndarray, "samples time"]:
    r"""Series of blocks of r, in its dtype: over the first axis `phi(resamples(r))` spreads by the error of `phi(r)`.

    **Arguments**

    - `r`: the series.
    - `block`: the mean length of blocks, several times the longest lag of the statistic, by default $N^{2/3}$; 1:
      samples are taken for independent.
    - `samples`, `seed`: how many new series, and which.

    **Errors** InputError unless r is one series, 1 <= block <= N/4 and samples >= 2.

    >>> resamples(np.arange(8.0), seed=0, block=2, samples=2)
    array([[5., 5., 6., 2., 3., 4., 5., 6.],
           [3., 1., 2., 3., 4., 5., 2., 4.]])
    """
    series = _series(r)
    rows = _indices(len(series), seed, _mean_length(len(series), block), samples)
    return np.stack([series[row] for row in rows])


def _series(r) -> np.ndarray:
    """One finite series of at least 4 samples, in its own dtype: that is what its statistic is made for."""
    if len(one_field(r, "r", 1)) < 4:
        raise InputError(f"r has {len(r)} samples: a bootstrap needs 4 or more.")
    return np.asarray(r)


def _mean_length(length: int, block: int | float | None) -> float:
    block = min(length ** (2 / 3), length / 4) if block is None else block
    if not 1 <= block <= length / 4:
        raise InputError(f"block={block} must be between 1 and {length / 4:g}, a quarter of the series.")
    return float(block)


def _indices(length: int, seed: int, block: float, samples: int) -> Iterator[np.ndarray]:
    """Indices of the samples of each new series: uniform starts with probability 1/block, else the next, cyclic."""
    if samples < 2:
        raise InputError(f"samples={samples}: a spread needs at least 2, an error of 10 % some 50.")
    generator, at = np.random.default_rng(seed), np.arange(length)
    for _ in range(samples):
        begins = generator.random(length) < 1 / block
        begins[0] = True
        origin = np.maximum.accumulate(np.where(begins, at, 0))
        starts = generator.integers(length, size=length)
        yield (starts[origin] + at) % length
