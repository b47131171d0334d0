"""The contract of a wavelet family: a table of bands and their filters on a grid, in NumPy float64.

A family of your own is one class in one file of `families` and one function in `constructors`; banks, operators,
moments and pictures then work with it. Fields of the class are static numbers. It inherits from

- `AbstractPlanar`, J scales of L angles of images, and writes `J`, `L`, `angles`, `center` (of a scale), `psi` (the
  filters of a scale) and `phi` (the low-pass);
- `AbstractSeries`, bands of one axis grouped by the octave of subsampling that they bear, and writes `J`, `bands`,
  `filter` (of a band), `phi` and `check`.

>>> class Hats(AbstractSeries):
...     J: int = eqx.field(static=True)
...
...     def bands(self):
...         return [Band(xi=0.25 / 2**j, sigma=0.1 / 2**j, j=j) for j in range(self.J)]
...
...     def filter(self, N, n):                                  # real or complex, zero at 0, in FFT order
...         nu = np.fft.fftfreq(N) * 2**n
...         return np.where(nu > 0, nu**2 * np.exp(-((nu / 0.25) ** 2)), 0.0)
...
...     def phi(self, shape, T):                                 # real, 1 at 0
...         return gaussian_low_pass(shape, 0.4 * T)
...
...     def check(self, shape):
...         check_series(self.J, 1, shape)

The laws that its bank must pass are in `scatjax.testing`: `check_frame` (bounds of the Littlewood–Paley sum), and, with
an operator on top, `check_laws`.

>>> from scatjax.domains import Periodic
>>> from scatjax.operators import Scattering
>>> from scatjax.testing import check_frame, check_laws
>>> from scatjax.wavelets import make_bank
>>> bank = make_bank(Hats(3), (64,), 2, Periodic())
>>> check_frame(bank, 0.0, 2.5)
>>> check_laws(Scattering(bank), np.random.default_rng(0).normal(size=64).astype("float32"))
"""

import abc
from typing import NamedTuple, final

import equinox as eqx
import numpy as np
from numpy.typing import NDArray

from ..coefficients import Table
from ..domains.torus import mirrored
from ..errors import InputError

Filter = NDArray[np.float64] | NDArray[np.complex128]


class AbstractFamily(eqx.Module):
    """Bands grouped by scale; small j = fine. Fields of scale j bear subsampling by 2^j."""

    J: eqx.AbstractVar[int]
    dimension: eqx.AbstractClassVar[int]

    @property
    @abc.abstractmethod
    def scales(self) -> int:
        """Number of groups of bands: j = 0 .. scales-1."""

    @abc.abstractmethod
    def psi(self, shape: tuple[int, ...], j: int) -> Filter:
        """The filters of scale j over the wave numbers of `shape`, (bands, *shape), zero at 0; real or complex."""

    @abc.abstractmethod
    def phi(self, shape: tuple[int, ...], T: float) -> Filter:
        """The low-pass filter of averaging support T samples, real, 1 at wave number 0."""

    @abc.abstractmethod
    def table(self) -> Table:
        """The names of the bands, one row each, by scale: kind, j, then what names it, xi (cycles per sample)."""

    @abc.abstractmethod
    def check(self, shape: tuple[int, ...]) -> None:
        """Refuse parameters that make no bank on this canvas, with the remedy."""


class AbstractPlanar(AbstractFamily):
    """J scales of L angles in two dimensions. `theta` is the angle of the wave vector, axis 1 toward axis 0."""

    L: eqx.AbstractVar[int]
    dimension = 2

    @abc.abstractmethod
    def angles(self) -> Filter:
        """The L angles in radians."""

    @abc.abstractmethod
    def center(self, j: int) -> float:
        """The central frequency of scale j in radians per pixel."""

    @final
    @property
    def scales(self) -> int:
        """The octaves J: one group per octave."""
        return self.J

    @final
    def table(self) -> Table:
        """The names of the bands, one row each: j, l, theta (radians), xi (cycles per pixel)."""
        j, l = np.divmod(np.arange(self.J * self.L), self.L)
        xi = np.array([self.center(scale) for scale in range(self.J)]) / (2 * np.pi)
        return Table(kind=np.full(len(j), "psi"), j=j, l=l, theta=self.angles()[l], xi=xi[j])

    @final
    def check(self, shape):
        """Refuse more octaves than the smallest side holds, and an L that is not positive."""
        check_scales(self.J, self.L, shape)


class Band(NamedTuple):
    """A band of a series: central frequency and width (cycles per sample, NaN where it has none), and its scale."""

    xi: float
    sigma: float
    j: int


