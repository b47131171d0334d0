r"""Histogram matching: give the pixels of a field the histogram of another, by rank.

What wavelet covariances leave open of the histogram, the published code of rectifier covariances repairs after the
descent, by this map. It moves every pixel a little and so moves the moments too; `sj.Quantiles` in the energy is the
other way, and keeps both.
"""

import numpy as np

from ..citations import cites
from ..errors import InputError, check_finite, check_real


@cites("brochard2022")
def match_histogram(x, target, bins: int = 100) -> np.ndarray:
    r"""The field x with the histogram of the target: $x(u) \mapsto F^{-1}(r(u))$, $r \in (0, 1]$ the rank of the pixel.

    F is the piecewise linear distribution function of a histogram of the target in `bins` equal bins; equal pixels
    share their mean rank (Brochard, Zhang and Mallat 2022). Of fields with three axes, `(channel, y, x)`, each channel
    is matched to the target's own.

    **Arguments**

    - `x`, `target`: (time,), (y, x) or (channel, y, x), of any sides; of the target NaN are gaps.
    - `bins`: number of bins of the histogram.

    **Returns** the shape and dtype of x.

    **Errors** InputError for other ranks, channels that differ, bins < 1.

    >>> match_histogram(np.array([3.0, 1.0, 2.0, 1.0]), np.array([0.0, 1.0, 2.0, 4.0]), bins=2).round(6)
    array([4. , 1.5, 3. , 1.5])
    """
    check_real(x, "x")
    check_real(target, "target")
    x, target = np.asarray(x), np.asarray(target)
    check_finite(x, "x")
    color = x.ndim == 3
    if x.ndim != target.ndim or x.ndim not in (1, 2, 3) or (color and len(x) != len(target)):
        raise InputError(f"x has shape {x.shape}, target {target.shape}: give both one rank, and as many channels.")
    if not isinstance(bins, (int, np.integer)) or bins < 1:
        raise InputError(f"bins={bins} must be an integer of at least 1.")
    pairs = zip(x, target, strict=True) if color else [(x, target)]
    matched = [_matched(one, own, bins) for one, own in pairs]
    return np.stack(matched) if color else matched[0]


def _matched(x: np.ndarray, target: np.ndarray, bins: int) -> np.ndarray:
    from scipy.stats import rankdata

    known = target[~np.isnan(target)].astype(float)
    if not known.size:
        raise InputError("target holds gaps alone: there is no histogram to match.")
    if known.min() == known.max():  # np.histogram would give it a width of 1
        return np.full(x.shape, known[0], x.dtype)
    count, edges = np.histogram(known, bins)
    cumulative = np.concatenate([[0], np.cumsum(count)]) / known.size
    rank = rankdata(x.reshape(-1).astype(float)) / x.size
    # the bin in which F first reaches the rank: at the level of an empty bin that is the pixel below the gap, as it
    # should be, where np.interp would take the one above
    place = np.clip(np.searchsorted(cumulative, rank, side="left"), 1, bins)
    inside = (rank - cumulative[place - 1]) / (cumulative[place] - cumulative[place - 1])
    values = edges[place - 1] + inside * (edges[place] - edges[place - 1])
    return values.astype(x.dtype).reshape(x.shape)
