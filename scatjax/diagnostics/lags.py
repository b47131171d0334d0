r"""Increments: how a field changes over a lag, where intermittency shows as tails that grow towards small lags.

$d_l = x(u + l\,e_a) - x(u)$, periodic, the axes pooled. Kurtosis over lags and the structure functions $S_q(l)$ see the
filaments and shocks that a power spectrum (which is $S_2$) does not. For the paths of series see `series`.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from ..errors import InputError
from .checks import check_pair, one_field
from .pixels import kurtosis, wasserstein

LAGS = (1, 2, 4, 8, 16)
ORDERS = (1, 2, 3, 4)


def increments(x, lag: int) -> Float[np.ndarray, "axes *space"]:
    r"""$x(u + l\,e_a) - x(u)$ along every axis a, periodic.

    **Errors** InputError if the lag is not between 1 and the shortest side minus 1.

    >>> increments(np.array([0.0, 1.0, 3.0]), 1)
    array([[ 1.,  2., -3.]])
    """
    x = one_field(x)
    if not 1 <= lag < min(x.shape):
        raise InputError(f"lag={lag} must be between 1 and {min(x.shape) - 1} for a field of shape {x.shape}.")
    return np.stack([np.roll(x, -lag, axis) - x for axis in range(x.ndim)])


def increment_wasserstein(target, candidate, lags: Sequence[int] = LAGS) -> Float[np.ndarray, "lags"]:
    """`wasserstein` of the increments at each lag, in units of the standard deviation of the target's increments.

    >>> x = np.random.default_rng(0).standard_normal((32, 32))
    >>> increment_wasserstein(x, x, (1, 4))
    array([0., 0.])
    """
    target, candidate = check_pair(target, candidate)
    return np.array([wasserstein(increments(target, lag), increments(candidate, lag)) for lag in lags])


def kurtosis_over_lags(x, lags: Sequence[int] = LAGS) -> Float[np.ndarray, "lags"]:
    """The kurtosis of the increments at each lag: 3 at every lag for a Gaussian field.

    >>> kurtosis_over_lags(np.random.default_rng(0).standard_normal((64, 64)), (1,)).round(1)
    array([3.])
    """
    return np.array([kurtosis(increments(x, lag)) for lag in lags])


def structure_functions(
    x, orders: Sequence[int | float] = ORDERS, lags: Sequence[int] = LAGS
) -> Float[np.ndarray, "orders lags"]:
    r"""$S_q(l) = \langle |x(u + l\,e_a) - x(u)|^q\rangle$ over points and axes.

    >>> structure_functions(np.array([0.0, 1.0, 0.0, 1.0]), orders=(2,), lags=(1, 2))
    array([[1., 0.]])
    """
    moduli = [np.abs(increments(x, lag)) for lag in lags]
    return np.array([[(d**q).mean() for d in moduli] for q in orders])


def structure_error(
    target, candidate, orders: Sequence[int | float] = ORDERS, lags: Sequence[int] = LAGS
) -> Float[np.ndarray, "orders"]:
    r"""$\frac1{|l|}\sum_l |S_q^s(l)/S_q^r(l) - 1|$ for each order q.

    >>> x = np.random.default_rng(0).standard_normal((32, 32))
    >>> structure_error(x, 2 * x)
    array([ 1.,  3.,  7., 15.])
    """
    target, candidate = check_pair(target, candidate)
    true, other = (structure_functions(x, orders, lags) for x in (target, candidate))
    if not true.all():
        raise InputError("target does not change over one of the lags: leave that lag out.")
    return np.abs(other / true - 1).mean(1)
