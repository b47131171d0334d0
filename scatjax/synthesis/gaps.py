r"""Missing pixels: moments of what is known, for a field that is sought on the whole canvas.

A map of covariances with a mask measures means over known pixels that are further than $2^j$ from the unknown; the same
map without it measures the same means over all pixels. So the target comes from the one, centers and scales too, and
the field is measured by the other: what stands in the gaps is free of the data and has their statistics.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ..errors import InputError
from ..moments import AbstractMoments
from ..moments.covariances import Covariances, covariances
from ..moments.edges import Eroded
from .subtracted import ring_numbers


def check_mask(mask, shape: tuple[int, ...]) -> Bool[np.ndarray, "*space"] | None:
    """A boolean mask of the canvas, or None."""
    if mask is None:
        return None
    mask = np.asarray(mask)
    if mask.shape != shape or mask.dtype != bool or not mask.any():
        raise InputError(
            f"mask has shape {mask.shape} and dtype {mask.dtype}: pass booleans of shape {shape}, true where the data "
            f"are known, not all false."
        )
    return None if mask.all() else mask


def fitted_with_gaps(phi: AbstractMoments, data, mask: Bool[np.ndarray, "*space"]):
    """(the map over all pixels, the moments of the known ones): both with the known pixels' centers and scales."""
    if not isinstance(phi, Covariances) or phi.fitted or phi.masked:
        raise InputError(
            "mask= needs PhaseHarmonics or RectifierCovariances, not fitted and without a mask of their own: pass "
            "phi = sj.PhaseHarmonics(bank, pairs)."
        )
    edges = Eroded(phi.bank, mask, getattr(phi.edges, "remove_edges", False))
    known = covariances(phi.bank, phi.gamma, phi.channels, edges).fit(data)
    leaves = lambda m: (m.frozen, m.variance)
    whole = eqx.tree_at(leaves, phi, leaves(known), is_leaf=lambda leaf: leaf is None)
    return whole, known(data).values


def filled(key: Array, data: Float[np.ndarray, "*space"], mask: Bool[np.ndarray, "*space"]) -> np.ndarray:
    """One field whose gaps hold a Gaussian draw of the spectrum of what is known, ring by ring.

    >>> x = np.random.default_rng(0).normal(size=(16, 16))
    >>> y = filled(jax.random.key(0), np.where(x > 1, np.nan, x), x <= 1)
    >>> bool(np.isfinite(y).all() and (y == x)[x <= 1].all())
    True
    """
    mean = data[mask].mean()
    centered = np.where(mask, data - mean, 0.0)
    ring = ring_numbers(data.shape)
    power = np.bincount(ring.ravel(), (np.abs(np.fft.fftn(centered)) ** 2).ravel()) / np.bincount(ring.ravel())
    amplitude = np.sqrt(power / (data.size * mask.mean()))[ring]
    noise = np.asarray(jax.random.normal(key, data.shape, jnp.float32), np.float64)
    return np.where(mask, data, mean + np.fft.ifftn(np.fft.fftn(noise) * amplitude).real)
