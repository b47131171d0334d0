"""What a config may say to a constructor, read from its signature: names, types and defaults stand there alone.

An argument is a key of the table if its annotation holds what TOML has (bool, int, float, str, lists of them, a
Literal), or if its name is a room of the table of kinds (an object: a table with a `kind`). Arrays, functions and what
the run itself hands in by name (`shape`, `bank`, `dtype`, `target`, ...) are no keys.
"""

import collections.abc
import dataclasses
import functools
import inspect
import math
import types
import typing
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from .. import kinds
from ..config import SCALARS

EMPTY = inspect.Parameter.empty
MISSING: Any = object()
# what the run knows: of every room, and of some rooms besides
HANDED = {"shape", "bank", "channels", "target", "mask", "dtype", "dimension"}
HANDED_TO = {
    "pairs": {"J", "L"},
    "verb": {"solver", "start", "variable", "noise", "report", "weights"},
}
FROM_BANK = {"J", "L"}  # of moments: the bank's, unless the config says another
DEFAULTS: dict[tuple[str, str], dict[str, Any]] = {  # of arguments that the constructor requires
    ("moments", "phase_harmonics"): {"pairs": "pywph"},
    ("moments", "rectifiers"): {"pairs": "alpha_gray"},
    ("moments", "quantiles"): {"count": 32},
}
LEARNING_RATE = 0.01  # optax has none
OWN: dict[tuple[str, str], dict[str, tuple[Any, Any]]] = {  # keys that configs alone have: type and default
    ("extra", ""): {"weight": (float, 1.0)},
    ("extra", "increment_quantiles"): {"weight": (float, 0.07)},  # let fat tails be, measured on S&P returns
    ("moments", "phase_harmonics"): {"weights": (dict[str, float], None)},
    ("moments", "rectifiers"): {"weights": (dict[str, float], None)},
    ("verb", "synthesize"): {"fixed": (int, None)},
}
UNION = (typing.Union, types.UnionType)
NO_CLASS = (types.NoneType, EMPTY, Any)
LISTS = (list, collections.abc.Sequence, collections.abc.Iterable)


@dataclasses.dataclass(frozen=True)
class Argument:
    """A key of a table: the types that TOML can say, the classes of objects it takes, its room, its default.

    - `default`: what the constructor takes if the key is left out, as a config would say it; MISSING: the key is
      required; None: left out.
    - `own`: true of a key that is no argument of the constructor.
    - `off`: true where a config says "none" for None.
    """

    plain: tuple[Any, ...]
    classes: tuple[type, ...] = ()
    room: str | None = None
    default: Any = MISSING
    own: bool = False
    off: bool = False


def arguments(table: str, kind: str) -> dict[str, Argument]:
    """The keys of the table of a kind, in the order of the constructor.

    >>> list(arguments("solver", "levenberg_marquardt"))
    ['damping', 'max_bytes', 'cg_steps', 'stride']
    >>> arguments("solver", "lbfgs")["memory"].default
    20
    """
    room = kinds.room_of(table)
    found = dict(_of_signature(room, kinds.constructor(room, kind)))
    defaults = DEFAULTS.get((room, kind), {})
    if kinds.is_of_optax(room, kind):
        defaults = {"learning_rate": LEARNING_RATE}
    for name, default in defaults.items():
        found[name] = dataclasses.replace(found[name], default=default)
    for place in ((table, ""), (room, kind), (table, kind)):
        for name, (type_, default) in OWN.get(place, {}).items():
            found[name] = Argument((type_,), default=default, own=True)
    return found


def parameters(made: Callable) -> dict[str, inspect.Parameter]:
    """The named parameters of a constructor.

    >>> list(parameters(lambda a, *rest, b=1: None))
    ['a', 'b']
    """
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {name: p for name, p in inspect.signature(made).parameters.items() if p.kind in named}


