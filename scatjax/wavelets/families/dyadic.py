r"""Families of one axis whose bands are dilations of one another: $\hat\psi_n(\nu) = p(\nu/\xi_n)$, $\xi_n = \xi_0
2^{-n/Q}$, n < JQ.

`BattleLemarie` (cubic splines: close to an orthogonal basis, the default of scattering spectra of series, Morel et al.
2022) and `Bump` (compact in frequency). Band n is of scale j = n // Q. Profiles are sampled on $\nu\in[0,1)$: what
reaches beyond the Nyquist frequency lies at negative ones (the finest Battle–Lemarié wavelet keeps 23 % of its energy
there, so it is not analytic). The peer zeroes the last N/8 bins: `constants=ScatSpectra()` (scatspectra 2.0.2).
"""

import abc
from math import exp, sqrt

import equinox as eqx
import numpy as np

from ...citations import cites
from ..family import AbstractSeries, Band, Filter, check_series


class AbstractTrim(eqx.Module):
    """What is done to the samples of a dyadic family."""

    bump_mean: eqx.AbstractVar[float]

    @abc.abstractmethod
    def trim(self, psi: Filter) -> Filter:
        """The filter that is used for the sampled profile."""


class Untrimmed(AbstractTrim):
    """Ours: the profile as it is, phi(0) = 1."""

    bump_mean: float = eqx.field(static=True, default=1.0)

    def trim(self, psi):
        return psi


@cites("scatspectra")
class ScatSpectra(AbstractTrim):
    """scatspectra's (db21477): frequencies in [-1/8, 0) of psi are zeroed; the low-pass of its bump is 1.289 at 0."""

    bump_mean: float = eqx.field(static=True, default=1.3371665071917382 - 0.04809858889110362)

    def trim(self, psi):
        return np.where(np.arange(len(psi)) < len(psi) - -(-len(psi) // 8), psi, 0.0)


class AbstractDyadic(AbstractSeries):
    """JQ dilations of a profile by 2^(1/Q)."""

    J: eqx.AbstractVar[int]
    Q: eqx.AbstractVar[int]
    xi: eqx.AbstractVar[float]
    width: eqx.AbstractClassVar[float]  # sigma / xi: that of the Gaussian whose square has the profile's variance

    def center(self, n: int) -> float:
        """The frequency of band n in cycles a sample."""
        return self.xi * 2 ** (-n / self.Q)

    def bands(self):
        centers = [self.center(n) for n in range(self.J * self.Q)]
        return [Band(xi, xi * self.width, n // self.Q) for n, xi in enumerate(centers)]

    def check(self, shape):
        check_series(self.J, self.Q, shape)


@cites("battle1987", "lemarie1988")
class BattleLemarie(AbstractDyadic):
    r"""$\hat\psi_n = \sqrt{\frac{m(f/2+1/2)}{m(f)\,m(f/2)}}\,\frac{\sin^8(\pi f/2)}{(\pi f)^4}$ to its first minimum.

    $f = f_0\nu/\xi_n$, $m(f) = \sin^8(\pi f)\sum_k(2\pi(f+k))^{-8}$; $\hat\phi = \sin^4(\pi
    f)/((2\pi f)^4\sqrt{m(f)})$, dilated for T other than 2^J. Half of the energy of a band is kept.

    xi is the mean frequency of the energy; the profile is largest at .9 xi.

    >>> BattleLemarie(3, 1).filter(64, 0).argmax() / 64
    np.float64(0.375)
    """

    J: int = eqx.field(static=True)
    Q: int = eqx.field(static=True)
    xi: float = eqx.field(static=True, default=0.425)
    constants: AbstractTrim = eqx.field(static=True, default=Untrimmed())
    width = 0.314

    def filter(self, N, n):
        f = _SPLINE * np.arange(N) / N / self.center(n)
        psi = np.zeros(N)
        inside = slice(1, int(np.searchsorted(f, 2.5)))  # the first minimum stands at f = 2
        f = f[inside]
        spline = np.sqrt(_spline(f / 2 + 0.5) / (_spline(f) * _spline(f / 2)))
        psi[inside] = spline * np.sin(np.pi * f / 2) ** 8 / (np.pi * f) ** 4
        low = np.flatnonzero((psi[:-2] > psi[1:-1]) & (psi[1:-1] < psi[2:]))
        psi[(low[0] + 2 if len(low) else N) :] = 0
        return self.constants.trim(psi)

    def phi(self, shape, T):
        nu = np.fft.fftfreq(shape[0])
        f = _SPLINE * nu / self.center(self.J * self.Q - 1) * T / 2**self.J
        f[0] = 1.0
        low = np.sin(np.pi * f) ** 4 / ((2 * np.pi * f) ** 4 * np.sqrt(_spline(f)))
        return np.concatenate([np.ones(1), low[1:]])


class Bump(AbstractDyadic):
    r"""$\hat\psi_n = Q^{-1/2}e^{1 + 1/(u^2-1)}$ for $|u|<1$, $u = \nu/\xi_n - 1$, else 0.

    $\hat\phi = e^{-\nu^2/4s^2}$, $s = .480\,\xi_{JQ-1}$; dilated for T other than 2^J.

    >>> Bump(2, 1, xi=0.25).filter(8, 0).round(3)
    array([0.   , 0.717, 1.   , 0.717, 0.   , 0.   , 0.   , 0.   ])
    """

    J: int = eqx.field(static=True)
    Q: int = eqx.field(static=True)
    xi: float = eqx.field(static=True, default=0.425)
    constants: AbstractTrim = eqx.field(static=True, default=Untrimmed())
    width = 0.479

    def filter(self, N, n):
        u = np.arange(N) / N / self.center(n) - 1
        inside = np.abs(u) < 1
        psi = np.where(inside, np.exp(1 + 1 / np.where(inside, u**2 - 1, -1.0)), 0.0)
        return self.constants.trim(psi / sqrt(self.Q))

    def phi(self, shape, T):
        sigma = self.center(self.J * self.Q - 1) * exp(-0.35365794431968484 - 0.3808886546835562) * 2**self.J / T
        return self.constants.bump_mean * np.exp(-((np.fft.fftfreq(shape[0]) / (2 * sigma)) ** 2))


_SPLINE = 0.75 * 1.012470304985129  # the frequency f at which a spline wavelet of center xi is sampled (the peer's)


def _spline(f: Filter) -> Filter:
    """m(f) above, a polynomial in squares of the cosine c and the sine s."""
    c, s = np.cos(np.pi * f) ** 2, np.sin(np.pi * f) ** 2
    return (5 + 30 * c + 30 * s * c + 70 * c**2 + 2 * s**2 * c + 2 / 3 * s**3) / (105 * 2**8)
