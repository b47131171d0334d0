r"""The index set $\Gamma$ of covariances of pointwise functions of wavelet fields, as data.

A row is one covariance $\langle\tilde f_a(u+\tau)\,\overline{\tilde f_b(u)}\rangle$ of two fields $f = [x\star\psi_{j
\ell}]^k$ or $\rho_\alpha(x\star\psi_{j\ell})$: columns say which. What differs between papers is a `Gamma`, their bank
and nothing else; `pairs/` has one constructor per published set, and `Gamma(**columns)` is anyone's own.
"""

import dataclasses
import numbers
from typing import Any, Literal, get_args

import numpy as np

from ...citations import credited
from ...coefficients import Table, concatenate
from ...errors import InputError
from ...operators.pointwise import LARGEST_HARMONIC
from .edges import PERIODIC_EDGES, AbstractEdges

SIDES = ("band", "c", "j", "l", "k")  # what names the field of each side of a row: band1, c1, .., band2, c2, ..
BANDS = PSI, LOW, HAAR, ONE = "psi", "low", "haar", "one"
DEFAULTS: dict[str, Any] = {"kind": "C", "dy": 0, "dx": 0, "flip": 0} | {
    f"{name}{side}": PSI if name == "band" else 0 for side in (1, 2) for name in SIDES
}
Center = Literal["target", "own"]


@dataclasses.dataclass(frozen=True)
class Norm:
    r"""Normalization of fields, what is taken from each and what divides it: $\tilde f = (f - m)/s$.

    **Arguments**

    - `center`: m is the mean of the field of the target ("target": frozen by `fit`, so that the means of what is drawn
      are constrained too), or each field's own mean ("own": then add rows of kind "mean").
    - `divide`: true if s is the standard deviation of the target's field, else it is 1.
    - `pooled`: true if m, s are over all angles of a scale.
    - `low`: how fields of the low-pass (and Haar's) are treated: None as all others; "own": less their own mean before
      $[.]^k$ (pywph); "target": centered and divided before $[.]^k$ and not after (ALPHA).
    - `floor`: a number that is added to s.
    """

    center: Center = "target"
    divide: bool = True
    pooled: bool = False
    low: Center | None = None
    floor: float = 0.0

    def __post_init__(self):
        known = get_args(Center)
        if self.center not in known or self.low not in (None, *known) or not 0 <= self.floor < np.inf:
            raise InputError(f"{self}: `center` is one of {known}, `low` too or None, `floor` finite and >= 0.")


@dataclasses.dataclass(frozen=True)
class BankLowPass:
    """The low-pass of the bank itself."""

    count = 1

    def filters(self, bank) -> np.ndarray:
        """The spectrum of the low-pass, (1, *torus)."""
        return bank.low_pass()[None]


BANK_LOW_PASS, NORM = BankLowPass(), Norm()


