r"""How the covariances of a `Gamma` are computed: which fields, in which products, from which each number is read.

Each field is made once. The real and imaginary parts of the fields of one (scale, harmonic) are a block of rows over
the points; all products of a block with its partners, at all its shifts, are ONE matrix product: $\langle f_a\bar f_b
\rangle$ and $\langle f_af_b\rangle$ are sums of two products of real rows. For real x, $x\star\psi_{\ell+L}$ is the
conjugate of $x\star\psi_\ell$: L angles are computed where Gamma has 2L (phase_harmonics.md 4.1).
"""

import dataclasses
from collections.abc import Iterator

import numpy as np

from ..errors import InputError
from .gamma import HAAR, LOW, ONE, PSI, Gamma

BlockKey = tuple[str, int, int]  # band, scale (of a low-pass: 0), harmonic or phase
FULL, CHANNELS, ANGLES = "full", "channels", "angles"  # which axes of a product's two sides are the same


@dataclasses.dataclass(frozen=True)
class Block:
    """One matrix product: the fields of `left`, moved by each of `shifts`, with those of all `partners`."""

    left: int
    partners: tuple[int, ...]
    shifts: tuple[tuple[int, int], ...]
    mode: str


@dataclasses.dataclass(frozen=True)
class Shape:
    """(parts, channels, n): real and imaginary part, channels, angles of a block of rows."""

    parts: int
    channels: int
    n: int

    @property
    def fields(self) -> int:
        """Complex (or real) fields."""
        return self.channels * self.n


