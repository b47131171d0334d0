r"""The sets of pywph 1.1.3 (Regaldo-Saint Blancard et al. 2021, after Allys et al. 2020): wavelet phase harmonics.

Classes S11, S00, S01 (one scale), C01, Cphase (two scales), L (low-passes), in this order. Shifts of n = 1..dn have
length 2^n, along the wave vector of the second angle turned by a pi/A.
"""

import dataclasses
import itertools
from collections.abc import Iterable
from typing import Any

import numpy as np

from ....citations import publishes
from ....errors import InputError
from ....operators.pointwise import LARGEST_HARMONIC
from ..edges import PERIODIC_EDGES, Cropped
from ..gamma import LOW, Gamma, Norm, check_counts

Row = tuple[str, int, int, int, int, int, int, int, int, int]  # kind, j1, l1, k1, j2, l2, k2, dy, dx, flip
NAMES = ("kind", "j1", "l1", "k1", "j2", "l2", "k2", "dy", "dx", "flip")
CLASSES = ("S11", "S00", "S01", "C01", "Cphase", "L")
OPTIONAL = ("C00", "S10", "C10", "Cphase_inv")


@dataclasses.dataclass(frozen=True)
class GaussianLowPasses:
    r"""Gaussians of sigma = $2^j/(.496\cdot2^{-.55}\xi_0)$ samples, j = -1..last, divided by $2\pi\sigma^2$ (pywph)."""

    last: int

    @property
    def count(self) -> int:
        """The number of low-passes."""
        return self.last + 2

    def filters(self, bank) -> np.ndarray:
        """The spectra of the low-passes, (count, *torus)."""
        if not hasattr(bank.family, "xi"):
            raise InputError("the low-passes of pywph are placed by its bumps: use sj.wavelets.bump_steerable(..).")
        sigmas = [2.0**j / (0.496 * 2**-0.55 * bank.family.xi) for j in range(-1, self.last + 1)]
        return np.stack([_gaussian(bank.domain.padded, sigma) for sigma in sigmas])


def _gaussian(shape: tuple[int, ...], sigma: float) -> np.ndarray:
    sides = []
    for n in shape:
        places = np.arange(n)[:, None] + n * np.arange(-2, 2)
        sides.append(np.fft.fft(np.exp(-(places**2) / (2 * sigma**2)).sum(1)).real)
    return np.multiply.outer(*sides) / (2 * np.pi * sigma**2)


class _Grid:
    """Shifts of length 2^n (or 3 n 2^j2: `legacy`) along the wave vector of l2, turned."""

    def __init__(self, J: int, L: int, A: int, dn: int, *, legacy: bool):
        check_counts(1, J=J, L=L, A=A)
        check_counts(0, translations=dn)
        self.J, self.L, self.A, self.dn, self.legacy = J, L, A, dn, legacy

    def most(self, j2: int) -> int:
        return min(self.dn, self.J - 1 - j2)

    def steps(self, j2: int, turns: int, *, clipped: bool = False) -> Iterable[tuple[int, int]]:
        """Pairs (n, a) of n = 0, then of n = 1..dn with a = 0..turns-1."""
        most = self.most(j2) if clipped or self.legacy else self.dn
        return [(0, 0), *itertools.product(range(1, most + 1), range(turns))]

    def shift(self, j2: int, l2: int, n: int, a: int) -> tuple[int, int]:
        if n == 0:
            return 0, 0
        angle, radius = np.pi * l2 / self.L - a * np.pi / self.A, 3 * n * 2**j2 if self.legacy else 2**n
        return int(np.rint(radius * np.sin(angle))), int(np.rint(radius * np.cos(angle)))


