"""Errors that hold their remedy, and the Status that a lane of a run ends in.

`InputError` is raised early, at the border, and says what to do; numerical trouble is no exception but a `Status`, an
array that survives `jax.vmap`, so that one bad lane never kills a batch.
"""

import difflib
from collections.abc import Iterable, Sequence

import equinox as eqx
import numpy as np


class InputError(ValueError):
    """An argument, a file or a field that cannot be used; the message names it and says what to do."""


class ConfigError(InputError):
    """A configuration that cannot be read; the message names the file and the dotted path."""


class Status(eqx.Enumeration):
    """How a lane stands or ended. `Status[item]` is the message with its remedy; "" means that all went well."""

    converged = ""
    running = "The run goes on."
    step_limit = "The step limit was reached before the tolerance: raise `max_steps`, or loosen `tolerance`."
    line_search_failed = "The line search found no lower energy: this is the rounding floor; polish in float64 or stop."
    stalled = "The damping reached its limit and no step lowered the energy: start from a better field, or use LBFGS."
    not_finite = "The energy is not finite: lower `step_size`, or start from a field with the target's spectrum."
    interrupted = "The run was interrupted; the best field so far was kept."


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The nearest known word as `"; did you mean 'x'?"`, or "".

    >>> did_you_mean("brik", ["brick", "vorticity"])
    "; did you mean 'brick'?"
    """
    near = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def check_real(x, name: str = "x") -> np.dtype:
    """The real floating dtype of an array-like; integers, booleans and complex numbers are refused with the remedy.

    >>> check_real(np.zeros(3, np.float32))
    dtype('float32')
    """
    dtype = check_floating(x, name)
    if np.issubdtype(dtype, np.complexfloating):
        raise InputError(f"{name} is complex ({dtype}): pass its real and imaginary parts as two channels.")
    return dtype


def check_floating(x, name: str = "x") -> np.dtype:
    """The floating or complex dtype of an array-like; integers and booleans are refused with the remedy.

    >>> check_floating(np.zeros(3, np.complex64))
    dtype('complex64')
    """
    dtype = np.dtype(getattr(x, "dtype", None) or np.asarray(x).dtype)
    if not np.issubdtype(dtype, np.inexact) or dtype.itemsize < 4:
        raise InputError(f"{name} has dtype {dtype}: convert it to float32 first, {name}.astype('float32').")
    return dtype


def check_shape(x, shape: Sequence[int], name: str = "x", axes: str = "") -> None:
    """Refuse an array whose last axes are not `shape`; the message names the shape expected and the remedy."""
    got, want = tuple(np.shape(x)), tuple(shape)
    if len(got) < len(want) or got[len(got) - len(want) :] != want:
        label = f" {axes}" if axes else ""
        raise InputError(
            f"{name} has shape {got}, expected (..., {', '.join(map(str, want))}){label}: "
            f"crop or pad the field, or build the bank for its shape."
        )


def check_finite(x, name: str = "x") -> None:
    """Refuse NaN and Inf with their count and the index of the first one (host side: never call it on a tracer)."""
    array = np.asarray(x)
    if array.size == 0:
        raise InputError(f"{name} is empty (shape {array.shape}): pass at least one sample.")
    bad = ~np.isfinite(array)
    if bad.any():
        first = tuple(int(i) for i in np.unravel_index(int(bad.argmax()), array.shape))
        raise InputError(
            f"{name} holds {int(bad.sum())} values that are NaN or Inf, the first at index {first}: "
            f"fill them, or mask them out (moments take mask=np.isfinite(x))."
        )


def missing_extra(package: str, extra: str) -> ImportError:
    """The ImportError for an optional package, naming the extra that installs it."""
    return ImportError(f'this needs {package}: pip install "scatjax[{extra}]"')
