r"""Tight frames by telescoping low-passes: $|\hat\psi_j|^2 = |\hat\phi_j|^2 - |\hat\phi_{j+1}|^2$, $\hat\phi_0 = 1$,
$\hat\phi_j(\omega) = c(2^j\omega)$, so that the squares add up to 1 exactly.

`Meyer` has a smooth c, 1 up to $2\pi/3$ and 0 from $4\pi/3$ (Meyer 1986, with Daubechies' polynomial of degree 7);
`Shannon` cuts at $\pi$: perfect in frequency, slow to decay in space. In one axis wavelets are analytic: a factor
$\sqrt2$ for $\omega > 0$, 1 at the Nyquist frequency, which is its own negative. In two, the radius is steered:

$$\hat\psi_{j\ell} = \sqrt2\,r_j(|\omega|)\,\cos(\arg\omega-\pi\ell/L)_+^{L-1}/C,\quad
C = \sqrt{L\,(2L-2)!}\,/\,((L-1)!\,2^{L-1}).$$

The low-pass of T is $c(T\omega)$; the frame is tight for $T = 2^J$. Choose these where energy must be conserved.
"""

import abc
from math import factorial, sqrt

import equinox as eqx
import numpy as np

from ...citations import cites
from ...errors import InputError
from ..family import AbstractPlanar, AbstractSeries, Band, Filter, check_series


def meyer(f: Filter) -> Filter:
    r"""$c$ at $|f|$ cycles a sample: 1 up to 1/3, $\cos(\tfrac\pi2\nu(3f-1))$ up to 2/3, $\nu(x) =
    x^4(35-84x+70x^2-20x^3)$.

    >>> meyer(np.array([0.2, 0.5, 0.7])).round(4)
    array([1.    , 0.7071, 0.    ])
    """
    x = np.clip(3 * np.abs(f) - 1, 0, 1)
    return np.where(x < 1, np.cos(np.pi / 2 * x**4 * (35 - 84 * x + 70 * x**2 - 20 * x**3)), 0.0)


def shannon(f: Filter) -> Filter:
    """c at |f| cycles a sample: 1 up to 1/2, that frequency included.

    >>> shannon(np.array([0.2, 0.5, 0.7]))
    array([1., 1., 0.])
    """
    return (np.abs(f) <= 0.5).astype(float)


def ring(low_pass, f: Filter, j: int) -> Filter:
    """The radial part of scale j at |f| cycles a sample, whose square is the difference of two low-passes'."""
    inner, outer = low_pass(2 ** (j + 1) * f), (low_pass(2**j * f) if j else 1.0)
    return np.sqrt(np.maximum(outer**2 - inner**2, 0.0))


class AbstractTelescope(AbstractSeries):
    """J octaves of one wavelet each."""

    J: eqx.AbstractVar[int]
    xi: eqx.AbstractClassVar[float]  # of scale 0 in cycles a sample
    width: eqx.AbstractClassVar[float]

    @abc.abstractmethod
    def low_pass(self, f: Filter) -> Filter:
        """c at f cycles a sample."""

    def bands(self):
        return [Band(self.xi / 2**j, self.width / 2**j, j) for j in range(self.J)]

    def filter(self, N, n):
        nu = np.arange(N) / N
        sides = np.where(nu < 0.5, sqrt(2), np.where(nu == 0.5, 1.0, 0.0))
        return sides * ring(self.low_pass, nu, n)

    def phi(self, shape, T):
        return self.low_pass(T * np.fft.fftfreq(shape[0]))

    def check(self, shape):
        check_series(self.J, 1, shape)


@cites("meyer1986")
class MeyerSeries(AbstractTelescope):
    """One analytic Meyer wavelet an octave, on [1/6, 2/3] 2^-j cycles a sample, largest at 2^-j/3.

    xi is the mean frequency of its energy.

    >>> MeyerSeries(3).filter(12, 1).round(3)
    array([0.   , 0.   , 1.414, 1.   , 0.   , 0.   , 0.   , 0.   , 0.   ,
           0.   , 0.   , 0.   ])
    """

    J: int = eqx.field(static=True)
    xi, width = 0.377, 0.11

    def low_pass(self, f):
        return meyer(f)


class ShannonSeries(AbstractTelescope):
    """One indicator an octave, on (1/4, 1/2] 2^-j cycles a sample.

    >>> ShannonSeries(2).filter(8, 0).round(3)
    array([0.   , 0.   , 0.   , 1.414, 1.   , 0.   , 0.   , 0.   ])
    """

    J: int = eqx.field(static=True)
    xi, width = 0.375, 0.102

    def low_pass(self, f):
        return shannon(f)


class AbstractSteered(AbstractPlanar):
    """J octaves of L >= 2 angles pi l / L: a radial part that telescopes times an angular one."""

    xi: eqx.AbstractClassVar[float]

    @abc.abstractmethod
    def low_pass(self, f: Filter) -> Filter:
        """c at radius f cycles a pixel."""

    def angles(self):
        return np.pi * np.arange(self.L) / self.L

    def center(self, j):
        return 2 * np.pi * self.xi / 2**j

    def psi(self, shape, j):
        radius = np.hypot(*np.meshgrid(*map(np.fft.fftfreq, shape), indexing="ij"))
        return sqrt(2) * ring(self.low_pass, radius, j) * steering(shape, self.angles())

    def phi(self, shape, T):
        return self.low_pass(T * np.hypot(*np.meshgrid(*map(np.fft.fftfreq, shape), indexing="ij")))


@cites("meyer1986")
class MeyerSteerable(AbstractSteered):
    """Steered Meyer wavelets.

    >>> MeyerSteerable(2, 4).psi((8, 8), 0).shape
    (4, 8, 8)
    """

    J: int = eqx.field(static=True)
    L: int = eqx.field(static=True)
    xi = 0.377

    def __check_init__(self):
        check_steered(self.L)

    def low_pass(self, f):
        return meyer(f)


class ShannonSteerable(AbstractSteered):
    """Steered rings; Cheng's Shannon wavelets, indicators of sectors, are `wavelets.shannon`.

    >>> ShannonSteerable(2, 4).psi((8, 8), 0).shape
    (4, 8, 8)
    """

    J: int = eqx.field(static=True)
    L: int = eqx.field(static=True)
    xi = 0.375

    def __check_init__(self):
        check_steered(self.L)

    def low_pass(self, f):
        return shannon(f)


def check_steered(L: int) -> None:
    """One angle cannot be steered."""
    if isinstance(L, int) and L == 1:
        raise InputError("L=1: a steered family wants at least two angles: use L >= 2.")


def steering(shape: tuple[int, int], angles: Filter) -> Filter:
    """cos(arg - theta)^(L-1) / C where positive, (L, *shape); over both signs of the frequency its squares add up to 1.

    A Nyquist frequency has both signs: the root of the mean square over them.
    """
    L = len(angles)
    C = sqrt(L * factorial(2 * L - 2)) / (factorial(L - 1) * 2 ** (L - 1))
    squares = np.zeros((L, *shape))
    for signs in np.ndindex(2, 2):
        wy, wx = np.meshgrid(*map(_signed, shape, signs), indexing="ij")
        cosine = np.cos(np.arctan2(wy, wx) - angles[:, None, None])
        squares += (np.maximum(cosine, 0) ** (L - 1) / C) ** 2 / 4
    return squares**0.5


def _signed(side: int, sign: int) -> Filter:
    nu = np.fft.fftfreq(side)
    return nu + sign * (nu == -0.5)
