r"""Frequency scattering: a scattering along log frequency of what a scattering in time has made.

$$F_0 = s\star\phi^{fr},\quad F_1[\gamma] = |s\star\psi^{fr}_\gamma|\star\phi^{fr},\ \ldots,\qquad s(n_1) = \log\tilde
S_m(t, n_1, n_2, ..)$$

at each time t and for all bands $n_2, ..$ of the later layers (Andén and Mallat 2014). Bands a factor $2^{1/Q}$ apart
are equally spaced in log frequency, so that a transposed sound is a shifted s: averaged over $T$ bands, the numbers
hardly change when a speaker's pitch does. Choose it on top of `log_scattering(renormalize(S(x)))` where classes do not
depend on pitch; a joint time-frequency scattering also sees how bands move together.
"""

import functools
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from scipy.fft import next_fast_len

from ..citations import cites
from ..coefficients import Coefficients, Table, concatenate
from ..domains import SymmetricOn
from ..errors import InputError, check_finite
from ..wavelets import FilterBank, morlet
from .averaging import AbstractAveraging, Local, Off
from .normalized import chain_key, orders_of
from .paths import AbstractFollows, IncreasingScale
from .scattering import Scattering

LOCAL, INCREASING_SCALE = Local(), IncreasingScale()


@cites("anden2014")
class FrequencyScattering(eqx.Module):
    r"""Scattering along n1, of orders 0 to `order`, of the coefficients of a scattering of series.

    Called on what `S` gives, or on what `renormalize`, `log_scattering` or `select` by kind made of it; values
    `(*batch, path, *time)`. Rows "S0" as they are; then "S1F0", "S1F1", .., "S2F0", ..: the order in time, the order
    in frequency, each by n2, .., then by the bands along frequency, then by n1. Columns: `fr_j1`, `fr_n1`, `fr_xi1`
    (cycles a band), .. name the bands along frequency; n1, xi1, .. the place where it is averaged.

    **Arguments** `S`: a `Scattering` of series. `bank`: wavelets along n1, on a canvas of as many points as `S` has
    bands in its first layer; by default Morlet's, one an octave, with as many octaves as fit less one, mirrored at both
    ends. Where n2 leaves fewer bands n1 the same filters are used, and the pad of the bank takes the rest.
    `averaging`: `Local(T)`, T in bands and at most that of the bank, or `Mean()`. `stride` in bands, `follows`: as in
    `Scattering`.

    Andén and Mallat 2014, Deep scattering spectrum, IEEE Trans. Signal Processing 62.

    >>> from scatjax.operators import log_scattering, renormalize
    >>> S = Scattering(morlet((1024,), J=6, Q=8))
    >>> F = FrequencyScattering(S)
    >>> x = np.random.default_rng(0).normal(size=1024).astype(np.float32)
    >>> f = F(log_scattering(renormalize(S(x))))
    >>> f.kinds, f.values.shape
    (['S0', 'S1F0', 'S1F1', 'S2F0', 'S2F1'], (67, 16))
    >>> f.table.take(f.table.rows(kind="S1F1", fr_n1=0))["n1"]
    array([ 0, 16, 32])
    """

    bank: FilterBank
    layers: tuple[Scattering, ...]

    def __init__(
        self,
        S: Scattering,
        bank: FilterBank | None = None,
        order: int = 1,
        averaging: AbstractAveraging = LOCAL,
        stride: int | None = None,
        follows: AbstractFollows = INCREASING_SCALE,
    ):
        if S.bank.dimension != 1:
            raise InputError("frequency scattering runs along n1, the bands of a series; these bands are of images.")
        if isinstance(averaging, Off):
            raise InputError("frequency scattering averages along n1: use Local(T), T in bands, or Mean().")
        count = len(S.bank.table)
        if bank is None:
            bank = default_bank(count, averaging.T if isinstance(averaging, Local) else None, S.bank.phi.dtype)
        if bank.shape != (count,):
            raise InputError(f"the bank along n1 is of shape {bank.shape}, build it for ({count},), the bands of S.")
        self.bank = bank
        lengths = sorted({len(group.rows) for group in groups(S.table)})
        self.layers = tuple(Scattering(bank.narrowed((n,)), order, averaging, stride, follows) for n in lengths)

    def __call__(self, c: Coefficients) -> Coefficients:
        if not isinstance(c, Coefficients) or (orders_of(c.table) < 0).any() or "n1" not in c.table.columns:
            raise InputError("frequency scattering takes the coefficients of its S, renormalized or not: pass S(x).")
        if not isinstance(c.values, jax.core.Tracer):
            check_finite(c.values, "c")
        return _scattered(self, c)

    def apply(self, c: Coefficients) -> Coefficients:
        values = jnp.moveaxis(jnp.asarray(c.values), -1 - c.sites, -1)
        zeroth = np.flatnonzero(orders_of(c.table) == 0)
        pieces, tables = [jnp.take(values, zeroth, axis=-1)], [c.table.take(zeroth)]
        found = groups(c.table)
        for length in sorted({len(group.rows) for group in found}):
            same = [g for g, group in enumerate(found) if len(group.rows) == length]
            rows, layer = np.stack([found[g].rows for g in same]), self._layer(length)
            out = layer(jnp.take(values, rows, axis=-1))
            pieces.append(out.values.reshape(*values.shape[:-1], -1))
            tables.append(_names(layer, c.table, rows, np.array(same)))
        table = concatenate(tables)
        order = np.lexsort([table[name] for name in ("_row", "_group", "kind") if name in table.columns])
        columns = {name: column[order] for name, column in table.columns.items() if not name.startswith("_")}
        values = jnp.take(jnp.concatenate(pieces, axis=-1), order, axis=-1)
        return Coefficients(jnp.moveaxis(values, -1, -1 - c.sites), Table(**columns), c.sites)

    def _layer(self, length: int) -> Scattering:
        known = {layer.shape[0]: layer for layer in self.layers}
        if length not in known:
            raise InputError(f"{length} bands n1 follow one another here, in S {sorted(known)}: pass S(x) of that S.")
        return known[length]

    def __hash__(self) -> int:  # as for operators: plain jax.jit(F) works
        return id(self)

    def __eq__(self, other) -> bool:
        return self is other