class Gamma:
    r"""Rows of covariances, static: equal and hashed by digest.

    Columns are arrays of one length or single values; a row is one complex number (real where both fields are).

    **Arguments**, the columns:

    - `kind`: the name of the class of the row.
    - `band1`, `band2`: "psi" (default), "low", "haar" or "one" (the constant 1: a mean).
    - `c1`, `c2`: channels.
    - `j1`, `j2`: scales (of "low": which low-pass, of "haar": 0).
    - `l1`, `l2`: angles $\pi\ell/L$, $\ell$ = 0..2L-1 (of "haar": which of 3).
    - `k1`, `k2`: harmonics $[z]^k$, or phases $m$ of rectifiers, $\alpha = 2\pi m/A$ (of "low" and "haar": 0 for the
      modulus, 1 for the field itself).
    - `dy`, `dx`: the shift $\tau$ in samples.
    - `flip`: 1 takes the second field conjugated.

    and how all rows are treated:

    - `phases`: None for harmonics, A for rectifiers.
    - `norm`: what is taken from each field and what divides it.
    - `edges`: the treatment of borders.
    - `low`: the low-passes.
    - `angular`: None, `AngularFourier()` or `Isotropic()`: the rows are given in Fourier over angles, or averaged over
      them.
    - `weights`: kind -> weight in an energy.
    - `L`: angles of the banks that the rows are for; None: any.
    - `complex_map`: true if the field is $x_0 + ix_1$ of two channels.
    - `zeros`: true keeps the imaginary rows of $\tau = 0$ of a field with itself, which are 0 (counts of Mallat, Zhang
      and Rochette).

    **Errors** InputError for unknown columns or bands, columns of other lengths or types, k above the cap, weights of
    unknown kinds, options that are no such thing.

    >>> gamma = Gamma(kind="P", j1=[0, 1], j2=[0, 1], k1=1, k2=1)
    >>> gamma + Gamma(kind="C", j1=0, j2=1, k1=0, k2=1)
    Gamma(3 covariances, 4 real numbers: P 2, C 1)
    """

    papers: tuple[str, ...] = ()  # what published the rows, for `cite`: no part of what they are, nor of the digest

    def __init__(
        self,
        *,
        phases: int | None = None,
        complex_map: bool = False,
        norm: Norm = NORM,
        edges: AbstractEdges = PERIODIC_EDGES,
        low=BANK_LOW_PASS,
        zeros: bool = False,
        angular=None,
        weights: dict[str, float] | None = None,
        L: int | None = None,
        **columns,
    ):
        unknown = set(columns) - set(DEFAULTS)
        if unknown:
            raise InputError(f"no column {sorted(unknown)}: a row of Gamma has {list(DEFAULTS)}.")
        self.rows = Table(**_broadcast({name: columns.get(name, default) for name, default in DEFAULTS.items()}))
        self.phases, self.complex_map, self.norm, self.edges = phases, complex_map, norm, edges
        self.low, self.zeros, self.angular, self.weights, self.L = low, zeros, angular, weights or {}, L
        self._check_options()
        self._check()

    def _check_options(self):
        if not isinstance(self.norm, Norm) or not isinstance(self.edges, AbstractEdges):
            raise InputError(f"norm={self.norm}, edges={self.edges}: pass a Norm(...) and edges of `moments.edges`.")
        check_counts(1, **{name: n for name in ("phases", "L") if (n := getattr(self, name)) is not None})
        if self.phases is not None and self.norm.pooled:
            raise InputError("Norm(pooled=True) is of harmonics: over 2L angles a rectifier has two phases, m and -m.")
        if self.complex_map and self.norm.low == "target":
            raise InputError("Norm(low='target') is of real maps: use low=None or 'own' for a complex one.")

    def _check(self):
        for side in (1, 2):
            self._check_side(*(self.rows[f"{name}{side}"] for name in SIDES))
        if not np.isin(self.rows["flip"], (0, 1)).all():
            raise InputError("flip is 1 where the second field is conjugated, else 0.")
        unknown = set(self.weights) - set(self.rows["kind"].tolist())
        if unknown or not all(isinstance(w, numbers.Real) and 0 <= w < np.inf for w in self.weights.values()):
            kinds = sorted(set(self.rows["kind"].tolist()))
            raise InputError(f"weights={self.weights}: give finite weights >= 0 to kinds of {kinds}.")

    def _check_side(self, band, c, j, l, k):
        unknown = set(band.tolist()) - set(BANDS)
        if unknown:
            raise InputError(f"no band {sorted(unknown)}: a field is of {list(BANDS)}.")
        if min(int(column.min(initial=0)) for column in (c, j, l)) < 0:
            raise InputError("scales, angles and channels of a Gamma start at 0.")
        if self.phases is None and np.abs(k).max(initial=0) > LARGEST_HARMONIC:
            raise InputError(f"k={np.abs(k).max()} is above {LARGEST_HARMONIC}: take nearer scales, or no such rows.")
        if not np.isin(k[(band == LOW) | (band == HAAR)], (0, 1)).all():
            raise InputError("fields of bands 'low' and 'haar' have k = 0 (their modulus) or 1 (themselves).")

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def digest(self) -> str:
        """A name for the rows and all that is done with them."""
        return self.rows.digest + repr((self._options(), self.weights))

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other) -> bool:
        return isinstance(other, Gamma) and self.digest == other.digest

    def __repr__(self) -> str:
        kinds, counts = np.unique(self.rows["kind"], return_counts=True)
        order = np.argsort([np.flatnonzero(self.rows["kind"] == kind)[0] for kind in kinds])
        listed = ", ".join(f"{kinds[i]} {counts[i]}" for i in order)
        return f"Gamma({len(self)} covariances, {len(self.parts()[0])} real numbers: {listed})"

    def __add__(self, other: "Gamma") -> "Gamma":
        """The rows of both, treated as the first says; low-passes are of the one that has rows of them."""
        return joined([self, other])

    def select(self, **conditions) -> "Gamma":
        """The rows that meet the conditions: `gamma.select(kind="C01", j1=slice(1, 4))`."""
        return self.take(self.rows.rows(**conditions))

    def drop(self, **conditions) -> "Gamma":
        """All rows but those that `select` would give."""
        return self.take(np.setdiff1d(np.arange(len(self)), self.rows.rows(**conditions)))

    def take(self, rows) -> "Gamma":
        """Some rows, by index or boolean mask."""
        table = self.rows.take(rows)
        return self._with(table, {k: w for k, w in self.weights.items() if k in set(table["kind"].tolist())})

    def weighted(self, **weights: float) -> "Gamma":
        """The same rows, some kinds of them with another weight in an energy: `gamma.weighted(C01=2.0)`."""
        return self._with(self.rows, self.weights | weights)

    def with_channels(self, channels: int, *, cross: bool = True) -> "Gamma":
        """The rows of every channel and, if `cross`, of every two: a set of gray images for color ones.

        A mean has no second field, so that there is one per channel. Of a field with itself at no shift, two channels
        have one row and not two, but in sets to be reduced over angles, which need every pair of angles: reduce first.

        >>> Gamma(kind="P", k1=1, k2=1).with_channels(3)
        Gamma(6 covariances, 9 real numbers: P 6)
        """
        check_counts(1, channels=channels)
        if self.has_channels or self.complex_map:
            raise InputError("these rows have channels: with_channels takes a set of one real map.")
        twins, rows = self._twins() & (self.angular is None), []
        for c1, c2 in np.ndindex(channels, channels):
            if c1 == c2 or cross:
                kept = np.flatnonzero((c1 == c2) | (~self._is_mean() & (~twins | (c1 < c2))))
                columns = self.rows.take(kept).columns
                rows.append(Table(**columns | {"c1": np.full(len(kept), c1), "c2": np.full(len(kept), c2)}))
        return self._with(concatenate(rows), self.weights)

    def _twins(self) -> np.ndarray:
        """True for rows of one field with itself, channels apart, at no shift."""
        same = np.all([self.rows[f"{name}1"] == self.rows[f"{name}2"] for name in SIDES if name != "c"], axis=0)
        return same & (self.rows["dy"] == 0) & (self.rows["dx"] == 0)

    def _is_mean(self) -> np.ndarray:
        """True for rows that have the constant field on a side."""
        return (self.rows["band1"] == ONE) | (self.rows["band2"] == ONE)

    def replace(self, **options) -> "Gamma":
        """The same rows treated otherwise: `gamma.replace(norm=Norm(divide=False))`."""
        columns: dict[str, Any] = self.rows.columns
        return credited(Gamma(**self._options() | {"weights": self.weights} | options, **columns), *self.papers)

    def _with(self, rows: Table, weights: dict[str, float], **options) -> "Gamma":
        columns: dict[str, Any] = rows.columns
        return credited(Gamma(**self._options() | options, weights=weights, **columns), *self.papers)

    def _options(self) -> dict[str, Any]:
        names = ("phases", "complex_map", "norm", "edges", "low", "zeros", "angular", "L")
        return {name: getattr(self, name) for name in names}

    def is_real(self, side: int) -> np.ndarray:
        """True for rows that have a real field on a side: rectifiers, moduli, and whatever is no wavelet field."""
        if self.phases is not None:
            return np.ones(len(self), bool)
        complex_bands = [PSI, LOW, HAAR] if self.complex_map else [PSI]
        return (self.rows[f"k{side}"] == 0) | ~np.isin(self.rows[f"band{side}"], complex_bands)

    def parts(self) -> tuple[np.ndarray, np.ndarray]:
        """The row of each real number, and 0 (real part) or 1 (imaginary part, unless zero by structure)."""
        itself = self._twins() & (self.rows["c1"] == self.rows["c2"]) & (self.rows["flip"] == 0)
        real = (self.is_real(1) & self.is_real(2)) | (itself & (not self.zeros))
        row = np.repeat(np.arange(len(self)), 2 - real)
        part = np.concatenate([[0], (row[1:] == row[:-1]).astype(int)]) if len(row) else row
        return row, part

    def table(self) -> Table:
        """The names of the real numbers; columns that are the same for all rows by default are left out."""
        row, part = self.parts()
        rows = self.rows.take(row)
        columns = {n: c for n, c in rows.columns.items() if n not in ("dy", "dx") and self._tells(n)}
        moved = (rows["dy"] != 0) | (rows["dx"] != 0)
        pairs = zip(rows["dy"].tolist(), rows["dx"].tolist(), strict=True)
        columns["shift"] = np.where(moved, [f"{y},{x}" for y, x in pairs], "")
        real = (self.is_real(1) & self.is_real(2))[row]
        columns["part"] = np.where(real, "", np.where(part == 0, "re", "im"))
        if self.phases is not None:
            columns = {{"k1": "m1", "k2": "m2"}.get(n, n): c for n, c in columns.items()}
        return Table(**columns)

    @property
    def has_channels(self) -> bool:
        """True if rows have more than channel 0."""
        return bool(np.any(self.rows["c1"]) or np.any(self.rows["c2"]))

    def _tells(self, name: str) -> bool:
        if name in ("c1", "c2"):
            return self.has_channels
        return name == "kind" or name[0] in "jlk" or bool(np.any(self.rows[name] != DEFAULTS[name]))


