"""Products that make the scattering spectra of series (Morel et al. 2022), as data: one constructor.

Bands of the first layer are counted n = 0.. with their scale j; outer filters likewise, the low-pass last, at the scale
after all others. Where an octave has several bands, the table has columns n1, n2, n3 beside j1, j2, j3.
"""

from collections.abc import Sequence

import numpy as np

from ...citations import publishes
from ...coefficients import Table
from .plan import Group, Index, Layout, Plan

Graph = Sequence[tuple[int, int]]


@publishes("morel2022")
def series_spectra(inner: Sequence[int], outer: Sequence[int], channels: int, graph: Graph, *, scaled: bool) -> Plan:
    """Phi1 and mean of each channel, then Phi2, Phi3 and Phi4 of each pair (left, right) of channels in `graph`.

    `inner` and `outer` are the numbers of bands per scale of both layers; `scaled` divides by the powers of the bands.
    """
    layout = Layout(tuple(inner), (*outer, 1), channels, imaginary=True, inputs=channels, unfiltered=False)
    bands = _Bands(layout, scaled=scaled)
    first = [group for c in range(channels) for group in (_sparsity(bands, c), _mean(bands, c))]
    second = [group for make in (_variance, _skewness, _kurtosis) for l, r in graph for group in make(bands, l, r)]
    return Plan(bands.layout, first + second, bands.scales)


class _Bands:
    """The bands of both layers, their scales j and places l, and the divisors of each."""

    def __init__(self, layout: Layout, *, scaled: bool):
        self.layout, self.scaled = layout, scaled
        self.inner, self.outer = _listed(layout.inner), _listed(layout.outer)
        self.low = len(self.outer[0]) - 1
        channels = range(layout.C)
        inner = [layout.power(*self.inner, c) for c in channels]
        outer = [layout.twice(*self.outer, c, c) for c in channels]
        self.scales = np.concatenate(inner + outer)
        self.several = max(*layout.inner, *layout.outer) > 1

    def field(self, n: Index, c: int) -> Index:
        """The place of |x_c * psi_n| among the fields."""
        j, l = self.inner
        return self.layout.field(j[n], l[n], c)

    def products(self, outer: Index, a, b, part: int = 0) -> Index:
        """<(field_a * psi) conj(field_b * psi)> of outer bands, one product per row."""
        j, l = self.outer
        return np.broadcast_to(self.layout.twice(j[outer], l[outer], a, b, part), outer.shape)[:, None]

    def of_inner(self, n, c: int, *, frozen: bool = False) -> Index:
        """The divisor of a band of the first layer; `frozen`: only where one is frozen."""
        return self._divisor(c * self.layout.bands + np.asarray(n), frozen=frozen)

    def of_outer(self, n, c: int, *, frozen: bool = False) -> Index:
        """The divisor of an outer band."""
        return self._divisor(self.layout.C * self.layout.bands + c * (self.low + 1) + np.asarray(n), frozen=frozen)

    def _divisor(self, at: Index, *, frozen: bool) -> Index:
        if not self.scaled:
            return np.full_like(at, 2 * len(self.scales))[:, None]
        return (at + frozen * len(self.scales))[:, None]

    def table(self, kind: str, l: int, r: int, part: str = "", **places: tuple[Index, bool]) -> Table:
        """Rows named by the places (n, whether in the outer layer) of bands."""
        columns: dict[str, np.ndarray] = {}
        for name, (n, is_outer) in places.items():
            columns[name] = (self.outer if is_outer else self.inner)[0][n]
        if self.several:
            columns |= {name.replace("j", "n"): n for name, (n, _) in places.items()}
        length = len(next(iter(columns.values()), [0]))
        if self.layout.C > 1:
            columns["channel"] = np.full(length, _letter(l) if l == r else _letter(l) + _letter(r))
        if part:
            columns["part"] = np.full(length, part)
        return Table(kind=np.full(length, kind), **columns)