def products(made: Callable) -> tuple[type, ...]:
    """The classes of what a constructor makes: itself, or what its annotation says.

    >>> products(dict), products(len)
    ((<class 'dict'>,), ())
    """
    if isinstance(made, type):
        return (made,)
    returned = _resolved(getattr(made, "__annotations__", {}).get("return"), made)
    parts = typing.get_args(returned) if typing.get_origin(returned) in UNION else (returned,)
    return tuple(part for part in parts if isinstance(part, type) and part not in NO_CLASS)


@functools.lru_cache(maxsize=256)
def _of_signature(room: str, made: Callable) -> dict[str, Argument]:
    handed = HANDED - {"shape"} if room == "verb" else HANDED
    handed = handed | HANDED_TO.get(room, set())
    found = {}
    for name, parameter in parameters(made).items():
        if name in handed or (room == "verb" and parameter.kind is not inspect.Parameter.KEYWORD_ONLY):
            continue
        argument = _argument(name, parameter, made)
        if room == "moments" and name in FROM_BANK and argument.default is MISSING:
            argument = dataclasses.replace(argument, default=None)
        if argument.plain or argument.room:
            found[name] = argument
    return found


def _argument(name: str, parameter: inspect.Parameter, made: Callable) -> Argument:
    annotation = _resolved(parameter.annotation, made)
    plain, classes = translated(annotation)
    is_room = kinds.room_of(name) in kinds.KINDS and bool(classes or annotation in (EMPTY, Any))
    room = kinds.room_of(name) if is_room else None
    default = MISSING if parameter.default is EMPTY else _said(parameter.default, room)
    off = default is not None and default is not MISSING and _takes_none(annotation)
    return Argument(plain, classes, room, default, off=off)


def translated(annotation: Any) -> tuple[tuple[Any, ...], tuple[type, ...]]:
    """The types of an annotation that a config can say, and the classes of objects beside them.

    >>> translated(int | None)
    ((<class 'int'>,), ())
    >>> translated(collections.abc.Sequence[int] | np.ndarray)
    ((tuple[int, ...],), (<class 'numpy.ndarray'>,))
    """
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in UNION:
        every = [translated(part) for part in parts]
        plain = [type_ for types_, _ in every for type_ in types_]
        if bool in plain and float in plain:  # "anything like an array"
            plain.remove(bool)
        return tuple(dict.fromkeys(plain)), tuple(c for _, classes in every for c in classes)
    if annotation in SCALARS or origin is Literal:
        return (annotation,), ()
    if origin in LISTS and len(parts) == 1 or (origin is tuple and parts):
        items = [_item(part) for part in parts if part is not Ellipsis]
        if any(item is None for item in items):
            return (), ()
        whole: Any = tuple(items) if origin is tuple and Ellipsis not in parts else (items[0], ...)
        return (tuple.__class_getitem__(whole),), ()
    found = origin or annotation
    return (), (found,) if isinstance(found, type) and found not in NO_CLASS else ()


def _item(annotation: Any) -> Any:
    plain, _ = translated(annotation)
    if len(plain) > 1:
        return typing.Union[plain]  # noqa: UP007
    return plain[0] if plain else None


def _takes_none(annotation: Any) -> bool:
    return typing.get_origin(annotation) in UNION and types.NoneType in typing.get_args(annotation)


def _resolved(annotation: Any, made: Callable) -> Any:
    """An annotation that is a string, as the type that it names; what cannot be found is any object."""
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, getattr(inspect.unwrap(made), "__globals__", {}))
    except (NameError, AttributeError, SyntaxError, TypeError):
        return Any


def _said(value: Any, room: str | None) -> Any:
    """A default as a config would say it, or an object of the room; None if it is neither."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, list | tuple):
        items = tuple(_said(item, None) for item in value)
        return None if None in items else items
    if room is not None and not isinstance(value, int | float):
        return value  # an object, which `choice` describes
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        value = value.item()
    if isinstance(value, int | float) and math.isfinite(value):
        return value
    return None
