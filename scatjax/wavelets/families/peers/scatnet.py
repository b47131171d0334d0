r"""ScatNet's Gabor and Morlet wavelets, for parity with its deep scattering spectrum and images (59d935a, MATLAB).

$$\hat g_{\xi,s}(\omega) = \sum_i e^{-s^2(\omega - 2\pi i - \xi)^2/2},\quad \xi_n = \xi_0 2^{-n/Q},\ s_n = s_0 2^{n/Q},
\quad \xi_0 = \tfrac\pi2(1 + 2^{-1/Q}),\ s_0 = \frac1{\sqrt3(1 - 2^{-1/Q})}$$

(Andén and Mallat 2014.) Below them stand bands of constant width down to 0. A Morlet wavelet is
$\hat g_{\xi,s} - \hat g_{\xi,s}(0)\,\hat g_{0,s}$. All are scaled so that $\sum_n\hat\psi_n^2$ reaches 2, and cut where
they are below 1e-3 of their peak. Their Littlewood–Paley sum exceeds 1 (1.145 at Q = 1), and Gabor's lowest bands have
a mean: choose `wavelets.morlet` unless it is ScatNet's digits that you need.
"""

import abc
import functools
from math import ceil, floor, log2, pi, sqrt

import equinox as eqx
import numpy as np

from ....citations import cites
from ....errors import InputError
from ...family import AbstractPlanar, AbstractSeries, Band, Filter, check_series
from ..morlet_series import exponent

_NEGLIGIBLE = 1e-3  # of the peak: ScatNet's `trunc_threshold`
_REACH = 9.0  # standard deviations: beyond, a Gaussian is below 3e-18 of its peak
_SIGMA = 2 / sqrt(3)


@cites("anden2014", "scatnet")
class AbstractScatNet(AbstractSeries):
    """Centers, widths, scale and cut that both types share; the low-pass averages over 2^J samples.

    `demodulated`: the scale of a band follows from its width alone, as ScatNet drops samples: the band is folded to low
    frequencies, which its modulus does not see. Only full or `Decimated` grids hold that; else its center counts too.
    """

    J: eqx.AbstractVar[int]
    Q: eqx.AbstractVar[int]
    demodulated: eqx.AbstractVar[bool]

    @abc.abstractmethod
    def finish(self, wave: Filter, s: float) -> Filter:
        """The wavelet from the Gaussian around its center."""

    @property
    def count(self) -> int:
        """The bands a factor 2^(1/Q) apart (ScatNet's J)."""
        return 1 + _rounded(log2(2**self.J * self._narrowing / (4 * self.Q)) * self.Q)

    @property
    def _narrowing(self) -> int:
        return 1 + (self.Q == 1)

    def gaussians(self) -> list[tuple[float, float]]:
        """(xi, s) of each band, radians and samples."""
        ratio, last = 2 ** (-1 / self.Q), self.count - 1
        top, s = pi * (1 + ratio) / 2, _SIGMA / (2 * (1 - ratio))
        bands = [(top * 2 ** (-n / self.Q), s * 2 ** (n / self.Q)) for n in range(last + 1)]
        low = _SIGMA * self._narrowing / (4 * s)
        more = _rounded((ratio - low) / (1 - ratio))
        step = pi * 2 ** (-(last + 1) / self.Q) * (1 - low / ratio) / max(more, 1)
        return bands + [(bands[-1][0] - p * step, bands[-1][1]) for p in range(1, more + 1)]

    def bands(self):
        return [Band(xi / (2 * pi), 1 / (2 * pi * s), self._scale(xi, s)) for xi, s in self.gaussians()]

    def _scale(self, xi: float, s: float) -> int:
        if self.demodulated:
            return max(_rounded(log2(2 * s / _SIGMA)) - 1, 0)  # pi over the bandwidth pi _SIGMA / 2 s
        return exponent(xi / (2 * pi), 1 / (2 * pi * s))

    def wave(self, N: int, n: int) -> Filter:
        """Band n as it is before scale and cut."""
        xi, s = self.gaussians()[n]
        return self.finish(gaussian(N, xi, s), s)

    def filter(self, N, n):
        return truncated(self.wave(N, n) * _gain(self, N))

    def phi(self, shape, T):
        s = self.gaussians()[self.count - 1][1] / self._narrowing
        low = truncated(gaussian(shape[0], 0.0, s * T / 2**self.J))
        return (low + np.roll(low[::-1], 1)) / 2  # the cut is uneven; the peer takes the real part

    def check(self, shape):
        check_series(self.J, self.Q, shape)
        least = max(ceil(log2(4 * self.Q / self._narrowing)), 1)
        if least > self.J:
            raise InputError(f"J={self.J} is too few octaves for Q={self.Q} (ScatNet): use J >= {least}, or a lower Q.")


class ScatNetGabor(AbstractScatNet):
    """The Gaussians themselves; the lowest have a mean, .2 of their peak at Q = 8.

    >>> family = ScatNetGabor(8, 8)
    >>> family.count, len(family.bands()), round(float(family.filter(4096, 35)[0] / family.filter(4096, 35).max()), 2)
    (25, 36, 0.19)
    """

    J: int = eqx.field(static=True)
    Q: int = eqx.field(static=True)
    demodulated: bool = eqx.field(static=True, default=False)

    def finish(self, wave, s):
        return wave


