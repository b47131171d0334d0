"""Pointwise rules of a cascade, with derivatives that stay finite where a wavelet coefficient vanishes."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ..citations import cites
from ..errors import InputError


def modulus(z: Array) -> Array:
    r"""$|z|$ with $d|z| = \mathrm{Re}(\bar u\,dz)$, $u = z/|z|$ and $u = 0$ at $z = 0$ (Zhang and Mallat 2021, eq.
    2.3).

    >>> float(jax.grad(lambda t: modulus(jax.lax.complex(t, t)))(0.0))
    0.0
    """
    return _modulus(z)  # a plain function, so that operators can be pickled


@jax.custom_jvp
def _modulus(z: Array) -> Array:
    return jnp.sqrt(z.real**2 + z.imag**2)


@_modulus.defjvp
def _(primals, tangents):
    (z,), (dz,) = primals, tangents
    r = _modulus(z)
    inverse = jnp.where(r > 0, 1 / jnp.where(r > 0, r, 1), 0)
    return r, (z.real * inverse) * dz.real + (z.imag * inverse) * dz.imag


def identity(z: Array) -> Array:
    """z itself: the wavelet transform."""
    return z


@cites("mallat2018")
def harmonic(z: Array, k: int) -> Array:
    r"""Phase harmonic $[z]^k = |z|\,e^{ik\arg z}$, $[z]^0 = |z|$, $[0]^k = 0$ (Mallat, Zhang and Rochette 2018).

    With $u = z/|z|$: $d[z]^k = \tfrac{1+k}{2}u^{k-1}dz + \tfrac{1-k}{2}u^{k+1}d\bar z$, no $1/|z|$: finite where z
    vanishes. Powers of u by repeated squaring: the rounding of the phase grows as |k|, and so does the slope;
    at most `LARGEST_HARMONIC`.

    >>> harmonic(jnp.array([2j, -3.0 + 0j]), 2).real
    Array([-2.,  3.], dtype=float32)
    """
    if not isinstance(k, int | np.integer):
        raise InputError(f"k={k!r} must be an integer: other powers have a cut where the phase jumps.")
    if abs(k) > LARGEST_HARMONIC:
        raise InputError(f"k={k}: the phase of [z]^k loses a digit for each factor 10; use |k| <= {LARGEST_HARMONIC}.")
    if k in (0, 1, -1):
        return (_modulus(z), z, jnp.conj(z))[k]
    return _harmonic(z, k)


LARGEST_HARMONIC = 256


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def _harmonic(z: Array, k: int) -> Array:
    return power(_phase(z), k - 1) * z


@_harmonic.defjvp
def _(k, primals, tangents):
    (z,), (dz,) = primals, tangents
    u = _phase(z)
    before = power(u, k - 1)
    return before * z, (1 + k) / 2 * before * dz + (1 - k) / 2 * (before * u * u) * jnp.conj(dz)


def _phase(z: Array) -> Array:
    r = _modulus(z)
    inverse = jnp.where(r > 0, 1 / jnp.where(r > 0, r, 1), 0)
    return jax.lax.complex(z.real * inverse, z.imag * inverse)


def power(u: Array, k: int) -> Array:
    """u^k of a phase u by repeated squaring, conj(u)^|k| for negative k.

    >>> float(power(jnp.array(1j), -2).real)
    -1.0
    """
    if k < 0:
        return power(jnp.conj(u), -k)
    out = None
    while k:
        if k % 2:
            out = u if out is None else out * u
        u, k = u * u, k // 2
    return jnp.ones_like(u) if out is None else out


@cites("brochard2022")
def rectifier(z: Array, phase: int, phases: int) -> Array:
    r"""$\rho_\alpha(z) = \mathrm{ReLU}(\mathrm{Re}(e^{i\alpha}z))$, $\alpha = 2\pi m/A$, m = `phase`, A = `phases`.

    $\rho_\alpha(z) = \sum_k\hat h_k e^{ik\alpha}[z]^k$, $\hat h_0 = 1/\pi$, $\hat h_{\pm1} = 1/4$, even k:
    $(-1)^{k/2}/\pi(1-k^2)$ (Brochard, Zhang and Mallat 2022). At A = 4: ReLU of Re z, -Im z, -Re z and Im z.

    >>> [float(rectifier(jnp.array(3.0 - 2j), m, 4)) for m in range(4)]
    [3.0, 2.0, 0.0, 0.0]
    """
    if phases < 1:
        raise InputError(f"phases={phases} must be at least 1: how many there are in a turn.")
    alpha = 2 * np.pi * phase / phases
    cosine, sine = (float(np.round(value, 15)) for value in (np.cos(alpha), np.sin(alpha)))
    return jax.nn.relu(cosine * z.real - sine * z.imag)
