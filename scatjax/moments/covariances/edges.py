r"""Which points of a wavelet field count: a window over the torus for each scale, as an object of a Gamma.

A field that is not periodic has wavelet coefficients near its border that saw the other side. Leaving them out AFTER
centering is right (`Eroded`, what `mask` and `remove_edges` mean); the published code of rectifier covariances zeroes
them before (`Border`), so that the border holds -m/s, and pywph cuts all scales alike (`Cropped`).
"""

import abc
import dataclasses
from typing import ClassVar

import numpy as np

from ...domains.masks import eroded
from ...errors import InputError
from ...wavelets import FilterBank


class AbstractEdges(abc.ABC):
    """`window(bank, j)`: weights >= 0 over the torus of what counts at scale j, None: all.

    `before`: whether fields are multiplied by it before they are centered, and then summed over all points. `wraps`:
    whether what is shifted over one border comes back at the other; if not, a covariance at a shift is the mean over
    the pairs of points that both count.
    """

    before: ClassVar[bool] = False
    low_before: ClassVar[bool] = False  # the same, of the low-pass

    @abc.abstractmethod
    def window(self, bank: FilterBank, j: int) -> np.ndarray | None:
        """The weights over the torus."""

    def wraps(self, bank: FilterBank) -> bool:
        """Whether shifts go round the torus."""
        return not bank.domain.is_padded

    def at(self, bank: FilterBank) -> "AbstractEdges":
        """The same treatment of another canvas."""
        return self


@dataclasses.dataclass(frozen=True)
class PeriodicEdges(AbstractEdges):
    """Every point of the canvas counts."""

    def window(self, bank, j):
        return bank.domain.support() if bank.domain.is_padded else None


PERIODIC_EDGES = PeriodicEdges()


@dataclasses.dataclass(frozen=True)
class Cropped(AbstractEdges):
    """int(2^J / 2) samples are cut from each side of all fields (pywph, not periodic)."""

    def window(self, bank, j):
        return _inside(bank, 2**bank.J // 2)

    def wraps(self, bank):
        """Never."""
        return False


@dataclasses.dataclass(frozen=True)
class Border(AbstractEdges):
    """2^j // 2 samples of each side are 0 before centering, the others 1 / (their fraction) (Brochard et al. 2022)."""

    low_after_centering: bool = True

    before: ClassVar[bool] = True

    @property
    def low_before(self) -> bool:  # type: ignore[override]
        """In color, the low-pass too is multiplied before it is centered."""
        return not self.low_after_centering

    def window(self, bank, j):
        window = _inside(bank, 2**j // 2)
        return window / window.mean()


class Eroded(AbstractEdges):
    """Known samples further than 2^j (Chebyshev) from the unknown and, with `remove_edges`, from the border."""

    def __init__(self, bank: FilterBank, mask, remove_edges: bool):
        inside = np.ones(bank.shape) if mask is None else np.asarray(mask, float)
        if inside.shape != bank.shape or not np.isfinite(inside).all() or inside.min() < 0:
            raise InputError(f"mask must be booleans of shape {bank.shape}, true where the field is known.")
        self.inside, self.remove_edges = (inside > 0).astype(float), remove_edges
        self.known = None if mask is None else inside > 0

    def __hash__(self) -> int:
        return hash((self.inside.tobytes(), self.inside.shape, self.remove_edges, self.known is None))

    def __eq__(self, other) -> bool:
        return isinstance(other, Eroded) and hash(self) == hash(other)

    def window(self, bank, j):
        return bank.domain.support(eroded(self.inside, j, remove_edges=self.remove_edges))

    def wraps(self, bank):
        """Not without edges."""
        return not self.remove_edges and super().wraps(bank)

    def at(self, bank):
        """Without a mask, all of the other canvas."""
        return Eroded(bank, None, self.remove_edges)


def with_mask(edges: AbstractEdges, bank: FilterBank, mask, remove_edges: bool = False) -> AbstractEdges:
    """The edges of a map that has a mask, or edges to remove, in place of its Gamma's; what does not wrap stays so."""
    remove_edges = remove_edges or isinstance(edges, Cropped) or getattr(edges, "remove_edges", False)
    return Eroded(bank, mask, remove_edges) if mask is not None or remove_edges else PERIODIC_EDGES


def _inside(bank: FilterBank, border: int) -> np.ndarray:
    if bank.domain.is_padded:
        raise InputError("the edges of this Gamma are for fields that are not padded: use a bank with Periodic().")
    window = np.zeros(bank.shape)
    window[tuple(slice(border, n - border) for n in bank.shape)] = 1
    if not window.any():
        raise InputError(f"a border of {border} leaves nothing of {bank.shape}: use a smaller J.")
    return window
