r"""Noise for denoising: M fields of the law that troubles the data, drawn once, and centered.

Centered means $n_i \to \sqrt{M/(M-1)}\,(n_i - \bar n)$, which leaves each field's law as it is if it is Gaussian. A few
independent draws have a mean $\bar n$ of power 1/M, and the field that is sought would take up $-\bar n$ to lower the
power of $u + n_i$: white noise of the field's variance, M = 10, left the spectrum of a 128^2 vorticity 5.5 dB too high
at its end, and 2 dB with the same draws centered.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ...errors import InputError, check_finite, check_real
from ..start import AbstractStart, Reference

Law = AbstractStart | Callable[[Array], Array] | Array | np.ndarray


def draw_noises(key: Array, noise: Law, count: int, shape: tuple[int, ...], dimension: int, dtype) -> Array:
    """`count` centered draws of `noise`, (count, [channel], *space): of a law, a sampler key -> field, or a stack.

    **Errors** InputError for draws of another shape, of another dtype, not finite, without variance, or whose mean is
    not 0.

    >>> from ..start import White
    >>> draw_noises(jax.random.key(0), White(std=2.0), 4, (8, 8), 2, np.float32).shape
    (4, 8, 8)
    """
    fields: Any
    if isinstance(noise, AbstractStart):
        fields = _of_law(key, noise, count, shape, dimension, dtype)
    elif callable(noise):
        fields = _of_sampler(key, noise, count, shape)
    else:
        fields = noise
    return _centered(_checked(fields, shape, dtype), dimension)


def _of_law(key: Array, law: AbstractStart, count: int, shape: tuple[int, ...], dimension: int, dtype) -> Any:
    zero = jnp.zeros(shape[: len(shape) - dimension], dtype)
    drawn = law.prepare(Reference(None, zero, zero), shape, dimension)
    return jax.vmap(lambda i: drawn(jax.random.fold_in(key, i), i))(jnp.arange(count))


def _of_sampler(key: Array, sampler: Callable[[Array], Any], count: int, shape: tuple[int, ...]) -> Any:
    fields = [sampler(jax.random.fold_in(key, i)) for i in range(count)]
    for field in fields:
        if np.shape(field) != shape:
            raise InputError(f"noise(key) gives shape {np.shape(field)}, the data has {shape}: draw such a field.")
    return np.stack(fields)


def _checked(fields, shape: tuple[int, ...], dtype) -> Float[np.ndarray, "count ..."]:
    check_real(fields, "noise")
    check_finite(fields, "noise")
    fields = np.asarray(fields, np.float64)
    if fields.ndim != len(shape) + 1 or fields.shape[1:] != shape or len(fields) < 2:
        wanted = ", ".join(map(str, ("n >= 2", *shape)))
        raise InputError(f"noise has shape {fields.shape}, expected ({wanted}): a stack of draws, or a sampler.")
    return fields.astype(dtype)


def _centered(fields: np.ndarray, dimension: int) -> Array:
    count, dtype, fields = len(fields), fields.dtype, fields.astype(np.float64)
    axes = tuple(range(-dimension, 0))
    if not (fields.std((0, *axes)) > 0).all():
        raise InputError("noise is zero, or the same everywhere: nothing is to be taken out; give White(std=1.0).")
    means = fields.mean(axes)  # of each draw: they scatter around 0 as far as the noise is correlated
    spread = means.std(0, ddof=1) / np.sqrt(count) + 1e-6 * fields.std((0, *axes))
    if (np.abs(means.mean(0)) > 8 * spread).any():
        raise InputError(f"noise has the mean {means.mean():.3g}: take it off the noise and off the data first.")
    return jnp.asarray(((fields - fields.mean(0)) * np.sqrt(count / (count - 1))).astype(dtype))
