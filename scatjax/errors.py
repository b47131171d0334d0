"""Errors that hold their remedy, and the Status that a lane of a run ends in.

`InputError` is raised early, at the border, and says what to do; numerical trouble is no exception but a `Status`, an
array that survives `jax.vmap`, so that one bad lane never kills a batch.
"""

import difflib
import functools
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int


class InputError(ValueError):
    """An argument, a file or a field that cannot be used; the message names it and says what to do."""


class ConfigError(InputError):
    """A configuration that cannot be read; the message names the file and the dotted path."""


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


class Success(str):
    """The message of a Status that is a success; every other message holds a remedy."""


class Ending(eqx.Module):
    """One value of `Status`, or an array of them under `jax.vmap`: a code that is the checksum of its name."""

    code: Int[Array | np.ndarray, "..."]

    @property
    def success(self) -> Bool[Array, "..."]:
        """True where the run ended well.

        >>> bool(Status.converged.success), bool(Status.not_finite.success)
        (True, False)
        """
        good = [own.code for name, own in Status.values.items() if isinstance(Status.messages[name], Success)]
        return functools.reduce(jnp.logical_or, [jnp.asarray(self.code == code) for code in good])

    def __eq__(self, other) -> Bool[Array, "..."]:  # type: ignore[override]
        if not isinstance(other, Ending):
            raise TypeError(f"a Status is compared with a Status, not with {other!r}.")
        return jnp.asarray(self.code == other.code)

    def __ne__(self, other) -> Bool[Array, "..."]:  # type: ignore[override]
        return ~(self == other)

    def __hash__(self) -> int:
        return id(self)


class _Endings(type):
    """Enters the values of `Status` and of every subclass into one table, so that all of them compare."""

    values: dict[str, Ending] = {}
    messages: dict[str, str] = {}

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]):
        own = {word: text for word, text in namespace.items() if isinstance(text, str) and not word.startswith("_")}
        for word, text in own.items():
            if any(hasattr(base, word) and word not in mcs.values for base in bases):
                raise InputError(f"Status.{word} is a member of every Status: choose another name.")
            if mcs.messages.setdefault(word, text) != text:
                raise InputError(f"Status.{word} exists and says {mcs.messages[word]!r}: choose another name.")
            mcs.values[word] = Ending(np.asarray(zlib.crc32(word.encode()) >> 1, np.int32))
        return super().__new__(mcs, name, bases, {word: v for word, v in namespace.items() if word not in own})

    def __getattr__(cls, name: str) -> Any:
        if name in cls.values:
            return cls.values[name]
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(f"there is no Status {name!r}{did_you_mean(name, cls.values)}")

    def __getitem__(cls, value: Ending) -> str:
        return cls.messages[cls.names(value)[0]]

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, Ending)


class Status(metaclass=_Endings):
    """How a lane stands or ended: `Status.converged`, an array that survives `jax.vmap`.

    `status.success` says whether it ended well, `Status[status]` is the message with its remedy, `Status.names` gives
    names. A kernel's own endings are a subclass beside it, and then values of `Status` like the others:

    >>> class Tired(Status):
    ...     tired = "The walker sat down: give it water."
    >>> Status[Status.tired], bool(Status.tired == Status.converged)
    ('The walker sat down: give it water.', False)
    """

    converged: Any = Success("")
    running: Any = "The run goes on."
    step_limit: Any = "The step limit was reached before the tolerance: raise `max_steps`, or loosen `tolerance`."
    not_finite: Any = "The energy is not finite: lower `step_size`, or start from a field with the target's spectrum."
    interrupted: Any = "The run was interrupted; the best field so far was kept."

    @classmethod
    def where(cls, condition, yes: Ending, no: Ending) -> Ending:
        """`jnp.where` of two values."""
        return Ending(jnp.where(condition, yes.code, no.code))

    @classmethod
    def names(cls, value: Ending) -> list[str]:
        """The name of each value of an array of them.

        >>> Status.names(Status.converged)
        ['converged']
        """
        known = {int(own.code): name for name, own in cls.values.items()}
        return [known[code] for code in np.atleast_1d(np.asarray(value.code)).reshape(-1).tolist()]