class ScatNetMorlet(AbstractScatNet):
    """Gaussians without their mean.

    >>> family = ScatNetMorlet(8, 1)
    >>> family.count, len(family.bands()), family.filter(4096, 7)[0].round(15)
    (8, 8, np.float64(0.0))
    """

    J: int = eqx.field(static=True)
    Q: int = eqx.field(static=True)
    demodulated: bool = eqx.field(static=True, default=False)

    def finish(self, wave, s):
        return wave - wave[0] * gaussian(len(wave), 0.0, s)


@cites("scatnet")
class ScatNetPlanar(AbstractPlanar):
    r"""Morlet wavelets of two dimensions, sampled in space over one period, at angles pi l / L; $\sum\hat\psi^2 \le 2$.

    >>> psi = np.concatenate([ScatNetPlanar(3, 4).psi((80, 80), j) for j in range(3)])
    >>> float((psi**2).sum(0).max().round(12))
    2.0
    """

    J: int = eqx.field(static=True)
    L: int = eqx.field(static=True)
    xi: float = eqx.field(static=True, default=3 * pi / 4)
    sigma: float = eqx.field(static=True, default=0.8)

    def angles(self):
        return pi * np.arange(self.L) / self.L

    def center(self, j):
        return self.xi / 2**j

    def psi(self, shape, j):
        return self.waves(shape, j) * _planar_gain(self, shape)

    def waves(self, shape: tuple[int, int], j: int) -> Filter:
        """The L wavelets of scale j before they are scaled."""
        sigma, slant = self.sigma * 2**j, 4 / self.L
        rows, columns = np.meshgrid(*(np.fft.fftfreq(n, 1 / n) for n in shape), indexing="ij", sparse=True)
        waves = []
        for theta in self.angles():
            along = columns * np.cos(theta) + rows * np.sin(theta)
            across = rows * np.cos(theta) - columns * np.sin(theta)
            envelope = np.exp(-(along**2 + (slant * across) ** 2) / (2 * sigma**2))
            wave = envelope * np.exp(1j * self.center(j) * along)
            waves.append(np.fft.fft2(wave - wave.sum() / envelope.sum() * envelope).real)
        return slant**2 / (2 * pi * sigma**2) * np.stack(waves)

    def phi(self, shape, T):
        sigma = self.sigma * T / 2
        squares = np.add.outer(*(np.fft.fftfreq(n, 1 / n) ** 2 for n in shape))
        return np.fft.fft2(np.exp(-squares / (2 * sigma**2))).real / (2 * pi * sigma**2)


def gaussian(N: int, xi: float, s: float) -> Filter:
    """Four periods, i = -1 .. 2, of a Gaussian of width 1/s around xi (radians) over N wave numbers.

    >>> gaussian(4, np.pi / 2, 4.0).argmax()
    np.int64(1)
    """
    total = np.zeros(N)
    for period in range(-1, 3):
        center = N * (xi / (2 * pi) + period)
        first = max(ceil(center - _REACH / s * N / (2 * pi)), 0)
        last = min(floor(center + _REACH / s * N / (2 * pi)) + 1, N)
        omega = 2 * pi * np.arange(first, max(first, last)) / N
        total[first : max(first, last)] += np.exp(-((omega - 2 * pi * period - xi) ** 2) * s**2 / 2)
    return total


def truncated(psi: Filter) -> Filter:
    """The filter on the smallest N/2^p wave numbers that hold all above 1e-3 of its peak, 0 elsewhere.

    >>> truncated(np.array([1.0, 0.5, 1e-4, 0.0, 0.0, 1e-4, 0.0, 0.5]))
    array([1. , 0.5, 0. , 0. , 0. , 0. , 0. , 0.5])
    """
    N = len(psi)
    turn = N // 2 - 1 - int(psi.argmax())
    turned = np.roll(psi, turn)
    large = np.flatnonzero(np.abs(turned) > _NEGLIGIBLE * psi.max()) + 1
    width = N // 2 ** floor(log2(N / (large[-1] - large[0] + 1)))
    start = _rounded(_rounded((large[0] + large[-1]) / 2) - width / 2) - 1
    kept = np.arange(start, start + width) % N
    out = np.zeros(N)
    out[kept] = turned[kept]
    return np.roll(out, -turn)


@functools.lru_cache(maxsize=8)  # a bank asks for it once a band
def _gain(family: AbstractScatNet, N: int) -> float:
    power = np.sum([family.wave(N, n) ** 2 for n in range(family.count)], axis=0)
    return sqrt(2 / power.max())


@functools.lru_cache(maxsize=8)  # a bank asks for it once a scale
def _planar_gain(family: ScatNetPlanar, shape: tuple[int, int]) -> float:
    return sqrt(2 / np.sum([(family.waves(shape, j) ** 2).sum(0) for j in range(family.J)], axis=0).max())


def _rounded(value: float) -> int:
    """MATLAB's: halves away from zero."""
    return floor(abs(value) + 0.5) * (1 if value >= 0 else -1)
