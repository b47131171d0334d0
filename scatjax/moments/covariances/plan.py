r"""The plan of the covariances of a `Gamma`: which fields, in which products, from which each number is read.

Each field is made once. The real and imaginary parts of the fields of one (scale, harmonic) are a block of rows over
the points; all products of a block with its partners, at all its shifts, are ONE matrix product, a `Product`: $\langle
f_a\bar f_b\rangle$ and $\langle f_af_b\rangle$ are sums of two products of real rows. For real x, $x\star\psi_{\ell+L}$
is the conjugate of $x\star\psi_\ell$: L angles are computed where Gamma has 2L.
"""

import dataclasses
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ...errors import InputError
from .gamma import BANDS, HAAR, LOW, ONE, PSI, Gamma

BlockKey = tuple[str, int, int]  # band, scale (of a low-pass: 0), harmonic or phase
FULL, CHANNELS, ANGLES = "full", "channels", "angles"  # which axes of a product's two sides are the same


class Product(NamedTuple):
    """One matrix product: the fields of the block `left`, moved by each of `shifts`, with those of all `partners`.

    `is_mean`: true of products with the constant field 1.
    """

    left: int
    partners: tuple[int, ...]
    shifts: tuple[tuple[int, int], ...]
    mode: str
    is_mean: bool


@dataclasses.dataclass(frozen=True)
class BlockShape:
    """Shape (parts, channels, n) of a block of fields: real and imaginary part, channels, angles."""

    parts: int
    channels: int
    n: int

    @property
    def fields(self) -> int:
        """The number of complex (or real) fields."""
        return self.channels * self.n

    def inner(self, mode: str) -> int:
        """The number of partners of each field in a mode: all, those of its channel, or its own angle's."""
        return {FULL: self.fields, CHANNELS: self.n, ANGLES: 1}[mode]