def joined(sets: "list[Gamma]") -> Gamma:
    """The rows of all, treated as the first says."""
    first, weights = sets[0], dict[str, float]()
    for other in sets:
        if first.phases != other.phases or first.complex_map != other.complex_map:
            raise InputError("harmonics and rectifiers, or real and complex maps, do not mix: stack two moment maps.")
        weights |= other.weights
    lows = [one.low for one in sets if LOW in one.rows["band1"] or LOW in one.rows["band2"]] or [first.low]
    if any(low != lows[0] for low in lows):
        raise InputError("these two sets have other low-passes: drop the rows of one, or stack two moment maps.")
    angles = {one.L for one in sets if one.L is not None}
    if len(angles) > 1:
        raise InputError(f"these sets are for L={sorted(angles)} angles: build them alike.")
    rows = concatenate([other.rows for other in sets])
    both = first._with(rows, weights, low=lows[0], L=angles.pop() if angles else None)
    return credited(both, *(key for one in sets for key in one.papers))


def check_counts(least: int, **counts) -> None:
    """Raise InputError for what is no integer of at least `least`."""
    for name, n in counts.items():
        if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < least:
            raise InputError(f"{name}={n!r} must be an integer of at least {least}.")


def _broadcast(columns: dict) -> dict[str, np.ndarray]:
    """Columns of one length: strings of kind and bands, integers."""
    values = {name: np.atleast_1d(column) for name, column in columns.items()}
    for name, value in values.items():
        text = name == "kind" or name.startswith("band")
        if value.dtype.kind not in ("U" if text else "iu") and value.size:
            raise InputError(f"the column {name} holds {'names' if text else 'integers'}, not {value.dtype}.")
    lengths = {len(value) for value in values.values()} - {1}
    if len(lengths) > 1 or any(value.ndim > 1 for value in values.values()):
        raise InputError(f"columns of lengths {sorted(lengths)}: give arrays of one length, or single values.")
    length = lengths.pop() if lengths else 1
    return {name: np.broadcast_to(value, (length,)) for name, value in values.items()}
