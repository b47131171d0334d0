r"""The banks of scatspectra 2.0.2 (db21477) that differ from ours in more than their last bins, digit for digit.

`constants=ScatSpectra()` chooses them: `SpectraMorlet` (no bands of constant width, the low-pass as wide as the last
band), `SpectraMeyer` (an octave lower than its nominal center: do not use it at .425) and `SpectraShannon` (sampled on
k/(N-1)). Its Battle–Lemarié wavelets and bumps are those of `dyadic`. All zero the frequencies in [-1/8, 0) of psi,
and are there for its figures; choose ours for anything new.
"""

from math import log, pi, sqrt

import equinox as eqx
import numpy as np

from ...family import Filter
from ..dyadic import AbstractDyadic, AbstractTrim, ScatSpectra
from ..morlet_series import norm, periodized

_HIGHEST = 0.425  # center of the finest band


class SpectraMorlet(AbstractDyadic):
    """Morlet wavelets of width xi (1 - 2^(-1/Q)) / (1 + 2^(-1/Q)) / sqrt(log 2).

    >>> SpectraMorlet(2, 1).filter(16, 1).argmax()
    np.int64(3)
    """

    J: int = eqx.field(static=True)
    Q: int = eqx.field(static=True)
    xi: float = eqx.field(static=True, default=_HIGHEST)
    constants: AbstractTrim = eqx.field(static=True, default=ScatSpectra())
    width = float("nan")

    def sigma(self, n: int) -> float:
        """The width of band n."""
        ratio = 2 ** (-1 / self.Q)
        return self.center(n) * (1 - ratio) / (1 + ratio) / sqrt(log(2))

    def filter(self, N, n):
        """The Morlet wavelet of unit l1 norm, trimmed."""
        wave, low = periodized(N, self.center(n), self.sigma(n)), periodized(N, 0.0, self.sigma(n))
        psi = wave - wave[0] / low[0] * low
        return self.constants.trim(psi / norm(psi, 0.0))

    def phi(self, shape, T):
        """A Gaussian as wide as the last band, dilated to T."""
        low = periodized(shape[0], 0.0, self.sigma(self.J * self.Q - 1) * 2**self.J / T)
        return low / low[0]


class SpectraMeyer(AbstractDyadic):
    """Meyer wavelets at w = (8 pi / 3) nu / xi.

    >>> SpectraMeyer(2, 1).filter(16, 0).argmax()
    np.int64(4)
    """

    J: int = eqx.field(static=True)
    Q: int = eqx.field(static=True)
    xi: float = eqx.field(static=True, default=_HIGHEST)
    constants: AbstractTrim = eqx.field(static=True, default=ScatSpectra())
    width = float("nan")

    def filter(self, N, n):
        """The Meyer wavelet around band n, trimmed."""
        w = 8 * pi / 3 * np.fft.fftfreq(N) / self.center(n)
        rising = np.where((w > 2 * pi / 3) & (w < 4 * pi / 3), np.sin(pi / 2 * _step(3 * w / (2 * pi) - 1)), 0.0)
        falling = np.where((w > 4 * pi / 3) & (w < 8 * pi / 3), np.cos(pi / 2 * _step(3 * w / (4 * pi) - 1)), 0.0)
        return self.constants.trim(2 / sqrt(2 * pi) * (rising + falling))

    def phi(self, shape, T):
        """The Meyer low-pass below the last band, dilated to T."""
        w = 8 * pi / 3 * np.abs(np.fft.fftfreq(shape[0])) / self.center(self.J * self.Q - 1) * T / 2**self.J
        low = np.where(w < 4 * pi / 3, np.cos(pi / 2 * _step(3 * w / (2 * pi) - 1)), 0.0)
        return 2 / sqrt(2 * pi) * low


class SpectraShannon(AbstractDyadic):
    """Indicators of [xi - s, xi + s), s = xi (2^(1/Q) - 1) / (2^(1/Q) + 1), on the grid k / (N-1).

    >>> SpectraShannon(2, 1).filter(16, 1)
    array([0., 0., 0., 1., 1., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.])
    """

    J: int = eqx.field(static=True)
    Q: int = eqx.field(static=True)
    xi: float = eqx.field(static=True, default=_HIGHEST)
    constants: AbstractTrim = eqx.field(static=True, default=ScatSpectra())
    width = float("nan")

    def half(self, n: int) -> float:
        """Half of the width of band n."""
        return self.center(n) * (2 ** (1 / self.Q) - 1) / (2 ** (1 / self.Q) + 1)

    def filter(self, N, n):
        """The indicator of band n, trimmed."""
        f = np.arange(N) / (N - 1)
        low, high = self.center(n) - self.half(n), self.center(n) + self.half(n)
        return self.constants.trim(((f >= low) & (f < high)).astype(float))

    def phi(self, shape, T):
        """The indicator of what lies below the last band, dilated to T."""
        last = self.J * self.Q - 1
        f, edge = np.arange(shape[0]) / (shape[0] - 1), (self.center(last) - self.half(last)) * 2**self.J / T
        return ((f <= edge) | (1 - f <= edge)).astype(float)


def _step(x: Filter) -> Filter:
    """The smooth step x^4 (35 - 84 x + 70 x^2 - 20 x^3) on (0, 1), 0 elsewhere."""
    return np.where((x > 0) & (x < 1), x**4 * (35 - 84 * x + 70 * x**2 - 20 * x**3), 0.0)
