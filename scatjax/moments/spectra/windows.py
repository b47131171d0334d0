"""Windows over points: masks, removed edges and the pad of a boundary are one mechanism.

A coefficient at scale j sees about 2^j pixels around its point, so the valid region is eroded by exactly 2^j pixels
(Chebyshev distance) for the widest wavelet of the statistic. <X> = sum w X / sum w.
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ...domains.masks import eroded
from ...errors import InputError, check_shape
from ...wavelets import FilterBank
from ...wavelets.bank import resampled
from .outer import outer_filters, outer_grids


class Windows(eqx.Module):
    """Weights of mean 1: over pixels (`pixel`, on the field), at each scale on the bank's grid (`scale`), and at each
    outer scale on the grid where products are summed (`outer`).

    - `mask`: true where the field is known; None: everywhere.
    - `remove_edges`: true if the canvas is not periodic.
    - `belongs`: true if the windows say more than where the canvas is, so that they fit no other canvas.
    """

    pixel: Float[Array, "*space"]
    mask: Bool[Array, "*space"] | None
    scale: tuple[Float[Array, "..."], ...]
    outer: tuple[Float[Array, "..."], ...]
    remove_edges: bool = eqx.field(static=True)
    belongs: bool = eqx.field(static=True)


def make_windows(bank: FilterBank, mask=None, *, remove_edges: bool = False) -> Windows | None:
    """The windows of a bank, None where every point counts the same.

    `mask` is true (or a weight > 0) where the field is known; `remove_edges` treats the canvas as not periodic.
    """
    if mask is None and not remove_edges and not bank.domain.is_padded:
        return None
    inside = np.ones(bank.shape) if mask is None else np.asarray(mask, float)
    if inside.shape != bank.shape:
        check_shape(inside, bank.shape, "mask")
        raise InputError(f"mask has shape {inside.shape}, expected {bank.shape}: one mask for all fields.")
    if not np.all(np.isfinite(inside)) or inside.min() < 0:
        raise InputError("mask must hold weights >= 0 (or booleans), all finite.")
    erode = mask is not None or remove_edges
    at = lambda j: bank.domain.support(eroded(inside, j, remove_edges=remove_edges) if erode else inside)
    known = None if mask is None else jnp.asarray(inside > 0)
    return _sampled(bank, inside, at, known, remove_edges=remove_edges, belongs=erode)


def weighted(bank: FilterBank, weight: np.ndarray) -> Windows:
    """One weight for all scales, of a field that is known everywhere."""
    return _sampled(bank, weight, lambda j: bank.domain.support(weight), None, remove_edges=False, belongs=True)


def _sampled(
    bank: FilterBank, inside: np.ndarray, at: Callable, known: Array | None, *, remove_edges: bool, belongs: bool
) -> Windows:
    """The windows `at` each scale, over the torus, on the grids where they are used."""
    send = lambda window: jax.device_put((window / window.mean()).astype(bank.dtype))
    outer = outer_grids(bank, outer_filters(bank))
    inner = tuple(send(resampled(at(j), grid)) for j, grid in enumerate(bank.grids))
    products = tuple(send(resampled(at(j), grid)) for j, grid in enumerate(outer))
    return Windows(send(inside), known, inner, products, remove_edges, belongs)