@eqx.filter_jit
def _scattered(F: FrequencyScattering, c: Coefficients) -> Coefficients:
    return F.apply(c)


class Group(NamedTuple):
    """Rows that differ in n1 alone, in its order."""

    order: int
    rows: np.ndarray


@functools.lru_cache(maxsize=32)
def groups(table: Table) -> tuple[Group, ...]:
    """The rows of order m >= 1 with the same bands n2, .., by order, then by those bands.

    >>> table = Table(kind=["S1", "S1", "S2", "S2"], n1=[0, 1, 0, 0], n2=[-1, -1, 1, 2])
    >>> [group.rows.tolist() for group in groups(table)]
    [[0, 1], [2], [3]]
    """
    orders, out = orders_of(table), []
    for m in range(1, orders.max(initial=0) + 1):
        rows = np.flatnonzero(orders == m)
        sign = table.columns.get("sign1", np.ones(len(table), int))[rows]  # of the first layer of complex fields
        key = chain_key(table, rows, range(2, m + 1))
        rows, key = (v[np.lexsort((table["n1"][rows], key, -sign))] for v in (rows, 2 * key + (sign < 0)))
        out += [Group(m, part) for part in np.split(rows, np.flatnonzero(np.diff(key)) + 1) if len(part)]
    return tuple(out)


def default_bank(count: int, T: float | None = None, dtype=None) -> FilterBank:
    """Morlet wavelets along `count` bands, as many octaves as fit less one, on full grids, mirrored at both ends.

    >>> default_bank(38).J
    4
    """
    if count < 2:
        raise InputError(f"S has {count} band in its first layer, frequency scattering needs several: raise J or Q.")
    J = max(int(np.log2(count)) - 1, 1)
    T = max(T or 0.0, 2.0**J)
    side = 2**J * int(next_fast_len(-(-int(count + 10 * T) // 2**J), real=True))
    return morlet((count,), J=J, Q=1, oversampling="full", boundary=SymmetricOn((side,)), dtype=dtype, T=T)


def _names(layer: Scattering, table: Table, rows: np.ndarray, number: np.ndarray) -> Table:
    """The names of what `layer` makes of the groups `rows`, by group, band along frequency and place."""
    places = _places(layer)
    shape = (len(rows), len(layer.table), max(len(places), 1))
    group, row, _ = (index.reshape(-1) for index in np.indices(shape))
    source = np.broadcast_to((rows[:, places] if len(places) else rows[:, :1])[:, None], shape).reshape(-1)
    columns = dict(table.take(source).columns)
    if not len(places):
        columns = {name: column for name, column in columns.items() if name == "sign1" or not name.endswith("1")}
    along = layer.table.take(row).columns
    columns["kind"] = np.char.add(columns["kind"], np.char.replace(along["kind"], "S", "F"))
    columns |= {f"fr_{name}": column for name, column in along.items() if name != "kind"}
    return Table(**columns, _group=number[group], _row=np.arange(len(source)))


def _places(layer: Scattering) -> np.ndarray:
    """Which of the bands the averages along frequency stand on; none where they are means over all."""
    domain = layer.bank.domain
    return layer.pool.places(domain.padded[0]).astype(int) - domain.widths[0][0]
