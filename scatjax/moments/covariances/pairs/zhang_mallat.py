r"""The sets of Zhang and Mallat 2021 (models A, B, C, D of turbulence) and of Mallat, Zhang and
Rochette 2018 (recovery of an image from its phase harmonic correlations).

All are of the bump-steerable bank, 2L angles, each scale with itself and the `scale_steps` next ones, angles nearer
than `angle_steps`. Rows (l, l') and (l+L, l'+L) are conjugates for real images: both are rows, and computed once.
"""

import itertools
from collections.abc import Iterable
from typing import Any

import numpy as np

from ....citations import publishes
from ....errors import InputError
from ..angular import AngularFourier
from ..gamma import LOW, ONE, Gamma, Norm, check_counts

Shifts = list[tuple[int, int]]


@publishes("mallat2018")
def mallat_zhang_rochette(
    J: int,
    L: int = 8,
    scale_steps: int = 0,
    harmonic_steps: int = 1,
    angle_steps: int | None = None,
    *,
    means: bool = True,
) -> Gamma:
    r"""Same scale: "S" $(k,k')$ = (1,0), (1,1), (0,0); next scales: "C" (0,0), (0,1), (0,2), $(1,k')$ with $|k' -
    2^{j'-j}|\le\Delta k$; $\langle|\tilde\phi|^2\rangle$ ("low"); fields are centered and not divided. With `means`
    also the mean of each field that is not 0 by construction.

    **Arguments**

    - `J`, `L`: scales and angles of the bank.
    - `scale_steps`, `harmonic_steps`, `angle_steps`: $\Delta j$, $\Delta k$, $\Delta\ell$ (L/2).
    - `means`: true adds the rows of means.

    >>> gamma = mallat_zhang_rochette(J=8, L=8)
    >>> len(gamma.drop(kind="mean")), len(gamma.table())
    (3457, 5890)
    """
    _check(J, L, scale_steps=scale_steps, harmonic_steps=harmonic_steps)
    pairs = _near(L, angle_steps)
    rows = [_scale(j, pairs) for j in range(J)]
    for j, other in _scales(J, scale_steps):
        middle = 2 ** (other - j)
        harmonics = [(1, k) for k in range(middle - harmonic_steps, middle + harmonic_steps + 1)]
        rows.append(_two_scales(j, other, pairs, [(0, 0), (0, 1), (0, 2), *harmonics]))
    options: dict[str, Any] = {"norm": Norm(divide=False), "zeros": True, "L": L}
    gamma = _joined(rows, options) + _low_power(options)
    return gamma + _means(gamma, L, options) if means else gamma


@publishes("zhang2021")
def zhang_mallat_b(J: int = 5, L: int = 8, angle_steps: int | None = None, shift_steps: int = 2) -> Gamma:
    r"""Model B: each scale alone, and the shifts of z and |z|, $n_1 = 0..\Delta n$, $|n_2|\le\Delta n$.

    >>> zhang_mallat_b()
    Gamma(4415 covariances, 6895 real numbers: S 2160, low 15, shift 2240)
    """
    return zhang_mallat_c(J, L, 0, angle_steps, shift_steps)


@publishes("zhang2021")
def zhang_mallat_c(
    J: int = 5, L: int = 8, scale_steps: int = 1, angle_steps: int | None = None, shift_steps: int = 2
) -> Gamma:
    """Model C: as B, with the next scale: (0,0), (0,1), (0,2), $(1,2^{j'-j})$.

    >>> zhang_mallat_c()
    Gamma(6719 covariances, 10927 real numbers: S 2160, C 2304, low 15, shift 2240)
    """
    _check(J, L, scale_steps=scale_steps, shift_steps=shift_steps)
    pairs = _near(L, angle_steps)
    rows = _published_order(J, pairs, scale_steps)
    shifts = _moves(shift_steps)
    options: dict[str, Any] = {"norm": Norm(), "L": L}
    gamma = _joined(rows, options) + _low_power(options)
    if shifts:
        gamma = gamma + _joined([_shifted(j, k, L, shifts) for j in range(J) for k in (0, 1)], options)
        gamma = gamma + _low_shifted(J, shifts, options)
    return gamma


@publishes("zhang2021")
def zhang_mallat_d(J: int = 5, L: int = 8, scale_steps: int = 1, largest_harmonic: int = 4) -> Gamma:
    r"""Model D: C's pairs of all angles without shifts, in Fourier over them, q = q' alone; D' has `scale_steps` = 5.

    Fields are centered and divided by means over all angles of a scale. $(1, 2^{j'-j})$ up to `largest_harmonic`.

    >>> zhang_mallat_d(J=3, L=4).angular
    AngularFourier()
    """
    _check(J, L, scale_steps=scale_steps, largest_harmonic=largest_harmonic)
    rows = _published_order(J, _near(L, L), scale_steps)
    options: dict[str, Any] = {"norm": Norm(pooled=True), "angular": AngularFourier(), "L": L}
    gamma = _joined(rows, options)
    return gamma.take(gamma.rows["k2"] <= largest_harmonic) + _low_power(options)


