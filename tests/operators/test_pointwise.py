"""Modulus, harmonics and rectifiers: values, and derivatives that stay finite where a wavelet coefficient vanishes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax.errors import InputError
from scatjax.operators import modulus
from scatjax.operators.pointwise import harmonic, rectifier


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


HARMONICS = (0, 1, 2, 4, 8, -3)


def normal(rng, *shape):
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


@pytest.mark.parametrize("k", [*HARMONICS, 3, 7, 256, -1])
def test_harmonic(k, rng, x64):
    """|z| e^{ik arg z}; the rounding of the phase grows as |k|; float32 stays so."""
    z = normal(rng, 50)
    want = np.abs(z) * np.exp(1j * k * np.angle(z))
    assert np.abs(np.asarray(harmonic(jnp.asarray(z), k)) - want).max() < 1e-15 * 8 * max(abs(k), 1)
    single = harmonic(jnp.asarray(z.astype(np.complex64)), k)
    assert single.dtype == (np.float32 if k == 0 else np.complex64)
    assert np.abs(np.asarray(single) - want).max() < 1e-6 * max(abs(k), 1)


@pytest.mark.parametrize("k", HARMONICS)
def test_derivative_of_harmonic(k, rng, x64):
    """Forward and reverse against central differences to 1e-6."""
    p, v = jnp.asarray(rng.normal(size=(2, 2, 8)))
    w = jnp.asarray(normal(rng, 8)) if k else jnp.asarray(rng.normal(size=8))
    f = jax.jit(lambda p: jnp.real(w * harmonic(jax.lax.complex(*p), k)).sum())
    want = (f(p + 1e-6 * v) - f(p - 1e-6 * v)) / 2e-6
    for slope in (jax.jvp(f, (p,), (v,))[1], (jax.grad(f)(p) * v).sum()):
        assert abs(slope - want) < 1e-6 * abs(want), f"{slope} against {want}"


@pytest.mark.parametrize("k", HARMONICS)
def test_harmonic_at_zero(k):
    """Value 0; gradient and Hessian-vector product finite at 0, those of a point beside it untouched."""

    @jax.jit
    def slopes(p, v):
        f = lambda p: ((z := harmonic(jax.lax.complex(*p), k)).real ** 2).sum() + z.real.sum()
        return jax.value_and_grad(f)(p), jax.jvp(jax.grad(f), (p,), (v,))[1]

    p = np.array([[0.0, 3.0], [0.0, 4.0]], np.float32)
    (value, slope), product = slopes(p, np.ones_like(p))
    (_, alone), beside = slopes(np.tile(p[:, 1:], 2), np.ones_like(p))
    assert harmonic(jnp.zeros((), np.complex64), k) == 0 and np.isfinite(value)
    assert np.isfinite(slope).all() and np.isfinite(product).all() and slope.dtype == np.float32
    assert np.allclose(slope[:, 1], alone[:, 1], rtol=1e-5) and np.allclose(product[:, 1], beside[:, 1], rtol=1e-5)


def test_harmonics_are_capped():
    with pytest.raises(InputError, match="use |k| <= 256"):
        harmonic(jnp.ones(2, np.complex64), 257)


def coefficient(k):
    """h_k of the Fourier series of ReLU(cos)."""
    if k % 2:
        return 0.25 if abs(k) == 1 else 0.0
    return (-1) ** (k // 2) / (np.pi * (1 - k**2))


def test_rectifier_is_a_series_of_harmonics(rng, x64):
    """Fourier coefficients over 4096 phases are h_k [z]^k to 1e-6; what aliases there is h_{4096} = 2e-8."""
    z, A = jnp.asarray(normal(rng, 6)), 4096
    turned = np.exp(2j * np.pi * np.arange(A)[:, None] / A) * np.asarray(z)
    phases = np.maximum(turned.real, 0)
    some = [0, 1, 777, 2048, 4095]
    assert np.allclose(phases[some], [rectifier(z, m, A) for m in some], atol=1e-14)
    series = np.fft.fft(phases, axis=0) / A
    for k in range(-64, 65):
        want = coefficient(k) * np.asarray(harmonic(z, k))
        assert np.abs(series[k] - want).max() < 1e-6, k


def test_four_phases_of_one_field(rng):
    """ReLU of Re z, -Im z, -Re z, Im z: no rounding of cosines; float32 stays so; slopes finite at 0."""
    z = normal(rng, 9).astype(np.complex64)
    for m, part in enumerate((z.real, -z.imag, -z.real, z.imag)):
        got = rectifier(jnp.asarray(z), m, 4)
        assert got.dtype == np.float32 and np.array_equal(got, np.maximum(part, 0))
        slope = jax.grad(lambda t, m=m: rectifier(jax.lax.complex(t, t), m, 4))(0.0)
        assert np.isfinite(slope)
