r"""Exact draws of stationary Gaussian series by circulant embedding, and the checks that the simulators share.

T samples of covariance c(0), c(1), .. are the first T of a periodic series of period 2T whose covariance is
c(0) .. c(T) .. c(1): a covariance if and only if its FFT, the spectrum, is nowhere negative, and then `gaussian` draws
it exactly (Davies and Harte 1987, Biometrika 74, 95; Wood and Chan 1994, J. Comput. Graph. Stat. 3, 409). Cost: two
FFTs of length 2T. The spectrum is made in NumPy float64 and is an argument of the jitted draw: new parameters compile
nothing, a new T does.

The `number` here is no leaf as that of `scatjax.numbers`: parameters of a simulator decide spectra made in NumPy, so
they are Python floats, each with its own range and remedy, and only the key can be traced.
"""

import functools
import math
from collections.abc import Callable

import jax
import numpy as np
from jaxtyping import Float

from ...errors import InputError
from .gaussian_fields import gaussian

Number = int | float
_ROUNDING = 1e-10  # of the largest eigenvalue: negative ones nearer to 0 are float64's, not the covariance's


def embedded(covariance: Float[np.ndarray, "lags"]) -> Float[np.ndarray, "period"]:
    r"""The spectrum of the periodic series of period 2T that has the covariances c(0) .. c(T).

    **Errors** InputError if it is negative somewhere: then no periodic series of that length has them.

    >>> embedded(np.array([1.0, 0.5, 0.0]))
    array([2., 1., 0., 1.])
    """
    power = np.fft.fft(np.concatenate([covariance, covariance[-2:0:-1]])).real
    if power.min() < -_ROUNDING * power.max():
        raise InputError(
            f"the covariance has no circulant embedding (an eigenvalue of {power.min():.3g}): give more lags of it, "
            f"down to where it vanishes."
        )
    return np.maximum(power, 0.0)


@functools.partial(jax.jit, static_argnames=("T", "dtype"))
def stationary(key, spectrum, *, T, dtype):
    """T samples of the periodic series whose spectrum is given.

    >>> stationary(jax.random.key(0), np.ones(8), T=4, dtype=np.float32).shape
    (4,)
    """
    return gaussian(key, spectrum.shape, spectrum, dtype)[:T]


def length(T: int, name: str = "T", least: int = 2) -> int:
    """A number of samples as an int, checked.

    >>> length(1)
    Traceback (most recent call last):
    scatjax.errors.InputError: T=1 must be a whole number of samples, at least 2.
    """
    if isinstance(T, jax.core.Tracer):
        raise InputError(f"{name} is traced, but decides a shape: mark it static, or close over it.")
    if T != T or int(T) != T or T < least:
        raise InputError(f"{name}={T} must be a whole number of samples, at least {least}.")
    return int(T)


def number(name: str, value: Number, holds: Callable[[float], bool], remedy: str) -> float:
    """A parameter as a float: finite, and such that `holds(value)`; else the message ends in the remedy.

    >>> number("H", 1.5, lambda h: 0 < h < 1, "is no Hurst exponent: use 0 < H < 1.")
    Traceback (most recent call last):
    scatjax.errors.InputError: H=1.5 is no Hurst exponent: use 0 < H < 1.
    """
    if isinstance(value, jax.core.Tracer):
        raise InputError(f"{name} is traced: pass a Python number (only the key can be mapped or traced).")
    value = float(value)
    if not (math.isfinite(value) and holds(value)):
        raise InputError(f"{name}={value:g} {remedy}")
    return value