def _listed(counts: Sequence[int]) -> tuple[Index, Index]:
    """(j, l) of all bands."""
    return np.repeat(np.arange(len(counts)), counts), np.concatenate([np.arange(n) for n in counts])


def _letter(c: int) -> str:
    return chr(ord("a") + c) if c < 26 else f"({c})"


def _sparsity(bands: _Bands, c: int) -> Group:
    """<|x * psi|>."""
    n = np.arange(bands.layout.bands)
    gather = bands.layout.sparsity(*bands.inner, c)[:, None]
    return Group(bands.table("Phi1", c, c, j1=(n, False)), gather, bands.of_inner(n, c))


def _mean(bands: _Bands, c: int) -> Group:
    """<x>, which is <x * phi>, in units of the low-pass where those are frozen."""
    divisor = bands.of_outer([bands.low], c, frozen=True)
    return Group(bands.table("mean", c, c), np.array([[bands.layout.mean(c)]]), divisor)


def _variance(bands: _Bands, l: int, r: int) -> list[Group]:
    """<|x * psi|^2> of the first layer's bands and the low-pass; <(x_l * psi) conj(x_r * psi)> of the outer ones."""
    if l != r:
        n = np.arange(bands.low + 1)
        left, right = (bands.of_outer(n, c, frozen=True) for c in (l, r))
        return _parts(bands, "Phi2", l, r, l, r, n, left, right, n == bands.low, j1=(n, True))
    n, low = np.arange(bands.layout.bands), np.array([bands.low])
    own, ends = bands.of_inner(n, l, frozen=True), bands.of_outer(low, l, frozen=True)
    power = bands.layout.power(*bands.inner, l)[:, None]
    end = bands.products(low, l, l)
    tables = [bands.table("Phi2", l, l, "re", j1=(n, False)), bands.table("Phi2", l, l, "re", j1=(low, True))]
    return [Group(tables[0], power, own, own), Group(tables[1], end, ends, ends)]


def _skewness(bands: _Bands, l: int, r: int) -> list[Group]:
    """<(x_l * psi_2) conj(|x_r * psi_1| * psi_2)>, j1 <= j2: real at the low-pass."""
    outer, n = np.nonzero(bands.inner[0][None] <= bands.outer[0][:, None])
    left, right = bands.of_outer(outer, l), bands.of_inner(n, r)
    field = bands.field(n, r)
    places = {"j1": (n, False), "j2": (outer, True)}
    return _parts(bands, "Phi3", l, r, l, field, outer, left, right, outer == bands.low, **places)


def _kurtosis(bands: _Bands, l: int, r: int) -> list[Group]:
    """<(|x_l * psi_2| * psi_3) conj(|x_r * psi_1| * psi_3)>, n1 <= n2 and j2 < j3: real at the low-pass and n1 = n2."""
    finer = np.tril(np.ones((bands.layout.bands,) * 2, bool))
    outer = bands.inner[0][:, None] < bands.outer[0][None]
    second, third, first = np.nonzero(finer[:, None, :] & outer[:, :, None])
    a, b = bands.field(second, l), bands.field(first, r)
    real = (third == bands.low) | ((first == second) & (l == r))
    left, right = bands.of_inner(second, l), bands.of_inner(first, r)
    places = {"j1": (first, False), "j2": (second, False), "j3": (third, True)}
    return _parts(bands, "Phi4", l, r, a, b, third, left, right, real, **places)


def _parts(bands: _Bands, kind, l, r, a, b, outer: Index, left, right, real, **places) -> list[Group]:
    """The real parts, then the imaginary parts of the rows that are not `real` by structure."""
    groups = []
    for part, keep in enumerate((np.ones(len(outer), bool), ~real)):
        gather = bands.products(outer, a, b, part)[keep]
        kept = {name: (n[keep], is_outer) for name, (n, is_outer) in places.items()}
        table = bands.table(kind, l, r, ("re", "im")[part], **kept)
        groups.append(Group(table, gather, left[keep], right[keep]))
    return groups
