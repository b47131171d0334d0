"""Pointwise rules of a cascade, with derivatives that stay finite where a wavelet coefficient vanishes."""

import jax
import jax.numpy as jnp
from jaxtyping import Array


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
