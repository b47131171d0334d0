"""The modulus: its value, and derivatives that stay finite where a wavelet coefficient vanishes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax.operators import modulus


def test_value(rng, x64):
    z = rng.normal(size=20) + 1j * rng.normal(size=20)
    assert np.allclose(modulus(jnp.asarray(z)), np.abs(z), rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_derivatives_vanish_at_zero(dtype, x64):
    """u = 0 at z = 0: jvp, vjp, and their compositions."""
    square = lambda t: modulus(jax.lax.complex(t, 2 * t)) ** 2

    @jax.jit
    def derivatives(z, dz, t):
        value, forward = jax.jvp(modulus, (z,), (dz,))
        reverse = jax.vjp(modulus, z)[1](jnp.ones_like(value))[0]
        mixed = jax.jvp(jax.grad(square), (t,), (jnp.ones_like(t),))[1]
        return value, forward, reverse, jax.grad(square)(t), mixed, jax.grad(jax.grad(square))(t)

    zero = np.zeros((), dtype)
    value, forward, reverse, *higher = derivatives(zero, np.ones((), dtype), zero.real)
    assert value == 0 and forward == 0 and reverse == 0 and higher[0] == 0
    assert forward.dtype == value.dtype == zero.real.dtype and reverse.dtype == dtype
    assert np.isfinite(higher).all()


def test_derivatives_elsewhere(rng, x64):
    """Re(conj(u) dz) against finite differences; the gradient is z / |z| conjugated."""
    z, dz = (rng.normal(size=8) + 1j * rng.normal(size=8) for _ in range(2))
    slope = jax.jit(lambda z, dz: jax.jvp(modulus, (z,), (dz,))[1])(z, dz)
    assert np.allclose(slope, (np.abs(z + 1e-6 * dz) - np.abs(z - 1e-6 * dz)) / 2e-6, atol=1e-8)
    gradient = jax.jit(jax.grad(lambda z: modulus(z).sum()))(z)
    assert np.allclose(gradient, np.conj(z) / np.abs(z), rtol=1e-14)  # JAX's convention: conj of the ascent direction
    hessian = jax.jit(jax.hessian(lambda t: modulus(jax.lax.complex(t[0], t[1]))))(np.array([3.0, 4.0]))
    assert np.allclose(hessian, np.array([[16, -12], [-12, 9]]) / 125, atol=1e-15)


def test_one_bad_point_spoils_no_other():
    z = np.array([0.0, 3 + 4j], "complex64")
    assert np.allclose(jax.jit(jax.grad(lambda z: modulus(z).sum()))(z), [0, 0.6 - 0.8j])
