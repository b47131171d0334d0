r"""Products that make the scattering spectra of images (Cheng et al. 2023), as data: one constructor."""

import itertools

import numpy as np

from ...citations import publishes
from ...coefficients import Table, concatenate
from .plan import Group, Index, Layout, Plan

PEER_PAIRS = ((0, 0), (1, 1), (0, 1), (1, 0))  # of two fields a, b: aa, bb, ab, ba


@publishes("cheng2023")
def scattering_spectra(
    J: int, L: int, channels: int = 1, normalization: str = "P00", *, isotropic: bool = False, ends: bool = False
) -> Plan:
    r"""The scattering spectra of Cheng et al. 2023 in their order: mean/std, log P00, log S1, C01, C11, (log P11).

    `isotropic` averages the real part over the first angle at fixed differences; `normalization` divides by P00 or P11;
    two channels give the cross spectra of two fields; `ends` adds the powers of the low-pass and of the corners.
    """
    inputs = channels if channels > 1 else 0  # one field alone needs no product with itself
    imaginary = not isotropic or channels > 1
    layout = Layout((L,) * J, (L,) * J, channels, imaginary=imaginary, inputs=inputs, unfiltered=True)
    scales = Scales(layout, normalization)
    pairs = PEER_PAIRS if channels == 2 else tuple((c, c) for c in range(channels))
    groups = [_means(layout)] + [_power(layout, c, isotropic=isotropic) for c in range(channels)]
    if ends:
        groups += [_ends(layout, c) for c in range(channels)]
    if channels == 1:
        groups.append(_sparsity(layout, isotropic=isotropic))
    else:
        groups += _cross_power(layout, scales, isotropic=isotropic)
    same = channels == 1 and normalization == "P00"
    for make in (_c01, _c11):
        for part in range(1 if isotropic else 2):
            groups += [make(layout, scales, part, u, v, isotropic=isotropic, same=same) for u, v in pairs]
    if normalization == "P11":
        groups.append(_log_p11(layout, isotropic=isotropic))
    return Plan(layout, groups, scales.products)


class Scales:
    """The scales that divide covariances: sqrt(P00) of each band, or sqrt(P11) of each band seen by each outer one."""

    def __init__(self, layout: Layout, normalization: str):
        self.layout, self.normalization = layout, normalization
        c, j, l = (i.ravel() for i in np.indices((layout.C, layout.J, layout.L)))
        self.products = layout.power(j, l, c)
        if normalization == "P11":
            j2, j3, l2, l3 = _grid(layout.J, layout.L, 2)
            field = layout.field(j2, l2)
            self.products = np.concatenate([self.products, layout.twice(j3, l3, field, field)])
            self._place = np.full((layout.J,) * 2 + (layout.L,) * 2, -1)
            self._place[j2, j3, l2, l3] = layout.J * layout.L + np.arange(len(j2))

    def band(self, j, l, c=0):
        """The number of the scale sqrt(P00[j, l]) of channel c."""
        return (np.asarray(c) * self.layout.J + j) * self.layout.L + l

    def inner(self, j, l, j3, l3, c=0):
        """The number of the scale of |x * psi_{j l}| seen at (j3, l3)."""
        return self._place[j, j3, l, l3] if self.normalization == "P11" else self.band(j, l, c)


def _grid(J: int, L: int, depth: int) -> list[Index]:
    """All (j.., l..) with j non-decreasing, in C order over scales then angles; `depth` of each."""
    scales = [js for js in itertools.product(range(J), repeat=depth) if list(js) == sorted(js)]
    angles = np.stack([i.ravel() for i in np.indices((L,) * depth)])
    j = np.repeat(np.array(scales).T, angles.shape[1], axis=1)
    return [*j, *np.tile(angles, (1, len(scales)))]


def _turned(angles: list[Index], L: int) -> list[Index]:
    """Angles of isotropic rows turned by every l1, (rows, L) each; the others of `angles` are relative to the first."""
    turn = np.arange(L)[None]
    return [(angle[:, None] + turn) % L for angle in angles]


def _rows(index) -> Index:
    return np.asarray(index)[:, None]


def _part(part: int, *, complex_valued: bool) -> str:
    return ("re", "im")[part] if complex_valued else ""


def _means(layout: Layout) -> Group:
    c = np.arange(layout.C)
    return Group(_table("mean/std", layout, u=c, v=c), _rows(layout.mean_over_std(c)))


def _table(kind: str, layout: Layout, u=0, v=0, part: str = "", **index) -> Table:
    """Rows of one kind; the channel is named only where there are several: a, b, ab, …"""
    (length,) = np.broadcast_shapes((1,), *(np.shape(value) for value in (u, v, *index.values())))  # 0 of J = L = 1
    columns = {name: np.broadcast_to(values, length) for name, values in index.items()}
    if layout.C > 1:
        letter = lambda c: np.array([chr(ord("a") + i) for i in np.atleast_1d(c)])
        names = np.where(np.asarray(u) == v, letter(u), np.char.add(letter(u), letter(v)))
        columns["channel"] = np.broadcast_to(names, length)
    if part:
        columns["part"] = np.full(length, part)
    return Table(kind=np.full(length, kind), **columns)


def _power(layout: Layout, c: int, *, isotropic: bool) -> Group:
    return _first(layout, "log P00", layout.power, c, isotropic=isotropic)


