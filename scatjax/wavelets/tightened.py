r"""Tight frames of any family: every filter divided by $\sqrt{A(\omega)}$,
$A = |\hat\phi|^2 + \tfrac12\sum_\lambda|\hat\psi_\lambda(\omega)|^2 + |\hat\psi_\lambda(-\omega)|^2$.

A real field then keeps its energy: $\|x\|^2 = \|x\star\phi\|^2 + \sum_\lambda\|x\star\psi_\lambda\|^2$,
exactly on the canvas and with the low-pass for which A was made, and up to what a bank cuts from its filters
(nothing with `oversampling="full"`). A frequency that no filter covers cannot be repaired: below A = .05 it is refused.
"""

import dataclasses
import functools

import equinox as eqx
import numpy as np

from ..domains.torus import mirrored
from ..errors import InputError
from .family import AbstractFamily, AbstractPlanar, AbstractSeries, Filter, TwoSided

LEAST = 0.05  # of A: less would amplify what a filter holds there by more than 4.5


class TightSeries(AbstractSeries):
    """A family of one axis over sqrt(A); `T` is the support of its low-pass, 2^J if None."""

    family: AbstractSeries
    T: float | None = eqx.field(static=True, default=None)

    @property
    def J(self) -> int:  # type: ignore[override]
        """Octaves of the family."""
        return self.family.J

    def bands(self):
        """The bands of the family."""
        return self.family.bands()

    def filter(self, N, n):
        """The filter of the family over sqrt(A)."""
        return self.family.filter(N, n) / root(self.family, (N,), self.T)

    def phi(self, shape, T):
        """The low-pass of the family over sqrt(A); T must be the one for which A was made."""
        return self.family.phi(shape, T) / root(self.family, shape, _same(self, T))

    def check(self, shape):
        """Refuse what the family refuses."""
        self.family.check(shape)


class TightPlanar(AbstractPlanar):
    """A family of two dimensions over sqrt(A); `T` is the support of its low-pass, 2^J if None."""

    family: AbstractPlanar
    T: float | None = eqx.field(static=True, default=None)

    @property
    def J(self) -> int:  # type: ignore[override]
        """Octaves of the family."""
        return self.family.J

    @property
    def L(self) -> int:  # type: ignore[override]
        """Angles of the family."""
        return self.family.L

    def angles(self):
        """The angles of the family."""
        return self.family.angles()

    def center(self, j):
        """The centers of the family."""
        return self.family.center(j)

    def psi(self, shape, j):
        """The filters of the family over sqrt(A)."""
        return self.family.psi(shape, j) / root(self.family, shape, self.T)

    def phi(self, shape, T):
        """The low-pass of the family over sqrt(A); T must be the one for which A was made."""
        return self.family.phi(shape, T) / root(self.family, shape, _same(self, T))


def tight(family: AbstractFamily, T: int | float | None = None) -> TightSeries | TightPlanar:
    """The tight frame of a family, for a low-pass of support T (2^J).

    >>> from .families.dyadic import BattleLemarie
    >>> family = tight(BattleLemarie(3, 1))
    >>> bool(np.ptp(littlewood_paley(family, (64,), 8.0)) < 1e-14)
    True
    """
    T = None if T is None else float(T)
    if isinstance(family, AbstractSeries):
        return TightSeries(family, T)
    if isinstance(family, AbstractPlanar):
        return TightPlanar(family, T)
    raise InputError(f"{type(family).__name__} is neither of series nor of images: divide its filters yourself.")


def rescaled(family: AbstractFamily, J: int) -> AbstractFamily:
    """The same family with another number of octaves.

    >>> from .families.dyadic import Bump
    >>> rescaled(tight(Bump(3, 1)), 4).J
    4
    """
    if isinstance(family, TwoSided):
        return TwoSided(rescaled(family.family, J))
    if isinstance(family, TightSeries | TightPlanar):
        return tight(rescaled(family.family, J), None if family.T is None else family.T * 2.0 ** (J - family.J))
    return dataclasses.replace(family, J=J)  # type: ignore[call-arg]


def littlewood_paley(family: AbstractFamily, shape: tuple[int, ...], T: float) -> Filter:
    """The Littlewood–Paley sum A over the wave numbers of `shape`."""
    power = np.zeros(shape)
    for j in range(family.scales):
        for band in family.psi(shape, j):
            power += np.abs(band) ** 2
    return np.abs(family.phi(shape, T)) ** 2 + (power + mirrored(power, len(shape))) / 2


@functools.lru_cache(maxsize=8)  # a bank asks for it once per scale
def root(family: AbstractFamily, shape: tuple[int, ...], T: float | None) -> Filter:
    """The root of A; refused where some frequency is hardly covered."""
    T = float(2**family.J) if T is None else T
    A = littlewood_paley(family, shape, T)
    check_covered(family, A, T, "made tight")
    return np.sqrt(A)


def check_covered(family: AbstractFamily, A: Filter, T: float, deed: str) -> None:
    """Refuse a frame that hardly covers some frequency: it cannot be made tight, or inverted.

    >>> from .families.morlet_series import MorletSeries
    >>> check_covered(MorletSeries(3, 8), np.full(4, 0.01), 8.0, "inverted")
    Traceback (most recent call last):
    scatjax.errors.InputError: MorletSeries covers 0 cycles a sample by A=0.01 only, and 0.05 is the least that can be \
inverted: use full_band=True.
    """
    if A.min() >= LEAST:
        return
    where = np.unravel_index(A.argmin(), A.shape)
    nu = [abs(float(np.fft.fftfreq(n)[k])) for n, k in zip(A.shape, where, strict=True)]
    raise InputError(
        f"{type(family).__name__} covers {', '.join(f'{f:.3g}' for f in nu)} cycles a sample by A={A.min():.2g} "
        f"only, and {LEAST} is the least that can be {deed}: {_remedy(family, T)}."
    )


def _remedy(family: AbstractFamily, T: float) -> str:
    if getattr(family, "limits", None) is not None:
        return "keep all bands"
    if T > 2**family.J:
        return f"use T <= {2**family.J}, or J >= {int(np.ceil(np.log2(T)))}"
    if getattr(family, "full_band", True) is False:
        return "use full_band=True"
    planar = isinstance(family, AbstractPlanar)
    return "use Morlet wavelets, L = 4 or 8, or Meyer" if planar else "use Meyer or Haar wavelets"


def _same(family: TightSeries | TightPlanar, T: float) -> float | None:
    own = float(2**family.J) if family.T is None else family.T
    if own != T:
        raise InputError(f"this frame is tight with the low-pass of T={own:g}: for T={T:g} use tight(family, {T:g}).")
    return family.T