@publishes("allys2020", "regaldo2021", "pywph")
def pywph(
    J: int,
    L: int = 4,
    translations: int = 0,
    classes: Iterable[str] = CLASSES,
    A: int = 4,
    *,
    legacy: bool = False,
    complex_map: bool = False,
    normalized: bool = True,
    periodic: bool = True,
) -> Gamma:
    r"""The rows of pywph: "S11" $(z,z)$, "S00" $(|z|,|z|)$, "S01" $(|z|,z)$, "C01" $(|z_1|,z_2)$ of all angles nearer
    than $\pi/2$, "Cphase" $(z_1,[z_2]^{2^{j_2-j_1}})$, "L" of the low-passes.

    **Arguments**

    - `J`, `L`: scales and angles of the bank.
    - `translations`: dn, shifts of 2, .. 2^dn samples in `A` directions per half turn.
    - `classes`: those wanted, also of "C00", "S10", "C10", "Cphase_inv".
    - `A`: directions of shifts per half turn.
    - `legacy`: shifts of $3n2^{j_2}$ as in the older papers.
    - `complex_map`: of $Q+iU$, as two channels.
    - `normalized`: fields divided by the target's deviations ('auto'), or centered on their own means alone (None).
    - `periodic`: if not, $2^J/2$ samples of each side are cut off.

    Differences from pywph: rows of "Cphase" whose phase turns more than 256 times as fast (J >= 10) are left out;
    angles of C01 beyond [0, L) are wrapped as there (the row is then the conjugate of the statistic at the true
    angle); negative lags of a field that is not periodic are right here, and 0 there.

    >>> pywph(J=4, L=4)
    Gamma(177 covariances, 313 real numbers: S11 16, S00 16, S01 16, C01 96, Cphase 24, L 9)
    """
    angles = 2 * L if complex_map else L
    grid = _Grid(J, L, A, translations, legacy=legacy)
    makers = {
        "S11": lambda: _same("S11", grid, (1, 1), angles, A, pseudo=complex_map),
        "S00": lambda: _same("S00", grid, (0, 0), angles, A),
        "S01": lambda: _same("S01", grid, (0, 1), angles, 0),
        "S10": lambda: _same("S10", grid, (1, 0), angles, 0),
        "C00": lambda: _near("C00", grid, (0, 0), angles, both=complex_map),
        "C01": lambda: _near("C01", grid, (0, 1), angles, both=complex_map),
        "C10": lambda: _swapped("C10", _near("C01", grid, (0, 1), angles, both=complex_map)),
        "Cphase": lambda: _phase(grid, angles),
        "Cphase_inv": lambda: _swapped("Cphase_inv", _phase(grid, angles)),
    }
    options = _options(grid, normalized=normalized, periodic=periodic) | {"complex_map": complex_map}
    return _gamma(grid.J, makers, list(classes), _low(both=complex_map), options)


@publishes("allys2020", "regaldo2021", "pywph")
def pywph_cross(
    J: int, L: int = 4, translations: int = 0, A: int = 4, *, normalized: bool = True, periodic: bool = True
) -> Gamma:
    """Cross moments of two maps, channels 0 and 1: first factor from the one, second from the other.

    **Arguments**: as of `pywph`.

    >>> len(pywph_cross(J=4, L=4))
    316
    """
    grid = _Grid(J, L, A, translations, legacy=False)
    makers = {
        "S11": lambda: _same("S11", grid, (1, 1), L, 2 * A),
        "S00": lambda: _same("S00", grid, (0, 0), L, 2 * A),
        "S01": lambda: _same("S01", grid, (0, 1), L, 0),
        "C01": lambda: _near("C01", grid, (0, 1), L),
        "S10": lambda: _same("S10", grid, (1, 0), L, 0),
        "C10": lambda: _swapped("C10", _near("C01", grid, (0, 1), L)),
        "Cphase": lambda: _phase(grid, L),
        "Cphase_inv": lambda: _swapped("Cphase_inv", _phase(grid, L)),
    }
    low = [(0, 0, 0), (0, 1, 0), (1, 1, 0), (1, 0, 0)]
    options = _options(grid, normalized=normalized, periodic=periodic) | {"c1": 0, "c2": 1}
    return _gamma(grid.J, makers, [*makers, "L"], low, options)