def _sparsity(layout: Layout, *, isotropic: bool) -> Group:
    return _first(layout, "log S1", layout.sparsity, 0, isotropic=isotropic)


def _first(layout: Layout, kind: str, place, c: int, *, isotropic: bool) -> Group:
    if isotropic:
        j, l = np.arange(layout.J)[:, None], np.arange(layout.L)[None]
        return Group(_table(kind, layout, c, c, j1=j[:, 0]), place(j, l, c), log=True)
    j, l = (i.ravel() for i in np.indices((layout.J, layout.L)))
    return Group(_table(kind, layout, c, c, j1=j, l1=l), _rows(place(j, l, c)), log=True)


def _ends(layout: Layout, c: int) -> Group:
    low, corner = _table("log low", layout, c, c), _table("log corner", layout, c, c)
    return Group(concatenate([low, corner]), _rows(layout.ends(c) + np.arange(2)), log=True)


def _cross_power(layout: Layout, scales: Scales, *, isotropic: bool) -> list[Group]:
    """Corr00[j, l] = <(a * psi) conj(b * psi)> / sqrt(Pa Pb); the isotropic mean keeps both parts, as the peer does."""
    shape = (layout.J, layout.L)
    j, l = np.indices(shape) if isotropic else (_rows(i.ravel()) for i in np.indices(shape))
    groups = []
    for part in range(2):
        index = {"j1": j[:, 0]} | ({} if isotropic else {"l1": l[:, 0]})
        table = _table("Corr00", layout, 0, 1, ("re", "im")[part], **index)
        groups.append(Group(table, layout.twice(j, l, 0, 1, part), scales.band(j, l, 0), scales.band(j, l, 1)))
    return groups


def _c01(layout: Layout, scales: Scales, part: int, u: int, v: int, *, isotropic: bool, same: bool) -> Group:
    """C01[j2,j3,l2,l3] = <u conj(|v * psi_2| * psi_3)> / (scale_3 scale_2), j2 <= j3; psi_3 stands once."""
    j2, j3, l2, l3 = _grid(layout.J, layout.L, 2)
    index = {"j2": j2, "j3": j3, "l2": l2, "l3": l3}
    if isotropic:
        keep = l2 == 0  # l3 is then the difference
        index = {"j2": j2[keep], "j3": j3[keep], "l3": l3[keep]}
        l2, l3 = _turned([l2[keep], l3[keep]], layout.L)
    else:
        l2, l3 = _rows(l2), _rows(l3)
    j2, j3 = _rows(index["j2"]), _rows(index["j3"])
    table = _table("C01", layout, u, v, _part(part, complex_valued=not isotropic), **index)
    gather = layout.once(j3, l3, u, layout.field(j2, l2, v), part)
    return Group(table, gather, scales.band(j3, l3, u), scales.inner(j2, l2, j3, l3, v))


def _c11(layout: Layout, scales: Scales, part: int, u: int, v: int, *, isotropic: bool, same: bool) -> Group:
    """C11[j1,j2,j3,l1,l2,l3] = <(|u * psi_1| * psi_3) conj(|v * psi_2| * psi_3)> / (scale_1 scale_2), j1 <= j2 <= j3.

    The diagonal (j1, l1) = (j2, l2) of one field is real: it has no imaginary row. Divided by P11 it is 1: no row; two
    fields have none either, as the peer.
    """
    j1, j2, j3, l1, l2, l3 = _grid(layout.J, layout.L, 3)
    keep = (j1 != j2) | (l1 != l2) | (same and (part == 0))
    if isotropic:
        keep &= l1 == 0
    j1, j2, j3, l1, l2, l3 = (i[keep] for i in (j1, j2, j3, l1, l2, l3))
    index = {"j1": j1, "j2": j2, "j3": j3} | ({} if isotropic else {"l1": l1}) | {"l2": l2, "l3": l3}
    table = _table("C11", layout, u, v, _part(part, complex_valued=not isotropic), **index)
    l1, l2, l3 = _turned([l1, l2, l3], layout.L) if isotropic else (_rows(l1), _rows(l2), _rows(l3))
    j1, j2, j3 = _rows(j1), _rows(j2), _rows(j3)
    gather = layout.twice(j3, l3, layout.field(j1, l1, u), layout.field(j2, l2, v), part)
    return Group(table, gather, scales.inner(j1, l1, j3, l3, u), scales.inner(j2, l2, j3, l3, v))


def _log_p11(layout: Layout, *, isotropic: bool) -> Group:
    """The rows log P11[j2,j3,l2,l3] = log <||x * psi_2| * psi_3|^2>."""
    group = _c01(layout, Scales(layout, "P00"), 0, 0, 0, isotropic=isotropic, same=True)
    j2, j3, l2, l3 = _grid(layout.J, layout.L, 2)
    if isotropic:
        keep = l2 == 0
        j2, j3 = _rows(j2[keep]), _rows(j3[keep])
        l2, l3 = _turned([l2[keep], l3[keep]], layout.L)
    else:
        j2, j3, l2, l3 = (_rows(i) for i in (j2, j3, l2, l3))
    columns = {n: c for n, c in group.table.columns.items() if n not in ("kind", "part")}
    field = layout.field(j2, l2)
    return Group(Table(kind=np.full(len(j2), "log P11"), **columns), layout.twice(j3, l3, field, field), log=True)
