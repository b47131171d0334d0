r"""Errors of any statistic of one series: the stationary bootstrap (Politis, Romano 1994, JASA 89, 1303).

New series of the same length are made of blocks of the old one, of geometric lengths around `block`, from uniform
starts, the end joined to the beginning; the statistic's spread over them is its error. Samples within a block keep their
dependence, so the error is right if dependence dies out over a block and the series holds many blocks. Pairs across a
joint are broken: a statistic of lag l loses the share $l/$`block` of its pairs, and its resamples lie that much nearer to
independence; bands are therefore those of the resamples about their own mean, moved to the value.
"""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from jaxtyping import Float

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


def bootstrap(
    statistic: Callable[..., Any],
    r,
    seed: int = 0,
    block: int | float | None = None,
    samples: int = 200,
    level: float = 0.9,
    **arguments,
) -> Estimate:
    """`statistic(r, **arguments)` with its standard error and the band that covers `level`, by `resamples`.

    Entries that are NaN (a strike that no window reaches) in more than half of the resamples have a NaN error.

    **Raises** InputError unless r is one series and samples, level, block are in range.

    >>> r = np.random.default_rng(0).standard_normal(1024)
    >>> mean = bootstrap(np.mean, r, block=8)
    >>> float(mean.error.round(3)), bool(mean.low < mean.value < mean.high)
    (0.031, True)
    """
    if not 0 < level < 1:
        raise InputError(f"level={level} must be between 0 and 1, such as 0.9.")
    series = one_field(r, "r", 1)
    value = np.asarray(statistic(series, **arguments), float)
    rows = _indices(len(series), seed, block, samples)
    draws = np.stack([np.asarray(statistic(series[row], **arguments), float) for row in rows])
    held = np.isfinite(draws).mean(0) > 0.5
    draws = np.where(held, draws, 0)
    shift = value - np.nanmean(draws, 0)
    low, high = np.nanquantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0) + shift
    kept = lambda x: np.where(held, x, np.nan)
    return Estimate(value, kept(np.nanstd(draws, 0, ddof=1)), kept(low), kept(high))


def resamples(
    r, seed: int = 0, block: int | float | None = None, samples: int = 200
) -> Float[np.ndarray, "samples time"]:
    """Series of blocks of r; a moment map of them, `phi(resamples(r))`, has the spread that is the error of `phi(r)`.

    **Arguments** `block`: the mean length of blocks, several times the longest lag of the statistic, by default
    $N^{2/3}$; 1: samples are taken for independent.

    >>> resamples(np.arange(6.0), seed=0, block=3, samples=2)
    """
    series = one_field(r, "r", 1)
    return np.stack([series[row] for row in _indices(len(series), seed, block, samples)])


def _indices(length: int, seed: int, block: int | float | None, samples: int) -> Iterator[np.ndarray]:
    """Which sample stands where: a new uniform start with probability 1/block, else the next one, cyclic."""
    block = length ** (2 / 3) if block is None else block
    if not 1 <= block <= length:
        raise InputError(f"block={block} must be between 1 and {length}, the length of the series.")
    if samples < 2:
        raise InputError(f"samples={samples}: a spread needs at least 2, an error of 10 % some 50.")
    generator, at = np.random.default_rng(seed), np.arange(length)
    for _ in range(samples):
        begins = generator.random(length) < 1 / block
        begins[0] = True
        origin = np.maximum.accumulate(np.where(begins, at, 0))
        starts = generator.integers(length, size=length)
        yield (starts[origin] + at - origin) % length
