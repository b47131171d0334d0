r"""Fractional Gaussian noise and Brownian motion: exactly self-similar series, the null models of scale invariance.

Choose them for long memory without intermittency: $B(ct) \sim c^H B(t)$, every increment Gaussian, $H > 1/2$
persistent, $H < 1/2$ anti-persistent, $H = 1/2$ white noise and Brownian motion. Draws are exact (`embedding`): the
eigenvalues of fractional noise are positive at every length (Craigmile 2003, J. Time Ser. Anal. 24, 505).
"""

import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from ...citations import cites
from ...errors import InputError, check_real
from .embedding import Number, embedded, length, number, stationary


@cites("mandelbrot1968", "davies1987")
def fractional_noise(key: Array, T: int, H: Number, dtype: DTypeLike = float) -> Float[Array, "time"]:
    r"""Increments of fractional Brownian motion over unit steps: Gaussian, mean 0, variance 1, and covariance

    $$\gamma(k) = \tfrac12\left(|k+1|^{2H} + |k-1|^{2H} - 2|k|^{2H}\right).$$

    Exact for every H in (0, 1) (Mandelbrot and Van Ness 1968, SIAM Rev. 10, 422). Over steps of dt: times dt^H.

    **Arguments**

    - `T`: number of samples, static.
    - `H`: the Hurst exponent, a Python number.

    **Errors** InputError for T < 2, H outside of (0, 1), a dtype that is not floating.

    >>> import jax
    >>> fractional_noise(jax.random.key(0), 64, H=0.7).shape
    (64,)
    """
    T = length(T)
    return stationary(key, embedded(noise_covariance(T, hurst(H))), T=T, dtype=dtype)


@cites("mandelbrot1968", "davies1987")
def fractional_brownian(key: Array, T: int, H: Number, dtype: DTypeLike = float) -> Float[Array, "time"]:
    r"""Levels $B_H(1), .., B_H(T)$ of fractional Brownian motion: Gaussian, mean 0, $B_H(0) = 0$ left out, and

    $$E[B_H(s) B_H(t)] = \tfrac12\left(s^{2H} + t^{2H} - |s-t|^{2H}\right).$$

    The `path` of `fractional_noise` of the same key; arguments and errors as there. On [0, 1]: divided by T^H.

    >>> import jax
    >>> x = fractional_brownian(jax.random.key(0), 64, H=0.7)
    >>> bool(jnp.allclose(jnp.diff(x), fractional_noise(jax.random.key(0), 64, H=0.7)[1:], atol=1e-5))
    True
    """
    return path(fractional_noise(key, T, H, dtype))


def path(increments) -> Float[Array, "*batch time"]:
    r"""Levels of increments along the last axis, $X(t) = \sum_{s \le t} dX(s)$: as many, X(0) = 0 left out.

    **Errors** InputError for integers, complex numbers, or a single number.

    >>> path(np.array([1.0, -2.0, 3.0])).tolist()
    [1.0, -1.0, 2.0]
    """
    check_real(increments, "increments")
    if np.ndim(increments) == 0:
        raise InputError("increments has shape (): a path needs an axis of time, the last one.")
    return jnp.cumsum(jnp.asarray(increments), axis=-1)


def hurst(H: Number) -> float:
    """H as a float, checked.

    >>> hurst(0.3)
    0.3
    """
    return number("H", H, lambda h: 0 < h < 1, "is no Hurst exponent: use 0 < H < 1 (0.5: independent increments).")


def noise_covariance(T: int, H: float) -> Float[np.ndarray, "lags"]:
    r"""$\gamma(0), .., \gamma(T)$ of fractional noise.

    The three powers cancel to one part in k^2; here only their relative differences 1/k do.

    >>> noise_covariance(2, 0.5)
    array([1., 0., 0.])
    """
    k = np.arange(1.0, T + 1)
    with np.errstate(divide="ignore"):  # log 0 at k = 1: 0^2H = 0
        after, before = (np.expm1(2 * H * np.log1p(sign / k)) for sign in (1, -1))
    return np.concatenate([[1.0], k ** (2 * H) * (after + before) / 2])
