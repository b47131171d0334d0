r"""Multifractal random walks: log-normal volatility with memory over all scales up to L, as in turbulence and markets.

Increments are $e_t\,e^{v_t}$, a noise times a volatility. In `multifractal` the two are independent and time has no
direction; in `skewed_multifractal` past noise lowers the volatility that follows: the leverage effect. Choose them as
models of intermittency whose moments are known exactly. Both Gaussian series are drawn exactly (`embedding`): the
covariance of w is convex and decreases to 0, so its embedding has no negative eigenvalue, for every L.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from ...citations import cites
from ...errors import InputError
from .embedding import Number, embedded, length, number, stationary
from .fractional import hurst, noise_covariance


@cites("bacry2001")
def multifractal(
    key: Array,
    T: int,
    H: Number = 0.5,
    lam: Number = 0.2,
    L: Number | None = None,
    *,
    centered: bool = True,
    dtype: DTypeLike = float,
) -> Float[Array, "time"]:
    r"""Increments of the multifractal random walk (Bacry, Delour and Muzy 2001, Phys. Rev. E 64, 026103),

    $$dX(t) = e_t\, e^{w_t - \lambda^2\ln L}, \quad
    \mathrm{Cov}(w_t, w_{t+k}) = \lambda^2 \ln\frac{L}{k+1} \text{ for } k < L - 1, \text{ else } 0,$$

    e fractional noise of exponent H, w Gaussian of mean 0, independent of e; levels: `path`. For `centered=False`
    the law is exact: $E\,dX^2 = 1$, $E\,dX^4 = 3L^{4\lambda^2}$, and for H = 1/2 and l < L $E|X(t+l) - X(t)|^q
    \propto l^{\zeta_q}$ with $\zeta_q = q/2 - \lambda^2 q(q-2)/2$, asymptotically. For other H it is $qH$ no more at
    q = 2: $E|X(t+l) - X(t)|^2 = \sum_{|k|<l} (l-|k|)\,\gamma(k)\,(|k|+1)^{-\lambda^2}$, of exponent $2H - \lambda^2$ if
    that exceeds 1.

    **Arguments**

    - `T`: number of samples, static.
    - `H`: the Hurst exponent of e.
    - `lam`: intermittency $\lambda$; 0 is fractional noise.
    - `L`: integral scale in samples, default T; it may exceed T.
    - `centered`: subtract the mean of w over the T samples too, as scatspectra does: every path is multiplied by one
      random number, which nothing normalized sees, and amplitudes scatter less.

    **Errors** InputError for T < 2, H outside of (0, 1), lam < 0, L < 1, a dtype that is not floating.

    >>> dx = multifractal(jax.random.key(0), 4096, lam=0.3)
    >>> dx.shape, bool((dx**4).mean() / (dx**2).mean() ** 2 > 4)
    ((4096,), True)
    """
    T = length(T)
    H, (spectrum, variance) = hurst(H), _log_volatility(T, lam, L)
    noise = embedded(noise_covariance(T, H))
    return _walk(key, noise, spectrum, variance, T=T, centered=bool(centered), dtype=dtype)


@cites("pochart2002")
def skewed_multifractal(
    key: Array,
    T: int,
    H: Number = 0.5,
    lam: Number = 0.1,
    L: Number | None = None,
    K0: Number = 0.03,
    alpha: Number = 0.23,
    gamma: Number = 2.0**-20,
    memory: int | None = None,
    *,
    centered: bool = True,
    dtype: DTypeLike = float,
) -> Float[Array, "time"]:
    r"""Increments of the skewed multifractal random walk (Pochart and Bouchaud 2002, Quantitative Finance 2, 303),

    $$dX(t) = e_t \exp\Big(w_t - \sum_{\tau=1}^{m} K(\tau)\, e_{t-\tau} - V\Big), \quad
    K(\tau) = K_0\, \tau^{-\alpha} e^{-\gamma\tau},$$

    e and w as in `multifractal`, V the variance of what precedes it; the noise before the first sample is drawn too,
    so the series is stationary and exact for the kernel cut at m = `memory`. For H = 1/2 and `centered=False`
    $E\,dX^2 = 1$ and $E[dX(t)\,dX(t+\tau)^2] = -2K(\tau)\,e^{2R(\tau) - V/2}$, R the covariance of the exponent, while
    $E[dX(t+\tau)\,dX(t)^2] = 0$. Their further exponent beta, of the time step, is contained in K0: steps are 1 here.

    **Arguments** as of `multifractal`, and

    - `K0`: strength, positive where falls raise the volatility that follows, 0 is `multifractal`.
    - `alpha`, `gamma`: decay of the kernel, by power and by exponential.
    - `memory`: reach of the kernel in samples, static, default T.
    - `centered`: subtracts the mean of w alone.

    **Errors** InputError as `multifractal`, and for alpha < 0, gamma < 0, memory < 1.

    >>> dx = skewed_multifractal(jax.random.key(0), 4096, K0=0.2, memory=64)
    >>> bool((dx[:-1] * dx[1:] ** 2).mean() < 0)
    True
    """
    T = length(T)
    memory = T if memory is None else length(memory, "memory", 1)
    H, (spectrum, variance) = hurst(H), _log_volatility(T, lam, L)
    covariance = noise_covariance(T + memory, H)
    kernel = _kernel(memory, K0, alpha, gamma)
    variance += _variance(kernel, covariance[:memory])
    response = np.fft.rfft(np.concatenate([[0.0], kernel]), T + memory)
    flags = {"T": T, "memory": memory, "centered": bool(centered), "dtype": dtype}
    return _skewed_walk(key, embedded(covariance), spectrum, response, variance, **flags)


def _log_volatility(T: int, lam: Number, L: Number | None) -> tuple[np.ndarray, float]:
    """Spectrum and variance of w."""
    lam = number("lam", lam, lambda n: n >= 0, "is no intermittency: use lam >= 0, such as 0.2.")
    L = float(T) if L is None else number("L", L, lambda n: n >= 1, "is no integral scale: use L >= 1 samples.")
    if lam**2 * np.log(L) > 20:
        most = (20 / np.log(L)) ** 0.5
        raise InputError(f"lam={lam} at L={L:g} spreads volatilities beyond float32: use lam <= {most:.2g}.")
    covariance = lam**2 * np.log(np.maximum(L / np.arange(1.0, T + 2), 1.0))
    return embedded(covariance), float(covariance[0])


def _kernel(memory: int, K0: Number, alpha: Number, gamma: Number) -> np.ndarray:
    K0 = number("K0", K0, lambda n: True, "is no strength: use a finite number, such as 0.03.")
    alpha = number("alpha", alpha, lambda n: n >= 0, "makes the kernel grow: use alpha >= 0.")
    gamma = number("gamma", gamma, lambda n: n >= 0, "makes the kernel grow: use gamma >= 0, the inverse of a time.")
    tau = np.arange(1.0, memory + 1)
    return K0 * tau**-alpha * np.exp(-gamma * tau)


def _variance(kernel: np.ndarray, covariance: np.ndarray) -> float:
    r"""$\sum_{\tau\tau'} K(\tau) K(\tau') \gamma(\tau-\tau')$, by the autocorrelation of the kernel."""
    m = len(kernel)
    overlap = np.fft.irfft(np.abs(np.fft.rfft(kernel, 2 * m)) ** 2, 2 * m)[:m]
    return float(2 * overlap @ covariance - overlap[0] * covariance[0])


@functools.partial(jax.jit, static_argnames=("T", "centered", "dtype"))
def _walk(key, noise, spectrum, variance, *, T, centered, dtype):
    first, second = jax.random.split(key)
    e = stationary(first, noise, T=T, dtype=dtype)
    return e * jnp.exp(_centered(stationary(second, spectrum, T=T, dtype=dtype), centered=centered) - variance)


@functools.partial(jax.jit, static_argnames=("T", "memory", "centered", "dtype"))
def _skewed_walk(key, noise, spectrum, response, variance, *, T, memory, centered, dtype):
    first, second = jax.random.split(key)
    e = stationary(first, noise, T=T + memory, dtype=dtype)
    waves = jnp.fft.rfft(e)
    past = jnp.fft.irfft(waves * response.astype(waves.dtype), T + memory)[memory:]  # from here on nothing wraps
    w = _centered(stationary(second, spectrum, T=T, dtype=dtype), centered=centered)
    return e[memory:] * jnp.exp(w - past - variance)


def _centered(w: Float[Array, "time"], *, centered: bool) -> Float[Array, "time"]:
    return w - w.mean() if centered else w