class AbstractSeries(AbstractFamily):
    """Bands of one axis, n = 0, 1, .. in decreasing frequency; those of scale j bear subsampling by 2^j."""

    dimension = 1

    @abc.abstractmethod
    def bands(self) -> list[Band]:
        """Every band in decreasing frequency; j does not decrease, and a scale may have no band."""

    @abc.abstractmethod
    def filter(self, N: int, n: int) -> Filter:
        """Band n over the N wave numbers."""

    @final
    @property
    def scales(self) -> int:
        """The largest j and one: the groups of bands."""
        return self.bands()[-1].j + 1

    @final
    def psi(self, shape, j):
        """The bands of scale j in order of n, (bands, N)."""
        rows = [n for n, band in enumerate(self.bands()) if band.j == j]
        return np.stack([self.filter(shape[0], n) for n in rows]) if rows else np.zeros((0, *shape))

    @final
    def table(self) -> Table:
        """The names of the bands, one row each: j, n, xi and sigma (cycles per sample)."""
        xi, sigma, j = (np.array(column) for column in zip(*self.bands(), strict=True))
        return Table(kind=np.full(len(j), "psi"), j=j, n=np.arange(len(j)), xi=xi, sigma=sigma.astype(float))


def check_series(J: int, Q: int, shape: tuple[int, ...]) -> None:
    """Refuse more octaves J than fit in the series, and a Q that is not positive; the message names the largest J.

    >>> check_series(9, 8, (256,))
    Traceback (most recent call last):
    scatjax.errors.InputError: J=9 needs a length >= 512, got (256,): use J <= 8, or a longer series.
    """
    if not isinstance(J, int) or J < 1 or not isinstance(Q, int) or Q < 1:
        raise InputError(f"J={J} and Q={Q} must be integers of at least 1.")
    most = int(np.log2(max(min(shape), 1)))
    if most < J:
        raise InputError(
            f"J={J} needs a length >= {_power(J)}, got {shape}: "
            + (f"use J <= {most}, or a longer series." if most else "use a longer series.")
        )


def check_scales(J: int, L: int, shape: tuple[int, ...]) -> None:
    """Refuse more octaves J than fit in the smallest side, and a bad L; the message names the largest J."""
    most = int(np.log2(max(min(shape), 1)))
    if not isinstance(J, int) or J < 1 or L < 1 or not isinstance(L, int):
        raise InputError(f"J={J} and L={L} must be integers of at least 1.")
    if most < J:
        raise InputError(
            f"J={J} needs every side >= {_power(J)}, got {shape}: "
            + (f"use J <= {most}, or a larger field." if most else "use a larger field.")
        )


def _power(J: int) -> int | str:
    """2^J in a message; of an absurd J the words alone, since its digits would fill the memory."""
    return 2**J if J < 1000 else f"2^{J}"


def frequencies(shape: tuple[int, ...], period: tuple[int, ...] = ()) -> list[Filter]:
    """The angular frequency 2 pi (k/N + m) along each axis, in FFT order, shaped to broadcast; `period` = m per axis.

    >>> [w.shape for w in frequencies((8, 4))]
    [(8, 1), (1, 4)]
    """
    shifts = period or (0,) * len(shape)
    axes = [2 * np.pi * (np.fft.fftfreq(n) + m) for n, m in zip(shape, shifts, strict=True)]
    return list(np.meshgrid(*axes, indexing="ij", sparse=True))


def aliased(profile, shape: tuple[int, ...], reach: float) -> Filter:
    """The sum of `profile(*frequencies)` over all periods within `reach` radians: what sampling in space does."""
    most = max(0, int(np.ceil((reach - np.pi) / (2 * np.pi))))
    periods = np.ndindex(*(2 * most + 1,) * len(shape))
    return sum(profile(*frequencies(shape, tuple(p - most for p in period))) for period in periods)


def gaussian_low_pass(shape: tuple[int, ...], sigma: float) -> Filter:
    r"""The low-pass $e^{-\sigma^2|\omega|^2/2}$ summed over the periods of $\omega$, divided by its value at 0."""
    low = aliased(lambda *w: np.exp(-(sigma**2) * sum(a**2 for a in w) / 2), shape, 9 / sigma)
    return np.asarray(low / low.flat[0])


class TwoSided(AbstractFamily):
    """The bands of a family, then the same at -xi (column `sign`): the first layer of complex fields."""

    family: AbstractFamily

    @property
    def J(self):  # type: ignore[override]
        """Octaves of the family."""
        return self.family.J

    @property
    def dimension(self):  # type: ignore[override]
        """Axes of the family."""
        return self.family.dimension

    @property
    def scales(self):
        """The number of groups of the family."""
        return self.family.scales

    def psi(self, shape, j):
        """The filters, then their mirrors."""
        psi = self.family.psi(shape, j)
        return np.concatenate([psi, mirrored(psi, len(shape))])

    def phi(self, shape, T):
        """The low-pass of the family."""
        return self.family.phi(shape, T)

    def table(self):
        """All bands at +xi, then all at -xi: n and l count on, theta turns by pi."""
        table = self.family.table()
        turn = {"theta": np.pi, "n": len(table), "l": int(table.columns.get("l", np.zeros(1)).max()) + 1}
        columns = {name: self._doubled(column, turn.get(name)) for name, column in table.columns.items()}
        return Table(**columns, sign=np.repeat([1, -1], len(table)))

    def _doubled(self, column: np.ndarray, step) -> np.ndarray:
        return np.concatenate([column, column if step is None else column + step])

    def check(self, shape):
        """Refuse what the family refuses."""
        self.family.check(shape)
