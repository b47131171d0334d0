r"""Missing pixels: moments of what is known, for a field that is sought on the whole canvas.

A map of covariances with a mask measures means over known pixels that are further than $2^j$ from the unknown; the same
map without it measures the same means over all pixels. The target comes from the one, centers and scales too, and the
field has to meet it twice: over the known pixels, and over all. So what stands in the gaps is free of the data and has
their statistics. Over all alone, known pixels would move to make up for what the gaps have by chance.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ...coefficients import concatenate
from ...errors import InputError
from ...moments import AbstractMoments, AbstractUnmasked
from ...moments.covariances.engine import Covariances
from .spectrum_under_noise import ring_numbers


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


class Twice(AbstractUnmasked):
    """The moments over known pixels, then those over all, of one map."""

    known: Covariances
    whole: Covariances

    @property
    def shape(self):
        """Shape of the fields taken."""
        return self.whole.shape

    @property
    def channels(self):  # type: ignore[override]
        """Channels of the fields taken."""
        return self.whole.channels

    @property
    def table(self):
        """The rows of both, with the column `map`: 0 of known pixels, 1 of all."""
        table = self.whole.table
        return concatenate([table, table], map=np.repeat([0, 1], len(table)))

    @property
    def weights(self):
        """The weights of the map, twice."""
        return np.tile(self.whole.weights, 2)

    @property
    def frozen(self):
        """Centers and scales of the known pixels, which both maps have."""
        return self.known.frozen

    def numbers(self, x):
        """The numbers of known pixels, then those of all."""
        return jnp.concatenate([self.known.numbers(x), self.whole.numbers(x)])

    def fit(self, target):
        """The map itself: it was made of a fitted one."""
        return self

    def at(self, shape):
        """InputError: known pixels are of their canvas."""
        raise InputError(f"the mask belongs to the canvas {self.shape}, not {tuple(shape)}: fill the gaps there.")


def fitted_with_gaps(phi: AbstractMoments, data, mask: Bool[np.ndarray, "*space"]) -> tuple[Twice, Array]:
    """(the map over known pixels and over all, its target), both with the known pixels' centers and scales."""
    if not isinstance(phi, Covariances) or phi.fitted or phi.masked:
        raise InputError(
            "mask= needs PhaseHarmonics or RectifierCovariances alone, not fitted, not reduced over angles, without a "
            "mask of their own: pass phi = sj.PhaseHarmonics(bank, pairs)."
        )
    known = phi.with_mask(mask).fit(data)
    return Twice(known, known.with_mask(None)), jnp.tile(known(data).values, 2)


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
