"""A choice: a kind with its arguments, as a table of a config says it; read strictly, and made into its object.

    [solver]                              Choice("solver", "lbfgs", {"memory": 40})
    kind = "lbfgs"
    memory = 40

Defaults are filled in from the constructor when the table is read, so that the resolved config says every value. What
needs nothing but its own arguments is made at once and thrown away: its range checks answer before anything is done.
"""

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np

from ...errors import ConfigError, InputError
from .. import kinds
from ..config import build, hint, join, literal, show
from .signatures import EMPTY, MISSING, Argument, arguments, parameters, products

LEAST = {"num_samples": 1, "max_steps": 1, "lanes": 1, "fixed": 1, "num_noises": 2, "tolerance": 0}
LATE = {"bank", "moments", "extra", "phi", "pairs", "operator"}  # tables whose objects need the field
INLINE = ("pairs",)  # arguments whose own arguments stand in the table that names them: pairs = "pywph"


@dataclasses.dataclass(frozen=True)
class Choice:
    """A kind of a table of the config with all its arguments, which are also attributes.

    >>> choose("solver", "lbfgs", memory=40).memory
    40
    """

    table: str
    kind: str
    arguments: dict[str, Any]
    where: str = dataclasses.field(default="", compare=False, repr=False)  # its dotted path, for messages

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("arguments", "table", "kind") or name not in self.arguments:
            raise AttributeError(f"{self.kind!r} of {self.table} has no argument {name!r}")
        return self.arguments[name]

    def items(self) -> dict[str, Any]:
        """The keys of its table, `kind` first, as `dump` writes them; None: left out.

        >>> choose("moments", "spectra", normalization="none").items()["normalization"]
        'none'
        """
        out = {} if self.table == "verb" else {"kind": self.kind}
        known = arguments(self.table, self.kind)
        for name, value in self.arguments.items():
            if name in INLINE and isinstance(value, Choice):
                out |= {name: value.kind} | {n: v for n, v in value.items().items() if n != "kind"}
            else:
                out[name] = "none" if value is None and known[name].off else value
        return out


class Room:
    """The type of a table of choices, for an annotation: `Annotated[Choice, Room("solver")]`."""

    def __init__(self, table: str):
        self.table = table

    def build(self, value: Any, where: str) -> Choice:
        """The choice of a table."""
        return read(self.table, value, where)


class Verb:
    """The type of the table of a verb, which has no kind: its name says which verb it is."""

    def build(self, value: Any, where: str) -> Choice:
        """The choice of the table `where`."""
        verb = VERBS_OF_OLD.get(where, where)
        choice = Choice("verb", verb, _arguments("verb", verb, table_of(value, where), where), where)
        check_counts(choice)
        return choice


VERBS_OF_OLD = {"synthesis": "synthesize"}  # the table of synthesize bore the name of its room


def choose(table: str, kind: str, **given: Any) -> Choice:
    """A choice by hand, read as strictly as from a config.

    >>> choose("start", "white")
    Choice(table='start', kind='white', arguments={'mean': None, 'std': None})
    """
    said = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    if table == "verb":
        return Verb().build(said, kind)
    return read(table, {"kind": kind} | said, table)


def read(table: str, value: Any, where: str, allowed: Iterable[str] | None = None) -> Choice:
    """The choice that a value of a config says: a table with `kind`, or the word alone.

    **Errors** ConfigError with the dotted path, for whatever is wrong.
    """
    value = {"kind": value} if isinstance(value, str) else dict(table_of(value, where))
    known = list(kinds.KINDS.get(kinds.room_of(table), {}) if allowed is None else allowed)
    if not known:
        raise ConfigError(f"{where}: no kind of {table} is known: register one by scatjax.run.kind({table!r}, NAME).")
    if "kind" not in value:
        raise ConfigError(f"{join(where, 'kind')}: missing key; use one of {', '.join(map(repr, known))}")
    kind = literal(tuple(known), value.pop("kind"), join(where, "kind"))
    found = _arguments(table, kind, value, where)
    if is_mirrored(found) and found.get("oversampling") != "full":
        if "oversampling" in value:
            raise ConfigError(
                f"{where}.oversampling: expected 'full' with boundary = 'mirror', got {value['oversampling']}"
            )
        found["oversampling"] = "full"
    return _checked(Choice(table, kind, found, where))


def is_mirrored(arguments: Mapping[str, Any]) -> bool:
    """True if a bank's boundary is "mirror", a pad that is redone at each layer and stands on full grids."""
    boundary = arguments.get("boundary")
    return isinstance(boundary, Choice) and boundary.kind == "mirror"


