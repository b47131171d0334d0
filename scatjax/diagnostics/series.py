r"""Statistics of time series of returns: paths and their increments, volatility clustering, leverage.

A series r (log returns, velocity differences) is not periodic: increments of its path
$X = [0, \mathrm{cumsum}(r - \langle r\rangle)]$ are taken without wrapping. Choose these for one-dimensional data;
`increments` is for periodic fields; `bootstrap` gives each its error. See Cont 2001 (Quantitative
Finance 1, 223) for what the statistics mean in finance.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from ..errors import InputError
from .checks import one_field, varying
from .pixels import kurtosis, skewness

PATH_LAGS = (1, 2, 4, 8, 16, 32, 64)
_HISTOGRAM_LAGS = (1, 4, 16, 64)


def path_increments(r, lag: int) -> Float[np.ndarray, "points"]:
    r"""$d_l(t) = X(t + l) - X(t)$ of the path $X = [0, \mathrm{cumsum}(r - \langle r\rangle)]$, $T + 1 - l$ of them.

    **Errors** InputError unless r is one series (time,) with at least `lag` samples.

    >>> path_increments(np.array([1.0, 2.0, 3.0]), 2)
    array([-1.,  1.])
    """
    r = one_field(r, "r", dimension=1)
    if not 1 <= lag <= len(r):
        raise InputError(f"lag={lag} must be between 1 and {len(r)}, the length of the series.")
    path = np.concatenate([[0.0], np.cumsum(r - r.mean())])
    return path[lag:] - path[:-lag]


def path_structure_functions(
    r, orders: Sequence[int | float] = (1, 2, 3, 4), lags: Sequence[int] = PATH_LAGS
) -> Float[np.ndarray, "orders lags"]:
    r"""$S_q(l) = \langle|d_l|^q\rangle$ of the path of a series.

    >>> path_structure_functions(np.array([1.0, -1.0, 1.0, -1.0]), (2,), (1, 2))
    array([[1., 0.]])
    """
    moduli = [np.abs(path_increments(r, lag)) for lag in lags]
    return np.array([[(d**q).mean() for d in moduli] for q in orders])


def path_structure_error(
    target, candidate, orders: Sequence[int | float] = (1, 2, 3, 4), lags: Sequence[int] = PATH_LAGS
) -> Float[np.ndarray, "orders"]:
    r"""$\frac1{|l|}\sum_l|S_q^s(l)/S_q^r(l) - 1|$ for each order; the two series may have different lengths.

    >>> r = np.random.default_rng(0).standard_normal(256)
    >>> path_structure_error(r, 2 * r)
    array([ 1.,  3.,  7., 15.])
    """
    target, candidate = varying(target, "target", 1), varying(candidate, "candidate", 1)
    true, other = (path_structure_functions(r, orders, lags) for r in (target, candidate))
    return np.abs(other / true - 1).mean(1)


def path_kurtosis(r, lags: Sequence[int] = PATH_LAGS) -> Float[np.ndarray, "lags"]:
    r"""$\langle z^4\rangle$ of the standardized increments of a path at each lag: 3 for Gaussian returns.

    It falls towards 3 at long lags the slower, the longer volatility remembers.

    >>> path_kurtosis(np.random.default_rng(0).standard_normal(40_000), (1, 4)).round(1)
    array([3., 3.])
    """
    return np.array([kurtosis(path_increments(r, lag)) for lag in lags])


def path_skewness(r, lags: Sequence[int] = PATH_LAGS) -> Float[np.ndarray, "lags"]:
    r"""$\langle z^3\rangle$ of the standardized increments of a path at each lag: 0 for a symmetric law.

    >>> path_skewness(np.array([0.0, 0.0, 0.0, 1.0]), (1,)).round(4)
    array([1.1547])
    """
    return np.array([skewness(path_increments(r, lag)) for lag in lags])


@dataclasses.dataclass(frozen=True, eq=False)
class IncrementHistogram:
    """Densities of standardized increments: `centers` (bins,), `density` (lags, bins), `gaussian` (bins,) beside them.

    >>> IncrementHistogram(np.zeros(1), np.full((2, 1), 0.5), np.full(1, 0.4)).density.shape
    (2, 1)
    """

    centers: Float[np.ndarray, "bins"]
    density: Float[np.ndarray, "lags bins"]
    gaussian: Float[np.ndarray, "bins"]


def increment_histogram(
    r, lags: Sequence[int] = _HISTOGRAM_LAGS, edges: Sequence[int | float] | np.ndarray | None = None
) -> IncrementHistogram:
    r"""The histogram of $z = (d_l - \langle d_l\rangle)/\mathrm{std}(d_l)$ at each lag, and the Gaussian's.

    Densities are counts over all increments and the width of the bin, so what falls outside is missing from the sum;
    the Gaussian is averaged over each bin as the data are.

    **Arguments**

    - `r`: the series.
    - `lags`: of the increments, in samples.
    - `edges`: ascending, by default -10, -9.75..10: the same for every series, so that histograms can be compared and
      bootstrapped.

    **Errors** InputError for edges that do not ascend, lags out of reach, a path that is constant.

    >>> h = increment_histogram(np.random.default_rng(0).standard_normal(4096), (1,))
    >>> h.density.shape, round(float(h.density.sum() / 4), 6)
    ((1, 80), 1.0)
    """
    from scipy.special import ndtr

    bounds = np.linspace(-10, 10, 81) if edges is None else np.asarray(edges, float)
    if bounds.ndim != 1 or len(bounds) < 2 or not (np.diff(bounds) > 0).all():
        raise InputError(f"edges={edges!r} must ascend: two or more bounds of bins, such as np.linspace(-6, 6, 49).")
    width = np.diff(bounds)
    rows = [np.histogram(_standardized(path_increments(r, lag)), bounds)[0] / (len(r) + 1 - lag) for lag in lags]
    return IncrementHistogram((bounds[1:] + bounds[:-1]) / 2, np.array(rows) / width, np.diff(ndtr(bounds)) / width)


def _standardized(increments: np.ndarray) -> np.ndarray:
    d = varying(increments, "the path's increment", 1)
    return (d - d.mean()) / d.std()


def volatility_autocorrelation(r, lags: int = 100) -> Float[np.ndarray, "lags"]:
    r"""$\rho(\tau) = \langle a_t a_{t+\tau}\rangle/\langle a^2\rangle$, $a = |r| - \langle|r|\rangle$.

    $\tau = 1..$`lags`, means over the $T - \tau$ pairs; 0 on average for independent samples.

    >>> volatility_autocorrelation(np.array([1.0, 0.0, 1.0, 0.0, 1.0, 0.0]), 2)
    array([-1.,  1.])
    """
    modulus = np.abs(_long_enough(r, lags))
    a = modulus - modulus.mean()
    return _lagged(a, a, lags) / (a**2).mean()


def leverage(r, lags: int = 50) -> Float[np.ndarray, "lags"]:
    r"""$L(\tau) = \langle r_t\, r_{t+\tau}^2\rangle/\mathrm{std}(r)^3$, $\tau = 1..$`lags`, r not centered.

    Negative where falls announce volatility; `leverage(r[::-1])` is the reversed $\langle r_{t+\tau}\, r_t^2\rangle$,
    near 0 in markets.

    >>> leverage(np.array([-1.0, 2.0, 0.0, -1.0, 2.0, 0.0]), 1).round(3)
    array([-0.825])
    """
    r = _long_enough(r, lags)
    return _lagged(r, r**2, lags) / r.std() ** 3


def _long_enough(r, lags: int) -> np.ndarray:
    r = varying(r, "r", 1)
    if not 1 <= lags < len(r):
        raise InputError(f"lags={lags} must be between 1 and {len(r) - 1} for a series of {len(r)} samples.")
    return r


def _lagged(first: np.ndarray, later: np.ndarray, lags: int) -> np.ndarray:
    """Means over the T - tau pairs (t, t + tau)."""
    return np.array([(first[:-tau] * later[tau:]).mean() for tau in range(1, lags + 1)])
