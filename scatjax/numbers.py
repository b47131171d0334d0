"""Numbers that an object takes: checked when it is built, and array leaves, so that a new value compiles nothing.

NumPy scalars until a program takes them: building an object runs no JAX operation; ints are static.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from .errors import InputError

Number = int | float | np.ndarray | Array


def number(value) -> np.ndarray | Array:
    """A number of a solver as an array leaf (float64 in NumPy, unless it is a JAX array or a tracer already).

    >>> number(1)
    array(1.)
    """
    return value if isinstance(value, jax.Array) else np.asarray(value, np.float64)


def positive(name: str, value) -> np.ndarray | Array:
    """An array leaf as of `number`, refused unless positive (a traced value cannot be judged and passes).

    >>> positive("step_size", -1.0)
    Traceback (most recent call last):
    scatjax.errors.InputError: step_size=-1.0 must be positive and finite.
    """
    checked = number(value)
    if not isinstance(checked, jax.core.Tracer) and not (
        np.all(np.asarray(checked) > 0) and np.all(np.isfinite(checked))
    ):
        raise InputError(f"{name}={value} must be positive and finite.")
    return checked


def count(name: str, value) -> int:
    """A positive int, static; refused otherwise.

    >>> count("memory", 20)
    20
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(f"{name}={value!r} must be a positive integer.")
    return value


def like(value, x: Array) -> Array:
    """A number in the dtype of x (strict promotion forbids float32 times float64)."""
    return jnp.asarray(value, x.dtype)