class Plan:
    """The fields and products of a `Gamma` on a bank with L angles and C channels.

    Number k is sum_t `sign`[k, t] products[`gather`[k, t]], divided by the scales of its two fields.

    - `keys`, `shapes`: the blocks of fields, in their order.
    - `products`: the matrix products.
    - `left`, `right` (K,): the places of the two fields among all fields, in the order of the blocks.
    - `terms` (K, 2, 4): for each product the two blocks of its fields and the shift.
    """

    def __init__(self, gamma: Gamma, J: int, L: int, C: int):
        self.gamma, self.L = gamma, L
        self.C = 1 if gamma.complex_map else C
        self.angles = 2 * L if gamma.complex_map else L
        _check_rows(gamma, J, L, self.C)
        sides = [self._side(side) for side in (1, 2)]
        found = np.unique(np.concatenate([side["key"] for side in sides]))
        self.keys: list[BlockKey] = [_decoded(int(key)) for key in found]
        self.shapes = [self._shape(key) for key in self.keys]
        for side in sides:
            side["block"] = np.searchsorted(found, side.pop("key"))
            side["field"] = side["c"] * np.array([shape.n for shape in self.shapes])[side["block"]] + side["l"]
        self._fields = np.concatenate([[0], np.cumsum([shape.fields for shape in self.shapes])])
        self.left, self.right = (self._place(side) for side in sides)
        self._read(*sides)
        self.table = gamma.table()

    @property
    def digest(self) -> tuple:
        """Rows, angles and channels, on which the plan depends."""
        return (self.gamma.digest, self.L, self.C)

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other) -> bool:
        return isinstance(other, Plan) and self.digest == other.digest

    def _side(self, side: int) -> dict[str, np.ndarray]:
        """Field of each row of Gamma: its block, channel, angle, and the sign of its imaginary part."""
        rows, A = self.gamma.rows, self.gamma.phases
        band, c, j, l, k = (rows[f"{name}{side}"] for name in ("band", "c", "j", "l", "k"))
        folded = (band == PSI) & (l >= self.angles)
        l, k = np.where(folded, l - self.L, l), np.where(folded, -k, k)
        k = k if A is None else np.where(band == PSI, k % A, k)
        l = np.where(band == LOW, j, np.where(band == ONE, 0, l))
        sign = np.where(k < 0, -1, 1) * (np.where(rows["flip"] == 1, -1, 1) if side == 2 else 1)
        key = _encoded(band, np.where(band == PSI, j, 0), np.where(band == ONE, 0, np.abs(k)))
        return {"key": key, "c": np.where(band == ONE, 0, c), "l": l, "sign": sign, "real": self.gamma.is_real(side)}

    def _shape(self, key: BlockKey) -> BlockShape:
        band, _, k = key
        is_complex = k and self.gamma.phases is None and (band == PSI or band != ONE and self.gamma.complex_map)
        parts = 2 if is_complex else 1
        n = {PSI: self.angles, LOW: self.gamma.low.count, HAAR: 3, ONE: 1}[band]
        return BlockShape(parts, 1 if band == ONE else self.C, n)

    def _place(self, side: dict[str, np.ndarray]) -> np.ndarray:
        """The place of the field of each number among all fields."""
        return (self._fields[side["block"]] + side["field"])[self.gamma.parts()[0]]

    def _read(self, first: dict, second: dict) -> None:
        """Set `sign`, `terms`, `products` and `gather` of all numbers."""
        row, part = self.gamma.parts()
        a, b = ({name: column[row] for name, column in side.items()} for side in (first, second))
        dy, dx = self.gamma.rows["dy"][row], self.gamma.rows["dx"][row]
        self.sign, a["parts"], b["parts"] = _signs(a, b, part)
        if self._rolls_second(a, b, dy, dx):
            a, b, dy, dx = b, a, -dy, -dx
        self.terms = np.stack([a["block"], b["block"], dy, dx], 1)
        self.products: list[Product] = []
        self.gather, self.size = np.zeros(self.sign.shape, np.int64), 0
        for product, chosen in self._products(a, b, dy, dx):
            first, second = ({name: column[chosen] for name, column in side.items()} for side in (a, b))
            index, size = self._index(product, first, second, dy[chosen], dx[chosen])
            self.products.append(product)
            self.gather[chosen] = self.size + index
            self.size += size

    def _rolls_second(self, a: dict, b: dict, dy, dx) -> bool:
        """True if moving the second fields costs fewer copies than moving the first."""
        moved = (dy != 0) | (dx != 0)
        rows = np.array([shape.parts * shape.fields for shape in self.shapes])
        copies = []
        for side in (a, b):
            used = np.unique(np.stack([side["block"], dy, dx])[:, moved], axis=1)
            copies.append(rows[used[0]].sum())
        return bool(copies[1] < copies[0])

    def _products(self, a: dict, b: dict, dy, dx) -> Iterator[tuple[Product, np.ndarray]]:
        """Products by left block, by which axes their two sides share, and means apart; with the numbers they give."""
        ones = np.array([band == ONE for band, _, _ in self.keys])
        is_mean, mode = ones[a["block"]] | ones[b["block"]], self._modes(a, b, dy, dx)
        group = (a["block"] * 3 + mode) * 2 + is_mean
        for key in np.unique(group).tolist():
            chosen = np.flatnonzero(group == key)
            shifts = np.unique(np.stack([dy[chosen], dx[chosen]], 1), axis=0)
            partners = tuple(np.unique(b["block"][chosen]).tolist())
            name = (FULL, CHANNELS, ANGLES)[key // 2 % 3]
            yield Product(key // 6, partners, tuple(map(tuple, shifts.tolist())), name, bool(key % 2)), chosen

    def _modes(self, a: dict, b: dict, dy, dx) -> np.ndarray:
        """The axes that the two sides of each product share: 0, 1, 2; those of a block at a shift are alike."""
        n, channels = (np.array([getattr(shape, name) for shape in self.shapes]) for name in ("n", "channels"))
        alike = [values[a["block"]] == values[b["block"]] for values in (channels, n)]
        wants = (alike[0] & (a["c"] == b["c"])).astype(int)
        wants = np.where(wants & alike[1] & (a["l"] == b["l"]), 2, wants if self.C > 1 else 0)
        group = np.unique(np.stack([a["block"], dy, dx]), axis=1, return_inverse=True)[1].reshape(-1)
        least = np.full(group.max(initial=-1) + 1, 2)
        np.minimum.at(least, group, wants)
        return least[group]

    def _index(self, product: Product, a: dict, b: dict, dy, dx) -> tuple[np.ndarray, int]:
        """The places of numbers in the result of a product, and how many it holds; see `covariances/products.py`."""
        left, partners = self.shapes[product.left], [self.shapes[p] for p in product.partners]
        inner = np.array([p.inner(product.mode) for p in partners])
        offsets = np.concatenate([[0], np.cumsum([p.parts * p.inner(product.mode) for p in partners])])
        shifts = {shift: s for s, shift in enumerate(product.shifts)}
        s = np.array([shifts[pair] for pair in zip(dy.tolist(), dx.tolist(), strict=True)])[:, None]
        lead, row = (i[:, None] for i in np.divmod(a["field"], left.inner(product.mode)))
        row = (s * left.parts + a["parts"]) * left.inner(product.mode) + row
        which = np.searchsorted(product.partners, b["block"])[:, None]
        column = offsets[which] + b["parts"] * inner[which] + b["field"][:, None] % inner[which]
        height, width = len(product.shifts) * left.parts * left.inner(product.mode), int(offsets[-1])
        batch = left.fields // left.inner(product.mode)
        return (lead * height + row) * width + column, batch * height * width


def _signs(a: dict, b: dict, part: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(K, 2) of the two terms of each number: sign, and whether the real (0) or imaginary (1) part of each side.

    $(R_a + is_aI_a)(R_b - is_bI_b)$ has real part $R_aR_b + s_as_bI_aI_b$, imaginary part $s_aI_aR_b - s_bR_aI_b$.
    """
    parts_a, parts_b = np.stack([part, 1 - part], 1), np.tile([0, 1], (len(part), 1))
    sign = np.where(part == 1, a["sign"], 1), np.where(part == 1, -b["sign"], a["sign"] * b["sign"])
    missing = (a["real"][:, None] & (parts_a == 1)) | (b["real"][:, None] & (parts_b == 1))
    return np.where(missing, 0.0, np.stack(sign, 1)), np.where(missing, 0, parts_a), np.where(missing, 0, parts_b)


def _encoded(band: np.ndarray, j: np.ndarray, k: np.ndarray) -> np.ndarray:
    number = np.select([band == name for name in BANDS], np.arange(len(BANDS)))
    return (number * 1024 + j) * 1024 + k


def _decoded(key: int) -> BlockKey:
    return (BANDS[key // 1024**2], key // 1024 % 1024, key % 1024)


def _check_rows(gamma: Gamma, J: int, L: int, C: int) -> None:
    rows = gamma.rows
    if not len(rows):
        raise InputError("this Gamma has no rows: select fewer, or build it for more scales.")
    if gamma.L not in (None, L):
        raise InputError(f"these pairs are for L={gamma.L} angles, the bank has L={L}: build both alike.")
    for side in (1, 2):
        psi = rows[f"band{side}"] == PSI
        j, l = (int(rows[f"{name}{side}"][psi].max(initial=0)) for name in "jl")
        c = int(rows[f"c{side}"].max())
        if j >= J or l >= 2 * L:
            raise InputError(f"Gamma has fields of scale {j}, angle {l}; the bank has J={J}, L={L}: build both alike.")
        if c >= C:
            raise InputError(f"Gamma has fields of channel {c}, the map takes {C}: pass channels={c + 1}.")
        for band, name, count in ((LOW, "j", gamma.low.count), (HAAR, "l", 3)):
            most = int(rows[f"{name}{side}"][rows[f"band{side}"] == band].max(initial=0))
            if most >= count:
                raise InputError(f"{name}{side}={most} of the band {band!r}: there are {count}, from 0.")
