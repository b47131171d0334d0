"""Objects that only configs can ask for: what Python takes as an array comes from a file here, or has a short name.

Each is a constructor like any other: its annotated arguments are keys of its table, the others are handed in by name.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import InputError
from ...numbers import positive

if TYPE_CHECKING:
    from ...domains import SymmetricOn
    from ...energies import Fixed
    from ...samplers import Optax
    from ...synthesis import Given


def given(source: str, key: str | None = None, *, taken_off, precision) -> "Given":
    """Fields of a file as the start, one or (sample, [channel], *space); `key`: which array of the file.

    >>> given("brick64", taken_off=0.0, precision="float32").fields.shape
    (64, 64)
    """
    from ...synthesis import Given

    x = _read(source, key).astype(float)
    return Given((x - taken_off).astype(precision))


def stack(source: str, key: str | None = None, *, precision) -> np.ndarray:
    """Draws of the noise from a file, (draw, [channel], *space); `key`: which array of the file."""
    return _read(source, key).astype(precision)


def fixed(source: str, key: str | None = None, *, target) -> "Fixed":
    """The target's values kept where a field of a file, of its shape, is not 0; `key`: which array of the file.

    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as root:
    ...     path = pathlib.Path(root) / "mask.npy"
    ...     np.save(path, np.array([1.0, 0.0, 0.0]))
    ...     fixed(str(path), target=np.ones(3, "float32")).free.tolist()
    [1, 2]
    """
    from ...energies import Fixed

    return Fixed(_read(source, key) != 0, target)


def mirror() -> "SymmetricOn":
    """The boundary of scatspectra: a series beside its mirror image, twice the samples, redone at each layer."""
    from ...domains import SymmetricOn

    return SymmetricOn(redone=True)


def of_optax(transformation: Any, learning_rate: Any, **options: Any) -> "Optax":
    """The solver of a constructor of optax, such as `optax.adam`.

    >>> import optax
    >>> type(of_optax(optax.adam, 0.1)).__name__
    'Optax'
    """
    from ...samplers import Optax

    positive("learning_rate", learning_rate)
    return Optax(transformation(learning_rate, **options))


def _read(source: str, key: str | None) -> np.ndarray:
    from ... import fields

    try:
        return np.asarray(fields.read(source, key))
    except InputError as error:
        raise InputError(f"source = {source!r} cannot be used: {error}") from error
