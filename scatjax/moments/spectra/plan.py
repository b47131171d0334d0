r"""Static columns of indices: where raw products stand, and which of them make the rows of a moment map.

The engine computes for each field one vector of raw `products`: mean/std and mean of every channel, first-order means
S1 and powers P00, the powers at the ends of the spectrum, and for each outer scale the products of `products.py`.
`Layout` knows where each stands. A `Plan` says for each row which products are averaged (`gather`), which two scales
divide them (`left`, `right`), and whether the logarithm is taken. Adding a set of moments is one constructor that
returns a `Plan`: `images.py` has those of images, `series.py` those of series.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...coefficients import Table, concatenate

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Layout:
    """The place of each raw product: `inner[j]` bands of the first layer at scale j, `outer[j]` outer ones, C channels.

    Fields of outer scale j3, in order: the first `inputs` channels, then |x_c * psi_{j l}| for j <= j3, c, l.
    `unfiltered` says whether products with unfiltered inputs are computed, `imaginary` whether imaginary parts are.
    """

    inner: tuple[int, ...]
    outer: tuple[int, ...]
    C: int
    imaginary: bool
    inputs: int
    unfiltered: bool

    @property
    def parts(self) -> int:
        """The number of parts of a product, 1 or 2: real, or real and imaginary."""
        return 2 if self.imaginary else 1

    @property
    def J(self) -> int:
        """Number of scales of the first layer."""
        return len(self.inner)

    @property
    def L(self) -> int:
        """Number of bands of a scale, where all have as many (angles)."""
        return self.inner[0]

    @property
    def bands(self) -> int:
        """Number of bands of the first layer."""
        return sum(self.inner)

    def _band(self, j, l):
        return np.concatenate([[0], self.inner]).cumsum()[j] + l

    def mean_over_std(self, c):
        """The place of <x> / std(x) of a channel."""
        return np.asarray(c)

    def mean(self, c):
        """The place of <x * phi> of a channel."""
        return self.C + np.asarray(c)

    def power(self, j, l, c=0):
        """The place of P00 = <|x * psi|^2>."""
        return 2 * self.C + np.asarray(c) * self.bands + self._band(j, l)

    def sparsity(self, j, l, c=0):
        """The place of S1 = <|x * psi|>."""
        return self.power(j, l, c) + self.C * self.bands

    def ends(self, c=0):
        """The place of the power of the low-pass of a channel, before that of the corners that no wavelet covers."""
        return 2 * self.C + 2 * self.C * self.bands + 2 * np.asarray(c)

    def field(self, j, l, c=0):
        """Place of |x_c * psi_{j l}| among the fields of an outer scale >= j."""
        return self.inputs + self.C * self._band(j, 0) + np.asarray(c) * np.asarray(self.inner)[j] + l

    def fields(self, j3):
        """Number of fields of outer scale j3."""
        return self.inputs + self.C * self._band(np.minimum(np.asarray(j3) + 1, len(self.inner)), 0)

    def _start(self, j3):
        """First product of outer scale j3."""
        n = [int(self.fields(j)) for j in range(len(self.outer))]
        sizes = [self.parts * L * n * (self.unfiltered * self.C + n) for L, n in zip(self.outer, n, strict=True)]
        return np.concatenate([[self.ends(self.C)], sizes]).cumsum()[j3]

    def once(self, j3, l3, c, b, part=0):
        """The place of <x_c conj(field_b * psi_3)>."""
        L = np.asarray(self.outer)[j3]
        return self._start(j3) + ((part * L + l3) * self.C + c) * self.fields(j3) + b

    def twice(self, j3, l3, a, b, part=0):
        """The place of <(field_a * psi_3) conj(field_b * psi_3)>."""
        L, n = np.asarray(self.outer)[j3], self.fields(j3)
        return self._start(j3) + self.unfiltered * self.parts * L * self.C * n + ((part * L + l3) * n + a) * n + b


class Plan:
    """K rows, how they are read: `gather`, `left`, `right` are (K, A) indices, averaged over A; `log` (K,) marks logs.

    `scales` (S,) are the products whose square roots are the scales. `left` and `right` point to s < S: that scale, a
    field's own until one is frozen; S + s: only where one is frozen, else no division; 2 S: no division.
    Static: equal and hashed by digest.
    """

    papers: tuple[str, ...] = ()  # what published the rows, for `cite`: no part of the digest

    def __init__(self, layout: Layout, groups: list["Group"], scales: Index):
        self.layout, self.scales = layout, np.asarray(scales)
        self.table: Table = concatenate([group.table for group in groups])
        none = 2 * len(self.scales)
        width = max(group.gather.shape[1] for group in groups)
        fit = lambda index: np.concatenate([np.broadcast_to(i, (len(i), width)) for i in index])
        self.gather = fit([group.gather for group in groups])
        full = lambda group, index: np.full_like(group.gather, none) if index is None else index
        self.left = fit([full(group, group.left) for group in groups])
        self.right = fit([full(group, group.right) for group in groups])
        self.log = np.concatenate([np.full(len(group.gather), group.log) for group in groups])
        arrays = (self.gather, self.left, self.right, self.log, self.scales)
        self.digest = hashlib.sha256(b"".join(a.tobytes() for a in arrays) + repr(layout).encode()).hexdigest()
        self.digest += self.table.digest

    def __len__(self) -> int:
        return len(self.gather)

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other) -> bool:
        return isinstance(other, Plan) and self.digest == other.digest


@dataclass
class Group:
    """Rows that are read alike; `gather`, `left`, `right` are (rows, A)."""

    table: Table
    gather: Index
    left: Index | None = None
    right: Index | None = None
    log: bool = False
