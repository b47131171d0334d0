r"""Binned bispectrum and trispectrum: third and fourth order moments of band-passed fields.

A set of bands contributes where wave vectors, one of each band, sum to zero. With $c_i$ the field filtered to band i,
$B = \sum_u c_1 c_2 c_3$ costs one product per set instead of a sum over triangles. Choose `band_bispectrum` to judge a
field against a target (5 bands, the quality tables); `bispectrum` and `trispectrum` follow the peer
(SihaoCheng/scattering_transform, Cheng et al. 2023) in bands and normalizations, to constrain or compare them.
"""

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float, Int

from ..citations import cites
from ..domains.bands import bands, bin_means, count_polygons, log_edges, polygons
from ..errors import InputError
from .checks import check_pair, varying

Normalization = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def by_power(sums: np.ndarray, powers: np.ndarray, counts: np.ndarray) -> Float[np.ndarray, "sets"]:
    r"""$B/\sqrt{P_1 P_2 P_3}$, the peer's "image": `powers` are the products over a set.

    >>> by_power(np.array([6.0]), np.array([4.0]), np.array([5.0]))
    array([3.])
    """
    return sums / np.sqrt(powers)


def by_count(sums: np.ndarray, powers: np.ndarray, counts: np.ndarray) -> Float[np.ndarray, "sets"]:
    r"""$B/n$, the peer's "dirac": the mean of $F_1 F_2 F_3$ over closed triangles.

    >>> by_count(np.array([6.0]), np.array([4.0]), np.array([3.0]))
    array([2.])
    """
    return sums / counts


def by_both(sums: np.ndarray, powers: np.ndarray, counts: np.ndarray) -> Float[np.ndarray, "sets"]:
    r"""$B/\sqrt{P_1 P_2 P_3}/n$, the peer's "both" and its default.

    >>> by_both(np.array([6.0]), np.array([4.0]), np.array([3.0]))
    array([1.])
    """
    return sums / np.sqrt(powers) / counts


def closed_sets(
    masks: Bool[np.ndarray, "bands *space"], edges: Float[np.ndarray, "edges"], order: int
) -> tuple[Int[np.ndarray, "sets order"], Float[np.ndarray, "sets"]]:
    r"""The sets of `polygons` that have a closed polygon on this grid, and their $n = \#/N^{\,\mathrm{order}/2 - 1}$.

    The peer keeps sets without one, whose value is 0/0 or noise over noise; here they have no row.

    >>> edges = log_edges(16, 3)
    >>> sets, n = closed_sets(bands((16, 16), edges, right=True), edges, 3)
    >>> len(polygons(edges, 3)), len(sets), bool((n > 0).all())
    (9, 9, True)
    """
    sets = polygons(edges, order)
    counts = count_polygons(masks, sets)
    sets, counts = sets[counts > 0], counts[counts > 0]
    return sets, counts / float(math.prod(masks.shape[1:])) ** (order / 2 - 1)


def filtered(
    x: Float[np.ndarray, "*space"], masks: Bool[np.ndarray, "bands *space"]
) -> Float[np.ndarray, "bands *space"]:
    """The field restricted to each band.

    >>> x = np.random.default_rng(0).standard_normal((8, 8))
    >>> bool(np.allclose(filtered(x, bands((8, 8), np.array([0.0, 2.0, 9.0]))).sum(0), x))
    True
    """
    axes = tuple(range(1, masks.ndim))
    return np.fft.ifftn(np.fft.fftn(x) * masks, axes=axes).real


def _polyspectrum(
    x, bins: int, order: int, normalize: Normalization
) -> tuple[Int[np.ndarray, "sets order"], Float[np.ndarray, "sets"]]:
    x = varying(x)
    edges = log_edges(max(x.shape), bins)
    masks = bands(x.shape, edges, right=True)
    sets, counts = closed_sets(masks, edges, order)
    parts = filtered(x, masks)
    powers = bin_means(np.abs(np.fft.fftn(x)) ** 2 / x.size, masks)
    sums = np.array([np.prod(parts[s], axis=0).sum() for s in sets])
    return sets, normalize(sums, np.prod(powers[sets], axis=1), counts)


