r"""Fewer numbers from scattering spectra: harmonics over angles and scales, then those that rise above the noise.

Spectra of physical fields vary smoothly with relative angles and with the scale at fixed ratios, so a few harmonics
hold them (Cheng et al. 2023, section 2.4). Both transforms are orthonormal: an energy that matches all the reduced
numbers is the energy that matches the spectra themselves. `Reduced.keep` then drops what an ensemble cannot tell from
noise.
"""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from scipy.fft import dct

from ...citations import cites
from ...coefficients import Table, concatenate
from ...errors import InputError
from ..base import AbstractMoments
from .rows import COVARIANCES, Reduced, Rotation

ANGLES = ("l1", "l2", "l3")


@cites("cheng2023")
def reduced(phi: AbstractMoments, *, angles: bool = True, scales: bool = True) -> Reduced:
    r"""Scattering spectra in harmonics: Fourier over `angles`, cosines (DCT-II) over `scales` at fixed ratios.

    Isotropic spectra: the real orthonormal Fourier basis over each relative angle, $1/\sqrt L$, $\sqrt{2/L}\cos$,
    $\sqrt{2/L}\sin$, $(-1)^n/\sqrt L$. Full spectra: the complex one over all angles, $l_3$ extended to 2L by
    $X[l_3+L]=\bar X[l_3]$, one of each pair of $\bar F(-k)=(-1)^{k_3}F(k)$. Scales: $C_{01}$ at fixed $a=j_3-j_2$ over
    $j_3$, $C_{11}$ at fixed $a=j_2-j_1$, $b=j_3-j_2$ over $j_2$. The table then has columns k1..k3, a, b and q (the
    cosine). Every step is an isometry.

    **Arguments**

    - `phi`: scattering spectra of images.
    - `angles`: true for harmonics over angles.
    - `scales`: true for harmonics over scales.

    >>> from scatjax.moments import ScatteringSpectra
    >>> from scatjax.wavelets import morlet
    >>> phi = reduced(ScatteringSpectra(morlet((32, 32), J=3, L=4), isotropic=True))
    >>> len(phi.table), len(phi.phi.table)
    (191, 191)
    """
    table = phi.table
    if "k1" in table.columns:
        raise InputError("reduced takes scattering spectra: give phase harmonics `gamma.replace(angular=Isotropic())`.")
    if not set(COVARIANCES) & set(table["kind"].tolist()):
        raise InputError(f"reduced takes scattering spectra, not a map of {sorted(set(table['kind'].tolist()))}.")
    rotations = []
    for turn, wanted in ((_angular, angles), (_cosines, scales)):
        if wanted:
            rotation, table = turn(table)
            rotations.append(rotation)
    return Reduced(phi, tuple(rotations), jnp.arange(len(table), dtype=jnp.int32), table)


class _Blocks:
    """Collects the blocks of a rotation and the table of its rows."""

    def __init__(self, table: Table):
        self.table = table
        self.index: list[Array] = []
        self.matrix: list[Array] = []
        self.tables: list[Table] = []
        rest = np.flatnonzero(~np.isin(table["kind"], COVARIANCES))
        self.add(rest[:, None], np.eye(1), table.take(rest))

    def add(self, index: np.ndarray, matrix: np.ndarray, table: Table) -> None:
        """One block: rows `index` (group, n), -1 = zero by structure."""
        self.index.append(jnp.asarray(np.where(index < 0, len(self.table), index), jnp.int32))
        self.matrix.append(jax.device_put(np.asarray(matrix, jnp.result_type(float))))
        self.tables.append(table)

    def done(self) -> tuple[Rotation, Table]:
        """The rotation and the table of what it gives."""
        return Rotation(tuple(self.index), tuple(self.matrix)), concatenate(self.tables)


def _groups(table: Table, rows: np.ndarray, within: tuple[str, ...]):
    """The first row of each group of rows that agree in every column but `within`, and the group of each row."""
    labels = [name for name in table.columns if name not in within]
    keys = np.stack([table[name][rows].astype(str) for name in labels])
    _, first, group = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))  # groups in the order of their first row
    return rows[np.sort(first)], order[group.reshape(-1)]


def _angular(table: Table) -> tuple[Rotation, Table]:
    blocks = _Blocks(table)
    complex_valued = "part" in table.columns and "im" in table["part"]
    for kind in COVARIANCES:
        rows = table.rows(kind=kind)
        names = [name for name in ANGLES if name in table.columns and table[name][rows].max(initial=-1) >= 0]
        L = int(table[names[-1]][rows].max()) + 1
        firsts, group = _groups(table, rows, (*names, "part"))
        matrix, harmonics = _complex_basis(L, len(names)) if complex_valued else _real_basis(L, len(names))
        index = np.full((len(firsts), matrix.shape[1]), -1)
        place = np.ravel_multi_index([table[name][rows] for name in names], (L,) * len(names))
        if complex_valued:
            place = place + L ** len(names) * (table["part"][rows] == "im")
        index[group, place] = rows
        blocks.add(index, matrix, _named(table.take(firsts), names, harmonics))
    return blocks.done()


