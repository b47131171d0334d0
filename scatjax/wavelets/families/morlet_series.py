r"""Morlet and Gabor wavelets of one axis: Q an octave, then bands of constant width down to 0.

$$\hat\psi = g - \tfrac{g(0)}{l(0)}\,l,\quad g(\omega) = e^{-(\omega-\xi)^2/2\sigma^2},\
l(\omega) = e^{-\omega^2/2\sigma^2}\quad\text{(cycles a sample, periods averaged)},\qquad \|\psi\|_1 = 1$$

(Andén and Mallat 2014, eqs. 12–16; centers, widths and digits are those of Kymatio 11552ed.) The top wavelet stands
at $\xi_0 = \max(1/(1+2^{3/Q}), .35)$; the next ones a factor $2^{-1/Q}$ lower each, in width too, until the width is
$.1/2^J$, that of the low-pass; Q-1 more share that width. Choose Q = 8 to 16 for sounds, 1 for what is intermittent.
Gabor's wavelet is g alone: real and positive in time up to its carrier, but with a mean, so Q >= 4 is asked for.
"""

import abc
from math import ceil, floor, log, log2, sqrt

import equinox as eqx
import numpy as np

from ...citations import cites
from ...errors import InputError
from ..family import AbstractSeries, Band, Filter, check_series
from .morlet import AbstractConstants, Exact
from .peers.images import Kymatio

_REACH = 9.0  # sigmas: beyond, a Gaussian is below 3e-18 of its peak, a hundredth of a rounding
_LOW_PASS = 0.1  # sigma of the low-pass times its support


@cites("anden2014")
class AbstractGaussians(AbstractSeries):
    """The bands that both families share.

    `full_band` prepends wavelets above the top one, up to the Nyquist frequency, for tight frames and inverses;
    `limits` keeps the bands whose center lies within (cycles a sample). `constants=Kymatio()` allows what the peer
    allows: too few octaves for Q (`smallest_scales`), where it leaves the top of the spectrum out.
    """

    J: eqx.AbstractVar[int]
    Q: eqx.AbstractVar[int]
    full_band: eqx.AbstractVar[bool]
    limits: eqx.AbstractVar[tuple[float, float] | None]
    constants: eqx.AbstractVar[AbstractConstants]

    @abc.abstractmethod
    def finish(self, wave: Filter, sigma: float) -> Filter:
        """The wavelet of unit l1 norm from its Gaussian around xi."""

    def bands(self):
        centers = gaussian_bands(self.J, self.Q)
        if self.full_band:
            xi, ratio = top_frequency(self.Q), top_width(self.Q) / top_frequency(self.Q)
            above = [xi * 2 ** (q / self.Q) for q in range(self.Q, 0, -1)]
            centers = [(xi, xi * ratio) for xi in above if xi < 0.5] + centers
        low, high = self.limits or (0.0, 1.0)
        return [Band(xi, sigma, exponent(xi, sigma)) for xi, sigma in centers if low <= xi <= high]

    def filter(self, N, n):
        xi, sigma, _ = self.bands()[n]
        wave = periodized(N, xi, sigma)
        return self.finish(wave, sigma)

    def phi(self, shape, T):
        low = periodized(shape[0], 0.0, _LOW_PASS / T)
        return low / low[0]  # positive in time: its l1 norm is its value at 0

    def check(self, shape):
        check_series(self.J, self.Q, shape)
        smallest = smallest_scales(self.Q)
        if smallest > self.J and not isinstance(self.constants, Kymatio):
            raise InputError(
                f"J={self.J} is too few octaves for Q={self.Q}: its widest wavelet is narrower than the low-pass, and "
                f"the spectrum above it would be lost: use J >= {smallest}, or a smaller Q."
            )


class MorletSeries(AbstractGaussians):
    """J octaves of Q Morlet wavelets; the multiple of a low Gaussian takes the mean away.

    >>> bands = MorletSeries(3, 1).bands()
    >>> [round(band.xi, 4) for band in bands], [band.j for band in bands]
    ([0.35, 0.175, 0.0875, 0.0437], [0, 0, 0, 1])
    """

    J: int = eqx.field(static=True)
    Q: int = eqx.field(static=True)
    full_band: bool = eqx.field(static=True, default=False)
    limits: tuple[float, float] | None = eqx.field(static=True, default=None)
    constants: AbstractConstants = eqx.field(static=True, default=Exact())

    def finish(self, wave, sigma):
        if wave[0] == 0:
            return wave / norm(wave, sigma)
        low = periodized(len(wave), 0.0, sigma)
        psi = wave - wave[0] / low[0] * low
        return psi / norm(psi, 0.0)