def _options(grid: _Grid, *, normalized: bool, periodic: bool) -> dict[str, Any]:
    norm = Norm(divide=normalized, center="target" if normalized else "own", low="own")
    edges = PERIODIC_EDGES if periodic else Cropped()
    return {"norm": norm, "edges": edges, "L": grid.L, "low": GaussianLowPasses(grid.J // 4)}


def _gamma(J: int, makers, classes: list[str], low: list[tuple[int, int, int]], options: dict[str, Any]) -> Gamma:
    unknown = set(classes) - {*makers, "L"}
    if unknown or not classes:
        raise InputError(f"classes={classes}: choose from {[*makers, 'L']}.")
    rows = [row for name in [*makers] if name in classes for row in makers[name]()]
    if not rows and "L" not in classes:
        raise InputError(f"J={J}: classes {classes} are of two scales; take J >= 2.")
    columns: dict[str, Any] = dict(zip(NAMES, map(np.array, zip(*rows, strict=True)), strict=True)) if rows else {}
    psi = [Gamma(**options, **columns)] if rows else []
    if "L" in classes:
        j, which = np.repeat(np.arange(J // 4 + 2), len(low)), np.tile(low, (J // 4 + 2, 1)).T
        sides = dict(zip(("k1", "k2", "flip"), which, strict=True))
        psi.append(Gamma(**options, kind="L", band1=LOW, band2=LOW, j1=j, j2=j, **sides))
    return psi[0] if len(psi) == 1 else psi[0] + psi[1]


def _low(*, both: bool) -> list[tuple[int, int, int]]:
    """The (k1, k2, flip) of low-passes; of complex maps (`both`) also with the conjugate."""
    return [(0, 0, 0), (0, 1, 0), (1, 1, 0), *([(1, 1, 1)] if both else [])]


def _same(kind: str, grid: _Grid, k: tuple[int, int], angles: int, turns: int, *, pseudo: bool = False) -> list[Row]:
    """Rows of one scale and one angle; with `pseudo` also of a field and the conjugate of its opposite."""
    rows, L = [], grid.L
    for j in range(grid.J):
        steps = grid.steps(j, turns)
        rows += [(kind, j, l, k[0], j, l, k[1], *grid.shift(j, l, *s), 0) for l in range(angles) for s in steps]
        if pseudo:
            for l in range(L):
                for n, a in grid.steps(j, 2 * grid.A):
                    opposite = (l + L) % (2 * L)
                    shift = grid.shift(j, opposite, n, (a + grid.A) % (2 * grid.A))
                    rows.append((kind, j, l, k[0], j, opposite, k[1], *shift, 1))
    return rows


def _near(kind: str, grid: _Grid, k: tuple[int, int], angles: int, *, both: bool = False) -> list[Row]:
    """Rows of two scales and angles nearer than a quarter turn, or so from the opposite if `both`.

    Shifts stand where the angles are the same.
    """
    rows, L = [], grid.L
    for j1, j2 in itertools.combinations(range(grid.J), 2):
        for l1 in range(angles):
            around = [l1 + d for d in range(-(L // 2), L - L // 2)]
            for l2 in [l % angles for l in around + ([l + L for l in around] if both else [])]:
                steps = grid.steps(j2, 2 * grid.A) if l1 == l2 else [(0, 0)]
                rows += [(kind, j1, l1, k[0], j2, l2, k[1], *grid.shift(j2, l2, *s), 0) for s in steps]
    return rows


def _phase(grid: _Grid, angles: int) -> list[Row]:
    """Rows of two scales, the second's phase accelerated to the frequency of the first."""
    rows = []
    for j1, j2 in itertools.combinations(range(grid.J), 2):
        steps, k = grid.steps(j2, 2 * grid.A, clipped=True), 2 ** (j2 - j1)
        if k <= LARGEST_HARMONIC:
            rows += [("Cphase", j1, l, 1, j2, l, k, *grid.shift(j2, l, *s), 0) for l in range(angles) for s in steps]
    return rows


def _swapped(kind: str, rows: list[Row]) -> list[Row]:
    return [(kind, j2, l2, k2, j1, l1, k1, dy, dx, flip) for _, j1, l1, k1, j2, l2, k2, dy, dx, flip in rows]
