"""The outer filters of covariances: the bands of the last layer and, of series, the low-pass after them."""

import jax.numpy as jnp
import numpy as np

from ...domains.torus import Shape, place, smooth
from ...wavelets import FilterBank
from ...wavelets.bank import NEGLIGIBLE, support


def outer_filters(bank: FilterBank, filters=None) -> list[np.ndarray]:
    """The outer filters by scale, (bands, *torus) each: the bank's, or those given as (J, L, *torus).

    Those of a series have the low-pass last.
    """
    torus, layer = bank.domain.padded, bank.layer(1)
    if filters is not None:
        return list(np.asarray(filters).reshape(bank.J, bank.L, *torus))
    low = [bank.low_pass()[None]] if bank.dimension == 1 else []
    return [np.asarray(place(psi, torus)) for psi in layer.psi] + low


def outer_limits(bank: FilterBank, count: int) -> list[Shape]:
    """The largest box of each outer scale: what the grids of its fields hold, of a Nyquist frequency nothing."""
    grids = [*bank.grids, *[bank.grids[-1]] * count][:count]
    return [tuple(n if g == n else g - 1 for g, n in zip(grid, bank.domain.padded, strict=True)) for grid in grids]


def outer_boxes(bank: FilterBank, filters: list[np.ndarray]) -> list[Shape]:
    """The wave numbers on which the filters of each outer scale are not negligible."""
    negligible = NEGLIGIBLE if isinstance(bank.oversampling, int) else 4 * float(jnp.finfo(bank.dtype).eps)
    limits = outer_limits(bank, len(filters))
    return [support(psi, most, negligible) for psi, most in zip(filters, limits, strict=True)]


def outer_grids(bank: FilterBank, filters: list[np.ndarray]) -> list[Shape]:
    """Grids that hold the product of two fields filtered at each outer scale."""
    torus = bank.domain.padded
    return [tuple(smooth(2 * b, n) for b, n in zip(box, torus, strict=True)) for box in outer_boxes(bank, filters)]
