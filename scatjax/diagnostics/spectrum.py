r"""Power spectra: how the variance of a field is spread over scales, and the Gaussian field that shares it.

`power_spectrum` averages the periodogram over logarithmic bands of |k| and holds for any dimension; `welch` is the
estimate for series that are not periodic; `power_ratio` compares two of them in decibels. `surrogate` randomizes the
phases and so keeps the spectrum and nothing else: the floor that every model of more than a spectrum must beat.
Choose these first; where they agree, look at increments, Minkowski functionals and the bispectrum.
"""

import jax
import numpy as np
from jaxtyping import Array, Float

from ..citations import cites
from ..domains.bands import bands, bin_means, log_edges, wavenumbers
from ..errors import InputError
from .checks import check_pair, one_field


def periodogram(x) -> Float[np.ndarray, "*space"]:
    r"""$|\mathrm{fft}(x-\langle x\rangle)|^2/N$ on the FFT grid, N points: 1 on average for unit white noise.

    **Errors** InputError unless `x` is one field of any dimension, real, finite and larger than one sample.

    >>> periodogram(np.array([1.0, -1.0, 1.0, -1.0]))
    array([0., 0., 4., 0.])
    """
    x = one_field(x)
    return np.abs(np.fft.fftn(x - x.mean())) ** 2 / x.size


def power_spectrum(x, bins: int = 10) -> tuple[Float[np.ndarray, "bins"], Float[np.ndarray, "bins"]]:
    r"""Mean wave number and mean power of each logarithmic band $e_i \le |k| < e_{i+1}$.

    $P(k) = |\mathrm{fft}(x-\langle x\rangle)|^2/N$; edges `log_edges(max(shape), bins)`, k in cycles per longest side.
    A band that holds no wave number is NaN in both.

    >>> k, power = power_spectrum(np.cos(2 * np.pi * 5 * np.arange(64) / 64) + np.zeros((64, 64)), bins=4)
    >>> k.round(1), power.round(2)
    (array([ 1.8,  5. , 12.9, 28.4]), array([ 0.  , 16.52,  0.  ,  0.  ]))
    """
    power = periodogram(x)
    masks = bands(power.shape, log_edges(max(power.shape), bins))
    return bin_means(wavenumbers(power.shape), masks), bin_means(power, masks)


def welch(x: Float[np.ndarray, "time"], segment: int = 512) -> tuple[np.ndarray, np.ndarray]:
    r"""Welch's spectrum of a series in logarithmic bands: windowed segments that overlap by half.

    Global mean removed, `np.hanning` window, $\langle|\mathrm{rfft}|^2\rangle$ over segments, then the mean over bands
    whose edges are the distinct integers of logspace(0, log10(segment/2 + 1), 11). **Returns** (mean index k, power).

    >>> k, power = welch(np.random.default_rng(0).standard_normal(4096))
    >>> len(k), bool(power.std() / power.mean() < 0.3)
    (10, True)
    """
    x = one_field(x)
    if x.ndim != 1 or len(x) < segment:
        raise InputError(f"x has shape {x.shape}: welch takes a series of at least segment={segment} samples.")
    starts = np.arange(0, len(x) - segment + 1, segment // 2)
    pieces = (x - x.mean())[starts[:, None] + np.arange(segment)]
    power = (np.abs(np.fft.rfft(pieces * np.hanning(segment), axis=1)) ** 2).mean(0)
    index = np.arange(len(power))
    edges = np.unique(np.round(np.logspace(0, np.log10(segment // 2 + 1), 11)))
    masks = (index >= edges[:-1, None]) & (index < edges[1:, None])
    return bin_means(index.astype(float), masks), bin_means(power, masks)


def decibels(target: np.ndarray, candidate: np.ndarray) -> tuple[float, float]:
    r"""RMS and largest modulus of $10\log_{10}(s/r)$ over the bins that are not NaN.

    >>> decibels(np.array([1.0, 1.0, np.nan]), np.array([1.0, 10.0, np.nan]))
    (7.0710678118654755, 10.0)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = 10 * np.log10(candidate / target)
    ratio = ratio[~np.isnan(ratio)]
    return float(np.sqrt((ratio**2).mean())), float(np.abs(ratio).max())


def power_ratio(target, candidate, bins: int = 10) -> tuple[float, float]:
    r"""Distance of two power spectra in dB: rms and max over the bands of $10\log_{10}(P_s/P_r)$.

    >>> x = np.random.default_rng(0).standard_normal((32, 32))
    >>> power_ratio(x, 10 * x)
    (20.0, 20.0)
    """
    target, candidate = check_pair(target, candidate)
    return decibels(power_spectrum(target, bins)[1], power_spectrum(candidate, bins)[1])


def with_phases(x, noise) -> Float[np.ndarray, "*space"]:
    r"""The spectrum of $x$ with the phases of `noise`: $\langle x\rangle + \mathrm{ifft}(|\hat x|\,\hat n/|\hat n|)$.

    >>> x = np.random.default_rng(0).standard_normal((8, 8))
    >>> bool(np.allclose(with_phases(x, x), x))
    True
    """
    x, noise = check_pair(x, noise, names=("x", "noise"))
    modulus, phases = np.abs(np.fft.fftn(x - x.mean())), np.fft.fftn(noise)
    phases = phases / np.maximum(np.abs(phases), np.finfo(float).tiny)
    return np.fft.ifftn(modulus * phases).real + x.mean()


@cites("theiler1992")
def surrogate(key: Array, x) -> Float[np.ndarray, "*space"]:
    r"""A field with the periodogram and mean of $x$ and the phases of white noise: nearly Gaussian, no structure.

    Theiler et al. 1992 (Physica D 58, 77). Its spectrum is the field's own, so its spectral error is 0, which no
    fair draw from a model reaches.

    >>> x = np.random.default_rng(0).standard_normal((16, 16)) ** 3
    >>> power_ratio(x, surrogate(jax.random.key(0), x))[1] < 1e-6
    True
    """
    x = one_field(x)
    return with_phases(x, np.asarray(jax.random.normal(key, x.shape), dtype=np.float64))


def radial_spectrum(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""$|\nu|$ in cycles per pixel and $\langle|\hat x|^2\rangle/N$, mean removed, in rings that widen with $|\nu|$.

    >>> frequency, power = radial_spectrum(np.random.default_rng(0).standard_normal((64, 64)))
    >>> bool(abs(np.log(power[-1])) < 0.2)
    True
    """
    side = min(x.shape)
    frequency = np.hypot(*np.meshgrid(*map(np.fft.fftfreq, x.shape), indexing="ij", sparse=True)).ravel()
    edges = (np.unique(np.round(np.geomspace(1, side / 2 + 1, 24))) - 0.5) / side
    ring = np.digitize(frequency, edges)
    power = np.abs(np.fft.fft2(x - x.mean())).ravel() ** 2 / x.size
    total = lambda v: np.bincount(ring, v, minlength=len(edges) + 1)[1 : len(edges)]
    count = total(np.ones_like(frequency))
    filled = count > 0
    return total(frequency)[filled] / count[filled], total(power)[filled] / count[filled]