def make(choice: Choice, **handed: Any) -> Any:
    """The object of a choice, with what the run hands in by name where the constructor asks for it.

    **Errors** ConfigError with the dotted path, for what the constructor refuses.

    >>> make(choose("solver", "lbfgs", memory=7)).memory
    7
    """
    made = kinds.constructor(choice.table, choice.kind)
    return _called(made, choice, bound(choice, **handed))


def bound(choice: Choice, **handed: Any) -> dict[str, Any]:
    """The arguments that the constructor of a choice is called with, objects made.

    >>> bound(choose("start", "white", std=1.0), mean=5.0)     # a key with a default of its own: not the run's
    {'std': 1.0}
    """
    where, known = choice.where or choice.table, arguments(choice.table, choice.kind)
    named = parameters(kinds.constructor(choice.table, choice.kind))
    free = {name for name, p in named.items() if name not in known or p.default is EMPTY}  # no default of its own
    given = {name: value for name, value in handed.items() if name in free}
    for name, value in choice.arguments.items():
        if known[name].own or (value is None and not known[name].off):
            continue
        given[name] = make(value, **handed) if isinstance(value, Choice) else value
    if choice.arguments.get("weights"):
        given["pairs"] = weighted(given["pairs"], choice.weights, join(where, "weights"))
    lacking = [name for name, p in named.items() if p.default is EMPTY and name not in given]
    if lacking:
        raise ConfigError(f"{where}: {choice.kind!r} needs {', '.join(lacking)}, which this run does not have.")
    return given


def weighted(pairs: Any, weights: Mapping[str, float], where: str) -> Any:
    """A set of pairs with the weights of kinds of rows, `weights = {C01 = 2.0}`."""
    kinds = sorted(set(pairs.rows["kind"].tolist()))
    for kind, weight in weights.items():
        if kind not in kinds:
            raise ConfigError(f"{where}.{kind}: no such rows" + _hint(kind, kinds, "; the kinds are "))
        if not weight >= 0:
            raise ConfigError(f"{where}.{kind}: expected a number >= 0, got {weight}")
    if pairs.angular is not None:
        raise ConfigError(f"{where}: rows in Fourier over angles have no weights of their own: leave them out.")
    return pairs.weighted(**weights)


def check_counts(verb: Choice) -> None:
    """Refuse numbers of a verb that no verb takes: what they mean is the same in all of them."""
    for name, least in LEAST.items():
        value = verb.arguments.get(name)
        numbers = value if isinstance(value, tuple) else () if value is None else (value,)
        if value == () or not all(number >= least for number in numbers):
            raise ConfigError(f"{verb.where}.{name}: expected a number >= {least}, got {value!r}")
    shape = verb.arguments.get("shape")
    if shape is not None and (len(shape) not in (1, 2) or min(shape) < 1):
        raise ConfigError(f"{verb.where}.shape: expected one side of a series, or two of an image, got {list(shape)}")


def described(table: str, value: Any) -> Choice | None:
    """The choice that an object is, if it is of a class of the table and shows all its arguments; else None.

    >>> from scatjax.samplers import Geodesic
    >>> described("stride", Geodesic())
    Choice(table='stride', kind='geodesic', arguments={'bend': 0.75})
    """
    for kind in kinds.KINDS[kinds.room_of(table)]:
        if type(value) is kinds.constructor(table, kind):
            shown = {name: _plain(getattr(value, name, MISSING)) for name in arguments(table, kind)}
            return None if MISSING in shown.values() else Choice(table, kind, shown)
    return None


def table_of(value: Any, where: str) -> dict[str, Any]:
    """The value, refused unless it is a table."""
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: expected table, got {show(value)}")
    return value


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str | tuple):
        return value
    return np.asarray(value).item() if np.ndim(value) == 0 and isinstance(value, np.ndarray | np.generic) else MISSING


def _arguments(table: str, kind: str, value: dict[str, Any], where: str) -> dict[str, Any]:
    """The arguments of a kind: those given checked, the others their defaults."""
    value, known, inner = dict(value), arguments(table, kind), {}
    for name in (name for name in INLINE if name in known):
        inner[name] = _inlined(name, known, value, where)
    options = {key: None for choice in inner.values() for key in choice.arguments}
    for key in value:
        if key not in known:
            every = [*known, *options]
            raise ConfigError(f"{join(where, key)}: " + (_foreign(key, inner) or f"unknown key{_hint(key, every)}"))
    out = {}
    for name, argument in known.items():
        if name in inner:
            out[name] = inner[name]
        elif name in value:
            out[name] = _value(name, argument, value[name], join(where, name))
        elif argument.default is MISSING:
            raise ConfigError(f"{join(where, name)}: missing key")
        else:
            out[name] = _default(argument)
    return out


