r"""Windows that say which points of a wavelet field count, one over the torus for each scale: objects of a Gamma.

A field that is not periodic has wavelet coefficients near its border that saw the other side. Leaving them out AFTER
centering is right (`Eroded`, what `mask` and `remove_edges` mean); the published code of rectifier covariances zeroes
them before (`Border`), so that the border holds -m/s, and pywph cuts all scales alike (`Cropped`).
"""

import abc
import dataclasses
from typing import final

import numpy as np

from ...domains.masks import eroded
from ...errors import InputError
from ...wavelets import FilterBank


class AbstractEdges(abc.ABC):
    """The rule by which points count: `window(bank, j)`, weights >= 0 over the torus at scale j; None: all alike.

    A treatment of your own is one class with these members, passed as `edges` of a `Gamma`.

    - `before`: true if fields are multiplied by the window before they are centered, and then summed over all points.
    - `low_before`: the same, of the low-pass.
    - `mask`: true where the field is known; None: everywhere.
    - `remove_edges`: true if what the border has touched is left out.
    """

    before: bool
    low_before: bool
    mask: np.ndarray | None
    remove_edges: bool

    @abc.abstractmethod
    def window(self, bank: FilterBank, j: int) -> np.ndarray | None:
        """The weights over the torus of the fields of scale j."""

    @abc.abstractmethod
    def wraps(self, bank: FilterBank) -> bool:
        """True if what is shifted over one border comes back at the other.

        If not, a covariance at a shift is the mean over the pairs of points that both count.
        """

    @abc.abstractmethod
    def at(self, bank: FilterBank) -> "AbstractEdges":
        """The same treatment of another canvas."""


class AbstractUnmaskedEdges(AbstractEdges):
    """A rule that is the same on every canvas, of fields that are known everywhere."""

    mask = None

    @final
    def at(self, bank):
        """The rule itself."""
        return self


@dataclasses.dataclass(frozen=True)
class PeriodicEdges(AbstractUnmaskedEdges):
    """Every point of the canvas counts."""

    before, low_before, remove_edges = False, False, False

    def window(self, bank, j):
        """The canvas within the torus, None where they are one."""
        return bank.domain.support() if bank.domain.is_padded else None

    def wraps(self, bank):
        """True of a canvas that is not padded."""
        return not bank.domain.is_padded


PERIODIC_EDGES = PeriodicEdges()


@dataclasses.dataclass(frozen=True)
class Cropped(AbstractUnmaskedEdges):
    """int(2^J / 2) samples are cut from each side of all fields (pywph, not periodic)."""

    before, low_before, remove_edges = False, False, True

    def window(self, bank, j):
        """The inner part of the canvas, at all scales alike."""
        return _inside(bank, 2**bank.J // 2)

    def wraps(self, bank):
        """Always false: shifts do not go round."""
        return False


@dataclasses.dataclass(frozen=True)
class Border(AbstractUnmaskedEdges):
    """2^j // 2 samples of each side are 0 before centering, the others 1 / (their fraction) (Brochard et al. 2022).

    - `low_after_centering`: true if the low-pass is multiplied after it is centered; in color it is before.
    """

    low_after_centering: bool = True

    before, remove_edges = True, False

    @property
    def low_before(self) -> bool:  # type: ignore[override]
        """True if the low-pass too is multiplied before it is centered."""
        return not self.low_after_centering

    def window(self, bank, j):
        """The inner part of the canvas at scale j, in weights of mean 1."""
        window = _inside(bank, 2**j // 2)
        return window / window.mean()

    def wraps(self, bank):
        """True of a canvas that is not padded."""
        return not bank.domain.is_padded


class Eroded(AbstractEdges):
    """Known samples further than 2^j (Chebyshev) from the unknown and, with `remove_edges`, from the border."""

    before, low_before = False, False

    def __init__(self, bank: FilterBank, mask, *, remove_edges: bool):
        inside = np.ones(bank.shape) if mask is None else np.asarray(mask, float)
        if inside.shape != bank.shape or not np.isfinite(inside).all() or inside.min() < 0:
            raise InputError(f"mask must be booleans of shape {bank.shape}, true where the field is known.")
        self.inside, self.remove_edges = (inside > 0).astype(float), remove_edges
        self.mask = None if mask is None else inside > 0

    def __hash__(self) -> int:
        return hash((self.inside.tobytes(), self.inside.shape, self.remove_edges, self.mask is None))

    def __eq__(self, other) -> bool:
        return isinstance(other, Eroded) and hash(self) == hash(other)

    def window(self, bank, j):
        """The samples that wavelets of scale j see through known ones alone."""
        return bank.domain.support(eroded(self.inside, j, remove_edges=self.remove_edges))

    def wraps(self, bank):
        """True of a canvas that is not padded and keeps its edges."""
        return not self.remove_edges and not bank.domain.is_padded

    def at(self, bank):
        """Edges that count the whole other canvas: a mask belongs to its own."""
        return Eroded(bank, None, remove_edges=self.remove_edges)


def with_mask(edges: AbstractEdges, bank: FilterBank, mask, *, remove_edges: bool = False) -> AbstractEdges:
    """The edges of a map that has a mask, or edges to remove, in place of its Gamma's; what does not wrap stays so."""
    remove_edges = remove_edges or edges.remove_edges
    masked = mask is not None or remove_edges
    return Eroded(bank, mask, remove_edges=remove_edges) if masked else PERIODIC_EDGES


def _inside(bank: FilterBank, border: int) -> np.ndarray:
    if bank.domain.is_padded:
        raise InputError("the edges of this Gamma are for fields that are not padded: use a bank with Periodic().")
    window = np.zeros(bank.shape)
    window[tuple(slice(border, n - border) for n in bank.shape)] = 1
    if not window.any():
        raise InputError(f"a border of {border} leaves nothing of {bank.shape}: use a smaller J.")
    return window