class Plan:
    """What to compute for a `Gamma` on a bank with L angles and C channels.

    `keys`, `shapes`: the blocks of fields, in their order. `blocks`: the matrix products. Number k is
    sum_t sign[k, t] products[gather[k, t]], divided by the scales `left[k]` and `right[k]` of its fields (places among
    all fields in the order of the blocks). `terms` (K, 2, 4): for each product the two blocks of its fields and the
    shift.
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
        self._fields = np.concatenate([[0], np.cumsum([shape.fields for shape in self.shapes])])
        self.left, self.right = (self._place(side) for side in sides)
        self._products(*sides)
        self.table = gamma.table()

    @property
    def digest(self) -> tuple:
        """What the plan depends on."""
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
        l, k = np.where(folded, l - self.L, l), np.where(folded, -k if A is None else -k % A, k)
        l = np.where(band == LOW, j, l)
        sign = np.where(k < 0, -1, 1) * (np.where(rows["flip"] == 1, -1, 1) if side == 2 else 1)
        k = np.abs(k)
        numbers = np.array([(PSI, LOW, HAAR, ONE).index(b) for b in band]) if len(band) else band
        key = _encoded(numbers, np.where(band == PSI, j, 0), k)
        return {"key": key, "c": c, "l": l, "sign": sign, "real": self.gamma.is_real(side)}

    def _shape(self, key: BlockKey) -> Shape:
        band, _, k = key
        is_complex = k and self.gamma.phases is None and (band == PSI or band == LOW and self.gamma.complex_map)
        parts = 2 if is_complex else 1
        n = {PSI: self.angles, LOW: self.gamma.low.count, HAAR: 3, ONE: 1}[band]
        return Shape(parts, 1 if band == ONE else self.C, n)

    def _place(self, side: dict[str, np.ndarray]) -> np.ndarray:
        n = np.array([shape.n for shape in self.shapes])
        row = self.gamma.parts()[0]
        return (self._fields[side["block"]] + side["c"] * n[side["block"]] + side["l"])[row]

    def _products(self, first: dict, second: dict) -> None:
        row, part = self.gamma.parts()
        a, b = ({name: column[row] for name, column in side.items()} for side in (first, second))
        dy, dx = self.gamma.rows["dy"][row], self.gamma.rows["dx"][row]
        # (Ra + i sa Ia)(Rb - i sb Ib): real part RaRb + sa sb IaIb, imaginary part sa IaRb - sb RaIb
        parts_a, parts_b = np.stack([part, 1 - part], 1), np.tile([0, 1], (len(row), 1))
        sign = np.where(part == 1, a["sign"], 1), np.where(part == 1, -b["sign"], a["sign"] * b["sign"])
        missing = (a["real"][:, None] & (parts_a == 1)) | (b["real"][:, None] & (parts_b == 1))
        self.sign = np.where(missing, 0, np.stack(sign, 1)).astype(float)
        parts_a, parts_b = np.where(missing, 0, parts_a), np.where(missing, 0, parts_b)
        if self._rolls_second(a, b, dy, dx):
            a, b, parts_a, parts_b, dy, dx = b, a, parts_b, parts_a, -dy, -dx
        self.terms = np.stack([a["block"], b["block"], dy, dx], 1)
        self.blocks: list[Block] = []
        self.gather = np.zeros(sign[0].shape + (2,), np.int64)
        start = 0
        for block, chosen in self._blocks(a, b, dy, dx):
            self.blocks.append(block)
            index, size = self._index(block, *({n: v[chosen] for n, v in s.items()} for s in (a, b)), dy[chosen],
                                      dx[chosen], parts_a[chosen], parts_b[chosen])  # fmt: skip
            self.gather[chosen] = start + index
            start += size
        self.size = start

    def _rolls_second(self, a: dict, b: dict, dy, dx) -> bool:
        """Whether moving the second fields costs fewer copies than moving the first."""
        moved = (dy != 0) | (dx != 0)
        rows = np.array([shape.parts * shape.fields for shape in self.shapes])
        copies = []
        for side in (a, b):
            used = np.unique(np.stack([side["block"], dy, dx])[:, moved], axis=1)
            copies.append(rows[used[0]].sum())
        return bool(copies[1] < copies[0])

    def _blocks(self, a: dict, b: dict, dy, dx) -> Iterator[tuple[Block, np.ndarray]]:
        """Products by left block and by which axes their two sides share; a shift is a full one if any needs it."""
        n, channels = (np.array([getattr(shape, name) for shape in self.shapes]) for name in ("n", "channels"))
        same = [values[a["block"]] == values[b["block"]] for values in (channels, n)]
        wants = (same[0] & (a["c"] == b["c"])).astype(int)
        wants = np.where(wants & same[1] & (a["l"] == b["l"]), 2, wants if self.C > 1 else 0)
        group = np.unique(np.stack([a["block"], dy, dx]), axis=1, return_inverse=True)[1].reshape(-1)
        least = np.full(group.max(initial=-1) + 1, 2)
        np.minimum.at(least, group, wants)
        mode = least[group]
        for left in range(len(self.shapes)):
            for m, name in enumerate((FULL, CHANNELS, ANGLES)):
                chosen = np.flatnonzero((a["block"] == left) & (mode == m))
                if len(chosen):
                    shifts = np.unique(np.stack([dy[chosen], dx[chosen]], 1), axis=0)
                    partners = tuple(int(p) for p in np.unique(b["block"][chosen]))
                    yield Block(left, partners, tuple(map(tuple, shifts.tolist())), name), chosen

    def _index(self, block: Block, a: dict, b: dict, dy, dx, parts_a, parts_b) -> tuple[np.ndarray, int]:
        """Place of the products of a block among its own, and how many it has; see `covariances.block_products`."""
        left = self.shapes[block.left]
        shifts = {shift: s for s, shift in enumerate(block.shifts)}
        s = np.array([shifts[pair] for pair in zip(dy.tolist(), dx.tolist(), strict=True)])[:, None]
        shared = {FULL: 0, CHANNELS: 1, ANGLES: 2}[block.mode]
        partners = [self.shapes[p] for p in block.partners]
        sizes = [p.parts * (p.channels, 1, 1)[shared] * (p.n, p.n, 1)[shared] for p in partners]
        offsets = np.concatenate([[0], np.cumsum(sizes)])
        which = np.searchsorted(block.partners, b["block"])
        channels, n = (np.array([getattr(p, name) for p in partners])[which][:, None] for name in ("channels", "n"))
        c, l = a["c"][:, None], a["l"][:, None]
        d, m = b["c"][:, None], b["l"][:, None]
        rows, columns = len(block.shifts), int(offsets[-1])
        right = offsets[which][:, None]
        if block.mode == FULL:
            inner = ((s * left.parts + parts_a) * left.channels + c) * left.n + l
            outer = right + (parts_b * channels + d) * n + m
            lead, height = 0, rows * left.parts * left.fields
        elif block.mode == CHANNELS:
            inner, outer = (s * left.parts + parts_a) * left.n + l, right + parts_b * n + m
            lead, height = c, rows * left.parts * left.n
        else:
            inner, outer = s * left.parts + parts_a, right + parts_b
            lead, height = c * left.n + l, rows * left.parts
        batch = {FULL: 1, CHANNELS: left.channels, ANGLES: left.fields}[block.mode]
        return (lead * height + inner) * columns + outer, batch * height * columns


def _encoded(band: np.ndarray, j: np.ndarray, k: np.ndarray) -> np.ndarray:
    return (band * 1024 + j) * 1024 + k


def _decoded(key: int) -> BlockKey:
    return ((PSI, LOW, HAAR, ONE)[key // 1024**2], key // 1024 % 1024, key % 1024)


def _check_rows(gamma: Gamma, J: int, L: int, C: int) -> None:
    rows = gamma.rows
    if not len(rows):
        raise InputError("this Gamma has no rows: select fewer, or build it for more scales.")
    for side in (1, 2):
        psi = rows[f"band{side}"] == PSI
        j, l, c = (int(rows[f"{name}{side}"][keep].max(initial=0)) for name, keep in (("j", psi), ("l", psi), ("c", ...)))
        if j >= J or l >= 2 * L:
            raise InputError(f"Gamma has fields of scale {j}, angle {l}; the bank has J={J}, L={L}: build both alike.")
        if c >= C:
            raise InputError(f"Gamma has fields of channel {c}, the map takes {C}: pass channels={c + 1}.")
        least = min(int(rows[f"{name}{side}"].min()) for name in ("j", "l", "c"))
        if least < 0:
            raise InputError("scales, angles and channels of a Gamma start at 0.")