class GaborSeries(AbstractGaussians):
    """J octaves of Q >= 4 Gaussians. Over the canvas their mean is taken away: bin 0 is 0.

    The Q-1 bands of constant width leak: the last is .06 of its peak next to 0.
    """

    J: int = eqx.field(static=True)
    Q: int = eqx.field(static=True)
    full_band: bool = eqx.field(static=True, default=False)
    limits: tuple[float, float] | None = eqx.field(static=True, default=None)
    constants: AbstractConstants = eqx.field(static=True, default=Exact())

    def __check_init__(self):
        if self.Q < 4:
            raise InputError(f"Gabor wavelets of Q={self.Q} have a mean (.04 of the peak, Q=1): use Q >= 4, or morlet.")

    def finish(self, wave, sigma):
        return np.concatenate([np.zeros(1), wave[1:]]) / norm(wave, sigma)


def top_frequency(Q: int) -> float:
    """Center of the top wavelet in cycles a sample, half-way between it and its mirror image past Nyquist, or .35.

    >>> round(top_frequency(1), 3), round(top_frequency(8), 3)
    (0.35, 0.435)
    """
    return max(1 / (1 + 2 ** (3 / Q)), 0.35)


def top_width(Q: int) -> float:
    """Width of the top wavelet in cycles a sample: neighbors cross at the square root of one half."""
    ratio = 2 ** (-1 / Q)
    return top_frequency(Q) * (1 - ratio) / (1 + ratio) / sqrt(2 * log(1 / sqrt(0.5)))


def smallest_scales(Q: int) -> int:
    """The fewest octaves for which the top wavelet is wider than the low-pass.

    >>> [smallest_scales(Q) for Q in (1, 8, 12, 16)]
    [1, 3, 3, 4]
    """
    J = 1
    while top_width(Q) <= _LOW_PASS / 2**J:
        J += 1
    return J


def gaussian_bands(J: int, Q: int) -> list[tuple[float, float]]:
    """(xi, sigma) in cycles a sample (scattering.md 2.1): a factor 2^(1/Q) apart, then in steps of elbow/Q."""
    xi, sigma, least, factor = top_frequency(Q), top_width(Q), _LOW_PASS / 2**J, 2 ** (1 / Q)
    bands, elbow = [], sigma  # a width used as a frequency: the peer's quirk where the first part is empty
    if sigma > least:
        bands.append((xi, sigma))
        while sigma > least * factor:  # iterated as the peer does: rounding decides the count
            xi, sigma = xi / factor, sigma / factor
            bands.append((xi, sigma))
        elbow = xi
    xi = elbow
    for _ in range(Q - 1):
        xi -= 1 / Q * elbow
        bands.append((xi, least))
    return bands


def elbow(J: int, Q: int) -> float:
    """The lowest center of those a factor 2^(1/Q) apart, in cycles a sample.

    >>> round(elbow(6, 8), 4)
    0.0324
    """
    return min(xi for xi, sigma in gaussian_bands(J, Q) if sigma > _LOW_PASS / 2**J)


def exponent(xi: float, sigma: float) -> int:
    """The octaves of subsampling that a band bears: it ends, at 5 sigma, below what is then the Nyquist frequency."""
    return floor(-log2(min(abs(xi) + 5 * sigma, 0.5))) - 1


def periodized(N: int, xi: float, sigma: float) -> Filter:
    """Mean over the peer's 2P-1 periods of a Gaussian, over N wave numbers, evaluated only where it is not negligible.

    >>> periodized(4, 0.25, 0.05).argmax()
    np.int64(1)
    """
    P = min(ceil(sqrt(-2 * sigma**2 * log(1e-7)) + 1), 5)
    total = np.zeros(N)
    for period in range(1 - P, P):
        first = max(ceil((xi - _REACH * sigma - period) * N), 0)
        last = max(min(floor((xi + _REACH * sigma - period) * N) + 1, N), first)
        w = (np.arange(first, last) + period * N) / N
        total[first:last] += np.exp(-((w - xi) ** 2) / (2 * sigma**2))
    return total / (2 * P - 1)


def norm(psi: Filter, sigma: float) -> float:
    """Sum of |psi| in time; a Gaussian (of width sigma > 0) that fits in the canvas is positive up to its carrier."""
    if len(psi) * sigma > 2.9:  # exp(-(pi N sigma)^2 / 2) < 1e-17: periods in time do not meet, no FFT is needed
        return float(periodized(1, 0.0, sigma)[0])
    return float(np.abs(np.fft.ifft(psi)).sum())