@publishes("zhang2021")
def zhang_mallat_a(J: int = 5, L: int = 8, shift_steps: int = 2) -> Gamma:
    """Model A, the Gaussian one: powers of all bands and of the low-pass, and their correlations at the shifts.

    >>> zhang_mallat_a()
    Gamma(1215 covariances, 2335 real numbers: S 80, shift 1120, low 15)
    """
    _check(J, L, shift_steps=shift_steps)
    options: dict[str, Any] = {"norm": Norm(), "L": L}
    shifts = _moves(shift_steps)
    same = [_columns("S", j, l, 1, j, l, 1) for j in range(J) for l in [np.arange(2 * L)]]
    gamma = _joined(same, options)
    if shifts:
        gamma = gamma + _joined([_shifted(j, 1, L, shifts) for j in range(J)], options)
    gamma = gamma + _low_power(options)
    return gamma + _low_shifted(J, shifts, options) if shifts else gamma


def _check(J: int, L: int, **steps: int) -> None:
    check_counts(1, J=J, L=L)
    check_counts(0, **steps)


def _published_order(J: int, pairs: np.ndarray, scale_steps: int) -> list[dict[str, Any]]:
    rows = []
    for j in range(J):
        rows.append(_scale(j, pairs))
        for other in range(j + 1, min(j + scale_steps, J - 1) + 1):
            rows.append(_two_scales(j, other, pairs, [(0, 0), (0, 1), (0, 2), (1, 2 ** (other - j))]))
    return rows


def _scales(J: int, scale_steps: int) -> Iterable[tuple[int, int]]:
    return [(j, k) for j, k in itertools.combinations(range(J), 2) if k - j <= scale_steps]


def _near(L: int, angle_steps: int | None) -> np.ndarray:
    """(2, n): ordered pairs of angles at a circular distance of at most `angle_steps`, row-major."""
    steps = L // 2 if angle_steps is None else angle_steps
    if not 0 <= steps <= L:
        raise InputError(f"angle_steps={steps} must lie between 0 and L={L}.")
    l, m = np.indices((2 * L, 2 * L))
    distance = np.abs((l - m + L) % (2 * L) - L)
    return np.stack([l[distance <= steps], m[distance <= steps]])


def _scale(j: int, pairs: np.ndarray) -> dict[str, Any]:
    return _two_scales(j, j, pairs, [(1, 0), (1, 1), (0, 0)], "S")


def _two_scales(
    j: int, other: int, pairs: np.ndarray, harmonics: list[tuple[int, int]], kind: str = "C"
) -> dict[str, Any]:
    k = np.repeat(np.array(harmonics).T, pairs.shape[1], axis=1)
    l = np.tile(pairs, (1, len(harmonics)))
    return _columns(kind, j, l[0], k[0], other, l[1], k[1])


def _columns(kind: str, j1, l1, k1, j2, l2, k2, dy=0, dx=0) -> dict[str, Any]:
    return {"kind": kind, "j1": j1, "l1": l1, "k1": k1, "j2": j2, "l2": l2, "k2": k2, "dy": dy, "dx": dx}


def _joined(rows: list[dict[str, Any]], options: dict[str, Any]) -> Gamma:
    every = [{n: np.broadcast_to(v, len(row["l1"])) for n, v in row.items()} for row in rows]
    columns: dict[str, Any] = {name: np.concatenate([row[name] for row in every]) for name in every[0]}
    return Gamma(**options, **columns)


def _moves(steps: int) -> Shifts:
    """(n1, n2) of half a plane, without 0."""
    return [(a, b) for a in range(steps + 1) for b in range(-steps, steps + 1) if (a, b) != (0, 0)]


def _shifted(j: int, k: int, L: int, moves: Shifts) -> dict[str, Any]:
    """Each field of a scale with itself, tau = -2^j (n1, n2)."""
    l = np.repeat(np.arange(2 * L), len(moves))
    dy, dx = (np.tile(-(2**j) * np.array(move), 2 * L) for move in zip(*moves, strict=True))
    return _columns("shift", j, l, k, j, l, k, dy, dx)


def _low_power(options: dict[str, Any]) -> Gamma:
    return Gamma(**options, kind="low", band1=LOW, band2=LOW, k1=1, k2=1)


def _low_shifted(J: int, moves: Shifts, options: dict[str, Any]) -> Gamma:
    dy, dx = (-(2 ** (J - 1)) * np.array(move) for move in zip(*moves, strict=True))
    return Gamma(**options, kind="low", band1=LOW, band2=LOW, k1=1, k2=1, dy=dy, dx=dx)


def _means(gamma: Gamma, L: int, options: dict[str, Any]) -> Gamma:
    """<f> of every field of the rows but z itself, whose mean is 0."""
    rows = gamma.rows
    psi = rows["band2"] != LOW
    fields = np.unique(np.stack([rows["j2"][psi], rows["k2"][psi]]), axis=1)
    j, k = fields[:, fields[1] != 1]
    l = np.tile(np.arange(2 * L), len(j))
    j, k = np.repeat(j, 2 * L), np.repeat(k, 2 * L)
    low = Gamma(**options, kind="mean", band1=LOW, k1=1, band2=ONE)
    return Gamma(**options, kind="mean", j1=j, l1=l, k1=k, band2=ONE) + low