def _default(argument: Argument) -> Any:
    """The default of a key, an object as the choice that it is."""
    value = argument.default
    if argument.room is None or value is None or isinstance(value, bool | int | float | str):
        return value
    return described(argument.room, value)


def _value(name: str, argument: Argument, value: Any, where: str) -> Any:
    """The value of one argument, of the type that its annotation names."""
    if argument.off and value == "none":
        return None
    is_word = isinstance(value, str) and not any(type_ is str or _words(type_) for type_ in argument.plain)
    if argument.room and (isinstance(value, dict) or is_word or not argument.plain):
        return _object(name, argument, value, where)
    types = argument.plain
    return build(types[0] if len(types) == 1 else Union[types], value, where)  # noqa: UP007


def _object(name: str, argument: Argument, value: Any, where: str) -> Choice | None:
    """A nested choice, of the classes that the argument takes."""
    fits = [kind for kind in kinds.KINDS[argument.room or name] if _fits(argument, kind)]
    own = value == "exact" or value == {"kind": "exact"}
    if name == "constants" and own and "exact" not in fits:  # families without constants of their own
        return None
    return read(argument.room or name, value, where, fits)


def _fits(argument: Argument, kind: str) -> bool:
    made = products(kinds.constructor(argument.room or "", kind))
    return not made or not argument.classes or any(issubclass(one, argument.classes) for one in made)


def _inlined(name: str, known: dict[str, Argument], value: dict[str, Any], where: str) -> Choice:
    """The choice of an argument whose own arguments stand beside it; they are taken out of `value`."""
    given = value.pop(name, known[name].default)
    if given is MISSING:
        raise ConfigError(f"{join(where, name)}: missing key")
    if isinstance(given, dict):
        return read(name, given, join(where, name))
    kind = literal(tuple(kinds.KINDS[name]), given, join(where, name))
    options = {key: value.pop(key) for key in arguments(name, kind) if key in value and key not in known}
    return _checked(Choice(name, kind, _arguments(name, kind, options, where), where))


def _foreign(key: str, inner: Mapping[str, Choice]) -> str:
    """What is wrong with a key that another kind of an inlined argument has."""
    for name, choice in inner.items():
        others = {option for kind in kinds.KINDS[name] for option in arguments(name, kind)}
        if key in others:
            own = list(choice.arguments)
            return f"{name} = {choice.kind!r} has no such option" + _hint(key, own, "; it takes ")
    return ""


def _hint(word: str, known: Iterable[str], otherwise: str = "; known are ") -> str:
    known = list(known)
    return hint(word, known) or (otherwise + ", ".join(known) if known else "; it has no keys")


def _checked(choice: Choice) -> Choice:
    """The choice; one that needs nothing else is made once, for the range checks of its constructor."""
    if "weight" in choice.arguments and not choice.weight > 0:
        raise ConfigError(f"{choice.where}.weight: expected a number > 0, got {choice.weight!r}")
    if _is_whole(choice):
        make(choice)
    return choice


def _is_whole(choice: Choice) -> bool:
    """True if the object needs nothing of the run."""
    needed = [n for n, p in parameters(kinds.constructor(choice.table, choice.kind)).items() if p.default is EMPTY]
    inner = [value for value in choice.arguments.values() if isinstance(value, Choice)]
    said = all(choice.arguments.get(name) is not None for name in needed)
    return choice.table not in LATE and said and all(map(_is_whole, inner))


def _called(made: Any, choice: Choice, given: dict[str, Any]) -> Any:
    where = choice.where or choice.table
    try:
        if kinds.is_of_optax(choice.table, choice.kind):
            from .builders import of_optax

            return of_optax(made, **given)
        return made(**given)
    except ConfigError:
        raise
    except InputError as error:
        raise ConfigError(f"{_place(where, str(error), choice)}: {error}") from error
    except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError) as error:
        raise ConfigError(f"{where}: {choice.kind!r} cannot be made of these values: {error}") from error


def _place(where: str, message: str, choice: Choice) -> str:
    """The dotted path of the argument that a message opens with, such as `J=9 needs ...`; else that of the table."""
    word = re.match(r"(\w+)\s?=", message)
    inner = [value for name, value in choice.arguments.items() if name in INLINE and isinstance(value, Choice)]
    named = {name for one in (choice, *inner) for name in one.arguments}
    return join(where, word[1]) if word and word[1] in named else where


def _words(type_: Any) -> bool:
    return get_origin(type_) is Literal and any(isinstance(option, str) for option in get_args(type_))
