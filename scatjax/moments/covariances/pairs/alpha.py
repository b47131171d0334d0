r"""The sets of Brochard, Zhang and Mallat 2022 (ALPHA): rectifier covariances of gray and color textures.

Fields $\rho_\alpha(x\star\psi_{j\ell})$ of Morlet wavelets, A phases on the left and one on the right, scales up to
`scale_steps` apart, all angles, each at all shifts $\{0\}\cup\{2^j(\cos,\sin)(m\pi/4)\}$; then the moduli of Haar's
differences and of the low-pass. As published, the border is set to 0 before centering: give `remove_edges=True` to the
map for the right way.
"""

from typing import Any

import numpy as np

from ....citations import publishes
from ....errors import InputError
from ..edges import Border
from ..gamma import HAAR, LOW, Gamma, Norm, check_counts, joined

NORM = Norm(low="target", floor=1e-9)


@publishes("brochard2022")
def alpha_gray(
    J: int = 5, L: int = 4, A: int = 4, scale_steps: int = 2, right_phases: int = 1, *, all_shifts: bool = True
) -> Gamma:
    r"""Gray textures: "C" of $j_1\le j_2\le j_1+\Delta j$, all angles and shifts; "haar", "low".

    **Arguments**

    - `J`, `L`: scales and angles of the bank.
    - `A`: phases of the first field.
    - `scale_steps`: 2 (S in the paper's names), 4 (L), 1 (I).
    - `right_phases`: phases of the second field (1 or A).
    - `all_shifts`: if not, only fields of one scale and angle are shifted.

    >>> alpha_gray()
    Gamma(28564 covariances, 28564 real numbers: C 28416, haar 111, low 37)
    """
    columns, moves = _pairs(J, L, A, scale_steps, right_phases), shift_set(J)
    options: dict[str, Any] = {"phases": A, "norm": NORM, "edges": Border(), "L": L}
    wavelets = Gamma(**options, kind="C", **_at(columns, moves))
    if not all_shifts:
        rows = wavelets.rows
        same = (rows["j1"] == rows["j2"]) & (rows["l1"] == rows["l2"])
        wavelets = wavelets.take(same | ((rows["dy"] == 0) & (rows["dx"] == 0)))
    return wavelets + _moduli(HAAR, 3, moves, options) + _moduli(LOW, 1, moves, options)


@publishes("brochard2022")
def alpha_color(
    J: int = 5, L: int = 4, A: int = 4, scale_steps: int = 4, channels: int = 3, *, all_shifts: bool = False
) -> Gamma:
    r"""Color textures: "C" of all pairs of channels, shifts of one channel with itself ('samec') or `all_shifts`.

    >>> len(alpha_color().select(kind="C")), len(alpha_color())
    (112320, 112986)
    """
    check_counts(1, channels=channels)
    columns, moves, zero = _pairs(J, L, A, scale_steps, 1), shift_set(J), np.zeros((1, 2), int)
    options: dict[str, Any] = {"phases": A, "norm": NORM, "edges": Border(low_after_centering=False), "L": L}
    parts = []
    for c1, c2 in np.ndindex(channels, channels):
        here = _at(columns | {"c1": c1, "c2": c2}, moves if all_shifts or c1 == c2 else zero)
        parts.append(Gamma(**options, kind="C", **here))
    for c1, c2 in np.ndindex(channels, channels):
        parts.append(_moduli(LOW, 1, moves, options | {"c1": c2, "c2": c1}))
    for c in range(channels):
        parts.append(_moduli(HAAR, 3, moves, options | {"c1": c, "c2": c}))
    return joined(parts)


def shift_set(J: int) -> np.ndarray:
    r"""Shifts (n, 2): 0 and $2^j(\cos,\sin)(m\pi/4)$ rounded, on (rows, columns), each once, in lexicographic order."""
    angle = np.arange(8) * np.pi / 4
    directions = np.stack([np.cos(angle), np.sin(angle)], 1)
    every = np.concatenate([np.zeros((1, 2)), *(np.rint(2**j * directions) for j in range(J))]).astype(int)
    return np.unique(every, axis=0)


def _pairs(J: int, L: int, A: int, scale_steps: int, right_phases: int) -> dict[str, np.ndarray]:
    check_counts(1, J=J, L=L, A=A, right_phases=right_phases)
    check_counts(0, scale_steps=scale_steps)
    if right_phases > A:
        raise InputError(f"right_phases={right_phases}: there are A={A} phases.")
    scales = [(j, k) for j in range(J) for k in range(j, min(j + scale_steps, J - 1) + 1)]
    j, l1, l2, m1, m2 = np.ogrid[: len(scales), :L, :L, :A, :right_phases]
    j, l1, l2, m1, m2 = (i.reshape(-1) for i in np.broadcast_arrays(j, l1, l2, m1, m2))
    j1, j2 = np.array(scales)[j].T
    return {"j1": j1, "l1": l1, "k1": m1, "j2": j2, "l2": l2, "k2": m2}


def _at(columns: dict[str, Any], moves: np.ndarray) -> dict[str, Any]:
    """Each row at each of the shifts."""
    count = len(columns["j1"])
    rows = {name: np.repeat(np.broadcast_to(column, count), len(moves)) for name, column in columns.items()}
    return rows | {"dy": np.tile(moves[:, 0], count), "dx": np.tile(moves[:, 1], count)}


def _moduli(band: str, count: int, moves: np.ndarray, options: dict[str, Any]) -> Gamma:
    l = np.repeat(np.arange(count), len(moves))
    shift: dict[str, Any] = {"dy": np.tile(moves[:, 0], count), "dx": np.tile(moves[:, 1], count)}
    return Gamma(**options, kind=band, band1=band, band2=band, l1=l, l2=l, **shift)