@cites("scatteringtransform")
def bispectrum(
    x, bins: int = 6, normalize: Normalization = by_both
) -> tuple[Int[np.ndarray, "sets 3"], Float[np.ndarray, "sets"]]:
    r"""The peer's binned bispectrum: the sets $i_1 \le i_2 \le i_3$ of bands and $B = \sum_u c_1 c_2 c_3$, normalized.

    Bands $e_i < |k| \le e_{i+1}$ of `log_edges`, $c_i$ = orthonormal inverse FFT of the band, $P_i$ = mean of $|F|^2$
    over it, n = number of closed triangles over $\sqrt N$. Unlike the peer, sets without closed triangle are left out.

    **Arguments**

    - `x`: one field of any dimension.
    - `bins`: number of bands.
    - `normalize`: `by_both` (default), `by_power` or `by_count`, or any callable of (sums, powers, counts).

    **Errors** InputError for a constant field.

    >>> sets, values = bispectrum(np.random.default_rng(0).standard_normal((32, 32)), bins=4)
    >>> sets.shape, values.shape
    ((16, 3), (16,))
    """
    return _polyspectrum(x, bins, 3, normalize)


@cites("scatteringtransform")
def trispectrum(
    x, bins: int = 4, normalize: Normalization = by_both
) -> tuple[Int[np.ndarray, "sets 4"], Float[np.ndarray, "sets"]]:
    r"""The peer's binned trispectrum: four bands, $e_{i_1+1} + e_{i_2+1} + e_{i_3+1} > e_{i_4} + .5$.

    All else is as in `bispectrum`: $T = \sum_u c_1 c_2 c_3 c_4$, normalized.
    Nothing is subtracted: a Gaussian field has a trispectrum wherever the bands pair up.

    >>> sets, values = trispectrum(np.random.default_rng(0).standard_normal((32, 32)), bins=2)
    >>> sets.tolist()
    [[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 1], [0, 1, 1, 1], [1, 1, 1, 1]]
    """
    return _polyspectrum(x, bins, 4, normalize)


def band_bispectrum(x, bins: int = 5) -> tuple[Int[np.ndarray, "sets 3"], Float[np.ndarray, "sets"]]:
    r"""$\langle c_1 c_2 c_3\rangle/\sqrt{p_1 p_2 p_3}$ of the standardized field.

    $p_i = \langle c_i^2\rangle$; sets with $e_{i_1+1} + e_{i_2+1} > e_{i_3}$: correlations of three bands, of
    order 1 for strong coupling, 0 on average for Gaussian fields.

    **Errors** InputError if a band holds no power.

    >>> sets, values = band_bispectrum(np.random.default_rng(0).standard_normal((64, 64)))
    >>> len(values), bool(np.abs(values).max() < 0.5)
    (25, True)
    """
    x = varying(x)
    edges = log_edges(max(x.shape), bins)
    parts = filtered((x - x.mean()) / x.std(), bands(x.shape, edges, right=True))
    power = (parts**2).reshape(len(parts), -1).mean(1)
    if (power <= np.finfo(float).eps ** 2).any():
        raise InputError(
            f"x holds no power in band {int(power.argmin())} of {bins}: use fewer bins, or a larger field."
        )
    sets = polygons(edges, 3, slack=0)
    values = np.array([np.prod(parts[s], axis=0).mean() for s in sets])
    return sets, values / np.sqrt(np.prod(power[sets], axis=1))


def bispectrum_error(target, candidate, bins: int = 5) -> tuple[float, float]:
    """RMSE of the candidate's `band_bispectrum`, and the rms of the target's, which says what is large.

    >>> x = np.random.default_rng(0).standard_normal((64, 64))
    >>> bispectrum_error(x, x)[0]
    0.0
    """
    target, candidate = check_pair(target, candidate)
    true, other = band_bispectrum(target, bins)[1], band_bispectrum(candidate, bins)[1]
    return float(np.sqrt(((other - true) ** 2).mean())), float(np.sqrt((true**2).mean()))
