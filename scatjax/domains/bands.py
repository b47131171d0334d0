r"""Bands of wave numbers, and the sets of bands whose wave vectors can close a polygon: the static parts of spectra.

Everything here is NumPy, depends on shapes only, and is made once: binned spectra (`diagnostics`) and the moment
maps that constrain a power spectrum or a bispectrum share it. A wave number is counted in cycles per LONGEST side:
on a square it is the norm of integer wave numbers, and on any other canvas circles stay circles.
"""

import itertools
import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int

from ..errors import InputError
from .torus import wave_numbers

_CORNER = 1.415  # just above sqrt(2): the last band holds the corners of the Fourier plane (Cheng et al. 2023)


def wavenumbers(shape: Sequence[int]) -> Float[np.ndarray, "*space"]:
    r"""$|k|$ on the FFT grid, in cycles per longest side: $|k|^2 = \sum_i (n_i\, M/M_i)^2$, $M = \max_i M_i$.

    >>> wavenumbers((4, 4))[:, 1].round(3)
    array([1.   , 1.414, 2.236, 1.414])
    """
    sides = tuple(int(n) for n in shape)
    if not sides or min(sides) < 2:
        raise InputError(f"shape={sides} must be sides of at least 2 samples each.")
    longest = max(sides)
    return np.sqrt(sum((k * (longest / n)) ** 2 for k, n in zip(wave_numbers(sides), sides, strict=True)))


def log_edges(side: int, bins: int) -> Float[np.ndarray, "edges"]:
    r"""The `bins` + 1 edges of logarithmic bands: from 1 to $1.415\, M/2$, beyond the corners of a square of side M.

    >>> log_edges(128, 2).round(3)
    array([ 1.   ,  9.516, 90.56 ])
    """
    if side < 2 or bins < 1:
        raise InputError(f"side={side}, bins={bins}: use a side of at least 2 and at least one bin.")
    return np.logspace(0, math.log10(_CORNER * side / 2), bins + 1)


def bands(
    shape: Sequence[int], edges: Float[np.ndarray, "edges"], *, right: bool = False
) -> Bool[np.ndarray, "bands *space"]:
    r"""Masks of the bands $e_i \le |k| < e_{i+1}$; with `right` $e_i < |k| \le e_{i+1}$, as in `np.digitize`.

    The peer's polyspectra close their bands at the right, so that $|k| = 1$ is in none of them.

    >>> bands((8, 8), np.array([1.0, 2.0, 6.0])).sum((1, 2))
    array([ 8, 55])
    """
    label = np.digitize(wavenumbers(shape), edges, right=right) - 1
    return np.stack([label == band for band in range(len(edges) - 1)])


def polygons(edges: Float[np.ndarray, "edges"], order: int, slack: int | float = 0.5) -> Int[np.ndarray, "sets order"]:
    r"""Sets $i_1 \le \dots \le i_n$ of bands that may close: $\sum_{m<n} e_{i_m+1} > e_{i_n} + \text{slack}$.

    In lexicographic order. The condition on the edges is necessary; `count_polygons` says how many polygons there are.

    **Arguments**

    - `edges`: those of the bands, as `log_edges` gives.
    - `order`: 3 for the bispectrum, 4 for the trispectrum.
    - `slack`: 0.5 in the peer's polyspectra.

    >>> polygons(np.array([1.0, 2.0, 4.0, 8.0]), 3).tolist()
    [[0, 0, 0], [0, 0, 1], [0, 1, 1], [0, 1, 2], [0, 2, 2], [1, 1, 1], [1, 1, 2], [1, 2, 2], [2, 2, 2]]
    """
    if order < 3:
        raise InputError(f"order={order}: a polygon has at least 3 sides.")
    sets = itertools.combinations_with_replacement(range(len(edges) - 1), order)
    kept = [s for s in sets if sum(edges[i + 1] for i in s[:-1]) > edges[s[-1]] + slack]
    return np.array(kept, dtype=np.int64).reshape(-1, order)


def count_polygons(
    masks: Bool[np.ndarray, "bands *space"], sets: Int[np.ndarray, "sets order"]
) -> Float[np.ndarray, "sets"]:
    r"""Counts of ordered tuples of wave vectors, one of each band of a set, that sum to 0 on the torus.

    $\#= (\prod M_i)^{n-1} \sum_u h_{i_1}(u) \cdots h_{i_n}(u)$ with $h_i$ the inverse FFT of the indicator of band i.

    >>> count_polygons(bands((8, 8), np.array([0.5, 1.2, 1.5])), np.array([[0, 0, 0], [0, 0, 1]]))
    array([0., 8.])
    """
    axes = tuple(range(1, masks.ndim))
    size = math.prod(masks.shape[1:])
    indicator = np.fft.ifftn(masks, axes=axes).real
    sums = np.array([np.prod(indicator[list(s)], axis=0).sum() for s in sets])
    return np.rint(sums * float(size) ** (sets.shape[1] - 1)) + 0.0  # + 0.0: no negative zero


def bin_means(
    values: Float[np.ndarray, "*space"], masks: Bool[np.ndarray, "bands *space"]
) -> Float[np.ndarray, "bands"]:
    """The mean of `values` over each band; NaN for a band that holds no wave number.

    >>> bin_means(np.ones((8, 8)), bands((8, 8), np.array([1.0, 1.1, 1.2, 6.0])))
    array([ 1., nan,  1.])
    """
    count = masks.reshape(len(masks), -1).sum(1)
    total = masks.reshape(len(masks), -1).astype(values.dtype) @ values.reshape(-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