def _named(first: Table, names: list[str], harmonics: dict[str, np.ndarray]) -> Table:
    """The table of a block: each group's labels, times the harmonics in place of the angles."""
    count = len(next(iter(harmonics.values())))
    kept = {n: np.repeat(c, count) for n, c in first.columns.items() if n not in (*names, "part")}
    tiled = {name: np.tile(column, len(first)) for name, column in harmonics.items()}
    return Table(**kept, **tiled)


def _fourier(L: int) -> np.ndarray:
    """Real orthonormal Fourier basis, rows = harmonics."""
    n, rows = np.arange(L), [np.full(L, 1 / np.sqrt(L))]
    for k in range(1, (L + 1) // 2):
        rows += [np.sqrt(2 / L) * np.cos(2 * np.pi * k * n / L), np.sqrt(2 / L) * np.sin(2 * np.pi * k * n / L)]
    if L % 2 == 0:
        rows.append((-1.0) ** n / np.sqrt(L))
    return np.array(rows)


def _real_basis(L: int, depth: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    matrix = np.eye(1)
    for _ in range(depth):
        matrix = np.kron(matrix, _fourier(L))
    numbers = np.indices((L,) * depth).reshape(depth, -1)
    return matrix, {f"k{4 - depth + i}": numbers[i] for i in range(depth)}


def _complex_basis(L: int, depth: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Acts on (re, im) of X[l.., l3]: one of each pair ±k of F over l3 < 2L, times sqrt 2; self-paired k once."""
    shape = (L,) * (depth - 1) + (2 * L,)
    size = L**depth
    basis = (np.eye(2 * size)[:, :size] + 1j * np.eye(2 * size)[:, size:]).reshape(-1, *(L,) * depth)
    extended = np.concatenate([basis, basis.conj()], axis=-1) / np.sqrt(2)
    F = np.fft.fftn(extended, axes=range(1, depth + 1), norm="ortho").reshape(2 * size, -1)
    rows, numbers, parts = [], [], []
    for k in itertools.product(*map(range, shape)):
        mirror = tuple(-a % n for a, n in zip(k, shape, strict=True))
        column = F[:, np.ravel_multi_index(k, shape)]
        if k < mirror:
            rows += [np.sqrt(2) * column.real, np.sqrt(2) * column.imag]
        elif k == mirror:
            rows.append(column.imag if k[-1] % 2 else column.real)
        new = ["re", "im"] if k < mirror else (["im" if k[-1] % 2 else "re"] if k == mirror else [])
        numbers += [k] * len(new)
        parts += new
    columns = np.array(numbers).T
    return np.array(rows), {f"k{4 - depth + i}": columns[i] for i in range(depth)} | {"part": np.array(parts)}


def _cosines(table: Table) -> tuple[Rotation, Table]:
    blocks = _Blocks(table)
    for kind, along in (("C01", "j3"), ("C11", "j2")):
        rows = table.rows(kind=kind)
        first = table["j1"][rows] if kind == "C11" else table["j2"][rows]
        a = table["j2" if kind == "C11" else "j3"][rows] - first
        b = table["j3"][rows] - table["j2"][rows] if kind == "C11" else np.full_like(a, -1)
        columns = {n: c[rows] for n, c in table.columns.items() if n not in ("j1", "j2", "j3")}
        ratios = Table(**columns, a=a, b=b, row=rows, j=table[along][rows])
        _add_cosines(blocks, ratios)
    return blocks.done()


def _add_cosines(blocks: _Blocks, ratios: Table) -> None:
    """Blocks of one kind: groups of equal ratios and angles, sorted by length, one DCT-II per length."""
    firsts, group = _groups(ratios, np.arange(len(ratios)), ("row", "j"))
    lengths = np.bincount(group)
    for length in np.unique(lengths):
        chosen = np.flatnonzero(lengths == length)
        index = np.stack([_sorted_rows(ratios, np.flatnonzero(group == g)) for g in chosen])
        labels = ratios.take(firsts[chosen])
        columns = {n: np.repeat(c, length) for n, c in labels.columns.items() if n not in ("row", "j")}
        q = np.tile(np.arange(length), len(chosen))
        table = Table(**columns, q=q)
        blocks.add(index, dct(np.eye(length), axis=0, norm="ortho"), table)


def _sorted_rows(ratios: Table, members: np.ndarray) -> np.ndarray:
    return ratios["row"][members[np.argsort(ratios["j"][members])]]
