"""Every solver, and a problem with a solution in closed form."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from scatjax.energies import Matching
from scatjax.samplers import LBFGS, Backtracking, GradientDescent, LevenbergMarquardt, Optax

SIDE = 32
TARGET = np.array([0.2, 0.3, 0.5, 0.9])


class Bands(eqx.Module):
    """Powers of four disjoint Fourier bands."""

    masks: jax.Array

    def __init__(self, dtype):
        k = np.hypot(*np.meshgrid(*[np.fft.fftfreq(SIDE, 1 / SIDE)] * 2, indexing="ij"))
        edges = [0, 2, 4, 8, np.inf]
        self.masks = jnp.asarray([(k >= low) & (k < high) for low, high in zip(edges, edges[1:], strict=False)], dtype)

    def parts(self, x):
        spectrum = jnp.fft.fft2(x)
        return jnp.fft.ifft2(spectrum[None] * self.masks.astype(spectrum.dtype)).real

    def vector(self, x):
        return jnp.mean(self.parts(x) ** 2, axis=(1, 2))


def problem(dtype):
    """The energy of matching the powers of the bands, whose solution is a closed form, and a start."""
    phi = Bands(dtype)
    start = jnp.asarray(np.random.default_rng(3).standard_normal((SIDE, SIDE)), dtype)
    return Matching(phi, jnp.asarray(TARGET, dtype)), start


SOLVERS = {
    "fixed": (lambda: GradientDescent(0.1 * SIDE**2), 1500),
    "backtracking": (lambda: GradientDescent(Backtracking()), 400),
    "optax": (lambda: Optax(optax.sgd(0.1 * SIDE**2)), 1500),
    "lbfgs": (lambda: LBFGS(), 60),
    "levenberg-marquardt": (lambda: LevenbergMarquardt(), 12),
    "matrix-free": (lambda: LevenbergMarquardt(max_bytes=64), 20),
}
