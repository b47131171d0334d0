r"""Covariances in Fourier over angles, or averaged over them: isotropic fields need no more.

Over all angles $\theta_\ell = \pi\ell/L$, $\ell<2L$, of both fields,

$$F_a[q] = (2L)^{-1/2}\sum_\ell\tilde f_{a\ell}e^{-2\pi iq\ell/2L},\quad
S_{ab}[q] = \langle F_a[q]\overline{F_b[q]}\rangle = \sum_d e^{-2\pi iqd/2L}\,C_{ab}[d],\quad
C_{ab}[d] = \frac1{2L}\sum_\ell S[a,\ell+d;\,b,\ell]$$

(Zhang and Mallat 2021, model D): in the law of an isotropic field products of different q are 0. `Isotropic` keeps
$C[d]$.
"""

import abc
import dataclasses
from typing import ClassVar

import jax
import numpy as np

from ...citations import cites
from ...coefficients import Table, concatenate
from ...errors import InputError
from ..reductions.rows import Reduced, Rotation
from .engine import Covariances
from .gamma import PSI, Gamma

GROUP = ("kind", "c1", "j1", "k1", "c2", "j2", "k2")


class AbstractAngular(abc.ABC):
    """A reduction over the angles of the rows of a Gamma, one of its options."""

    column: ClassVar[str]

    @abc.abstractmethod
    def weights(self, n: int) -> np.ndarray:
        """The weight of each pair of angles in each number, (out, n, n) complex."""

    @abc.abstractmethod
    def kept(self, group: dict, n: int, *, real: bool) -> np.ndarray:
        """True for real and imaginary parts of a group of rows that are numbers, of real fields or not: (out, 2)."""


@cites("zhang2021")
@dataclasses.dataclass(frozen=True)
class AngularFourier(AbstractAngular):
    """Harmonics $S[q]$, q = 0 .. 2L-1, column `q`. Moduli repeat after L angles: of two, even q have rows."""

    column = "q"

    def weights(self, n):
        """The Fourier matrix of differences of angles."""
        q, l, m = np.ogrid[:n, :n, :n]
        return np.exp(-2j * np.pi * q * (l - m) / n) / n

    def kept(self, group, n, *, real):
        """True for both parts; of a field with itself for the real one; of two moduli of real fields for even q."""
        same = all(group[f"{name}1"] == group[f"{name}2"] for name in "cjk")
        parts = np.array([[True, not same]] * n)
        if real and not same and group["k1"] == group["k2"] == 0:
            parts[1::2] = False
        return parts


@dataclasses.dataclass(frozen=True)
class Isotropic(AbstractAngular):
    """Means $C[d]$ over all rotations, d = 0 .. 2L-1, column `d`. Those of real fields are real."""

    column = "d"

    def weights(self, n):
        """The mean over pairs of one difference."""
        d, l, m = np.ogrid[:n, :n, :n]
        return ((l - m - d) % n == 0) / n + 0j

    def kept(self, group, n, *, real):
        """The real part alone of real fields."""
        return np.array([[True, not real]] * n)


def angular(phi: Covariances, how: AbstractAngular) -> Reduced:
    """The map in the rows of a reduction; rows of low-passes stay as they are and come last.

    **Errors** InputError for rows with shifts, which turn with the angles, and for pairs that are not of all angles.
    """
    gamma, n = phi.gamma, 2 * phi.bank.L
    of_angles = (gamma.rows["band1"] == PSI) & (gamma.rows["band2"] == PSI)
    others = np.flatnonzero(~of_angles[gamma.parts()[0]])
    groups = _groups(gamma, np.flatnonzero(of_angles), n)
    names = [{name: gamma.rows[name][rows[0, 0]] for name in GROUP} for rows in groups]
    kept = [how.kept(group, n, real=not gamma.complex_map) for group in names]
    tables = [_names(gamma, *pair, how.column) for pair in zip(names, kept, strict=True)]
    index = [_places(gamma)[groups].reshape(len(groups), -1), others[:, None]]
    rotation = _rotation(index, [_matrix(how.weights(n)), np.ones((1, 1))], phi.bank.dtype)
    keep = np.flatnonzero(np.concatenate([*(k.reshape(-1) for k in kept), np.ones(len(others), bool)]))
    table = concatenate([*tables, phi.table.take(others)] if len(others) else tables)
    return Reduced(phi, (rotation,), jax.device_put(keep.astype(np.int32)), table)


def _groups(gamma: Gamma, rows: np.ndarray, n: int) -> np.ndarray:
    """(group, n, n): the row of each pair of angles, groups in the order of their first rows."""
    table = gamma.rows.take(rows)
    if np.any((table["dy"] != 0) | (table["dx"] != 0) | (table["flip"] != 0)):
        raise InputError("shifts turn with the angles: reduce a Gamma without them (shift_steps=0, translations=0).")
    key = np.unique(np.stack([table[name].astype(str) for name in GROUP]), axis=1, return_inverse=True)[1].reshape(-1)
    firsts, key = np.unique(key, return_index=True)[1], key
    order = np.argsort(np.argsort(firsts))[key]
    out = np.full((len(firsts), n, n), -1)
    out[order, table["l1"], table["l2"]] = rows
    if np.any(out < 0) or out.size != len(rows):
        raise InputError(f"reductions over angles need all pairs of the {n} angles, each once: use angle_steps=L.")
    return out


def _places(gamma: Gamma) -> np.ndarray:
    """(rows, 2): where the real and the imaginary part of each row stand, one past the end for what has none."""
    row, part = gamma.parts()
    places = np.full((len(gamma), 2), len(row))
    places[row, part] = np.arange(len(row))
    return places


def _matrix(weights: np.ndarray) -> np.ndarray:
    """(2 out, 2 n n): real and imaginary parts of a complex sum, from real and imaginary parts."""
    re, im = weights.real, weights.imag
    return np.stack([np.stack([re, -im], -1), np.stack([im, re], -1)], 1).reshape(2 * len(weights), -1)


def _rotation(index: list[np.ndarray], matrix: list[np.ndarray], dtype) -> Rotation:
    send = lambda arrays, kind: tuple(jax.device_put(np.asarray(array, kind)) for array in arrays)
    return Rotation(send(index, np.int32), send(matrix, dtype))


def _names(gamma: Gamma, group: dict, kept: np.ndarray, column: str) -> Table:
    out, part = np.nonzero(kept)
    count = {name: np.full(len(out), value) for name, value in group.items()}
    if gamma.phases is not None:
        count = {{"k1": "m1", "k2": "m2"}.get(name, name): value for name, value in count.items()}
    if not gamma.has_channels:
        count = {name: value for name, value in count.items() if name[0] != "c"}
    single = kept.sum(1)[out] == 1
    return Table(**count, **{column: out, "part": np.where(single, "", np.where(part == 0, "re", "im"))})
