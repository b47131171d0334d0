"""The oracle problem "grass": an ill-conditioned texture that every solver is judged by."""


import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from scatjax.energies import Matching

from . import GOLDEN


def picture(size: int) -> np.ndarray:
    """skimage's grass in block means, centered, of unit variance (float64)."""
    sums = np.load(GOLDEN / "grass" / "grass.npz")["block_sums"].astype(np.float64)
    block = sums.shape[0] // size
    mean = sums.reshape(size, block, size, block).mean((1, 3))
    return (mean - mean.mean()) / mean.std()


def _filters(size: int, scales: int) -> tuple[np.ndarray, np.ndarray]:
    k0, k1 = np.meshgrid(*[2 * np.pi * np.fft.fftfreq(size)] * 2, indexing="ij")
    radius, angle = np.hypot(k0, k1), np.arctan2(k1, k0)
    radius[0, 0] = 1e-300
    octave = lambda j: np.log2(radius / (0.75 * np.pi * 2.0**-j))
    bands = np.zeros((scales, 4, size, size))
    for j in range(scales):
        q = octave(j)
        for l in range(4):
            delta = (angle - np.pi * l / 4 + np.pi) % (2 * np.pi) - np.pi
            bands[j, l] = (np.cos(np.pi * q / 2) * (np.abs(q) < 1)) * np.cos(delta) ** 3 * (np.abs(delta) < np.pi / 2)
    q = octave(scales - 1)
    low = np.where(q < -1, 1.0, np.where(q < 0, np.cos(np.pi / 2 * (1 + q)), 0.0))
    return bands, low


class Grass(eqx.Module):
    """Statistics: means of moduli of first and second order, and of powers of the field."""

    bands: Array
    low: Array
    epsilon: float = eqx.field(static=True)

    def __init__(self, size: int, scales: int, dtype):
        bands, low = _filters(size, scales)
        self.bands, self.low = jnp.asarray(bands, dtype), jnp.asarray(low, dtype)
        self.epsilon = 1e-12 if self.low.dtype == np.float64 else 1e-6

    def _modulus(self, spectrum, bands):
        z = jnp.fft.ifft2(spectrum * bands.astype(spectrum.dtype))
        return jnp.sqrt(z.real**2 + z.imag**2 + self.epsilon**2)

    def vector(self, x):
        """(K,) statistics of one picture."""
        mean = lambda u: jnp.mean(u, axis=(-2, -1))
        spectrum = jnp.fft.fft2(x)
        first = self._modulus(spectrum[None, None], self.bands)
        inner = jnp.fft.fft2(first)
        second = []
        for j in range(self.bands.shape[0] - 1):
            v = self._modulus(inner[j][:, None, None], self.bands[None, j + 1 :])
            second.append(mean(v).transpose(1, 0, 2).reshape(-1))
        low = jnp.fft.ifft2(spectrum * self.low.astype(spectrum.dtype)).real
        plain = jnp.stack([mean(u) for u in (x, x**2, x**3, x**4, low**2, low**3)])
        return jnp.concatenate([mean(first).reshape(-1), mean(first**2).reshape(-1), *second, plain])


def problem(size: int, dtype) -> tuple[Matching, jax.Array]:
    """Energy and start: 64 has J = 3 and K = 78, 128 has J = 4 and K = 134."""
    phi = Grass(size, {64: 3, 128: 4}[size], dtype)
    target = phi.vector(jnp.asarray(picture(size), dtype))
    weights = 1 / (jnp.abs(target) + 1e-3 * jnp.max(jnp.abs(target)))
    start = np.random.default_rng(0).standard_normal((size, size))
    return Matching(phi, target, weights), jnp.asarray(start, dtype)
