"""Windows over points: masks, removed edges and the pad of a boundary are one mechanism.

A coefficient at scale j sees about 2^j pixels around its point, so the valid region is eroded by exactly 2^j pixels
(Chebyshev distance) for the widest wavelet of the statistic. <X> = sum w X / sum w.
"""

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float
from scipy.ndimage import minimum_filter

from ..domains.torus import Shape, smooth
from ..errors import InputError, check_shape
from ..wavelets import FilterBank
from ..wavelets.bank import resampled


class Windows(eqx.Module):
    """Weights of mean 1: over pixels (`pixel`, on the field), at each scale on the bank's grid (`scale`), and at each
    outer scale on the grid where products are summed (`outer`)."""

    pixel: Float[Array, "*space"]
    scale: tuple[Float[Array, "..."], ...]
    outer: tuple[Float[Array, "..."], ...]


def make_windows(bank: FilterBank, mask=None, remove_edges: bool = False) -> Windows | None:
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
    full = [bank.domain.support(_eroded(inside, j, remove_edges) if erode else inside) for j in range(bank.J)]
    dtype = bank.phi.dtype
    send = lambda window: jax.device_put((window / window.mean()).astype(dtype))
    scale = tuple(send(resampled(w, grid)) for w, grid in zip(full, bank.grids, strict=True))
    outer = tuple(send(resampled(w, _outer_grid(bank, j))) for j, w in enumerate(full))
    return Windows(send(inside), scale, outer)


def _eroded(inside: np.ndarray, j: int, remove_edges: bool) -> np.ndarray:
    mode = "constant" if remove_edges else "wrap"
    window = minimum_filter(inside, size=2 ** (j + 1) + 1, mode=mode, cval=0.0)
    if not window.any():
        raise InputError(
            f"the mask leaves no pixel at scale j={j}, whose wavelets see {2**j} pixels: use J <= {j}, or a wider mask."
        )
    return window


def _outer_grid(bank: FilterBank, j: int) -> Shape:
    """Grid that holds the product of two fields filtered at scale j."""
    torus = bank.domain.padded
    if bank.oversampling == "full":
        return torus
    return tuple(smooth(2 * b, n) for b, n in zip(bank.psi[j].shape[1:], torus, strict=True))
