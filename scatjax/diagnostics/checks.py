"""What every statistic of this room takes: one real, finite field, computed on in float64 on the host."""

import numpy as np

from ..errors import InputError, check_finite, check_real


def one_field(x, name: str = "x", dimension: int | None = None) -> np.ndarray:
    """The field in float64; complex, integer, NaN, empty or constant-size-one input is an InputError with the remedy.

    **Arguments**

    - `x`: the field; `name` is what a message calls it.
    - `dimension`: the number of axes asked for, None for any.

    >>> one_field(np.ones((2, 2), np.float32)).dtype
    dtype('float64')
    """
    check_real(x, name)
    array = np.asarray(x, dtype=np.float64)
    check_finite(array, name)
    if dimension is not None and array.ndim != dimension:
        axes = ("x", "y, x", "z, y, x")[dimension - 1]
        raise InputError(
            f"{name} has shape {array.shape}, expected one field ({axes}): pass one field at a time, e.g. {name}[0]."
        )
    if array.ndim == 0 or array.size < 2:
        raise InputError(f"{name} has shape {array.shape}: a field has at least two samples.")
    return array


def check_pair(
    target, candidate, names: tuple[str, str] = ("target", "candidate"), dimension: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Two fields of one shape, in float64.

    >>> [x.shape for x in check_pair(np.ones(4), np.zeros(4))]
    [(4,), (4,)]
    """
    first, second = one_field(target, names[0], dimension), one_field(candidate, names[1], dimension)
    if first.shape != second.shape:
        raise InputError(f"{names[0]} has shape {first.shape} and {names[1]} {second.shape}: crop them to one shape.")
    return first, second


def varying(x, name: str = "x", dimension: int | None = None) -> np.ndarray:
    """`one_field` that is not constant, for statistics that divide by its standard deviation.

    >>> varying(np.ones(4))
    Traceback (most recent call last):
    scatjax.errors.InputError: x is constant (1.0): a statistic in units of its standard deviation does not exist.
    """
    array = one_field(x, name, dimension)
    if array.min() == array.max():
        raise InputError(
            f"{name} is constant ({array.flat[0]}): a statistic in units of its standard deviation does not exist."
        )
    return array
