"""Strict TOML to frozen dataclasses, and back: a run is a function of (config, key), so its config is read exactly.

Types: bool, int, float, str, Path, Literal, tuples, dicts of a type by name, dataclasses, `X | None` (absence: TOML has
no null), and unions of dataclasses told apart by their field `kind`. True is no int, floats are finite, ints are
accepted for floats; range checks live in `__post_init__`. Whatever is wrong ends in one `ConfigError` with the file,
the dotted path and, for a word that is nearly right, the word that was meant (engineering.md 2.1).
"""

import dataclasses
import json
import math
import os
import reprlib
import tomllib
import types
import typing
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from ..errors import ConfigError, did_you_mean

T = TypeVar("T")
Tree = dict[str, Any]
FAST = "fast"  # the table of a config's own overrides for `--fast`
SCALARS: dict[Any, str] = {bool: "bool", int: "int", float: "float", str: "str", Path: "path"}


def load(type_: type[T], path: str | os.PathLike, sets: Sequence[str] = (), fast: bool = False) -> T:
    """The config of a TOML file: its tables, with the overrides `sets` ("a.b=value") and, if `fast`, its table [fast].

    **Errors** ConfigError for a missing or unreadable file, bad TOML, unknown or missing keys, wrong types, bad values.
    """
    try:
        return loads(type_, _read(path), sets, fast)
    except ConfigError as error:
        raise ConfigError(f"{os.fspath(path)}: {error}") from error.__cause__


def loads(type_: type[T], text: str, sets: Sequence[str] = (), fast: bool = False) -> T:
    """The same, of a text.

    >>> from scatjax.run import Field
    >>> loads(Field, 'source = "brick"', ["stack=true"])
    Field(source='brick', key=None, stack=True, column=None, log_returns=False, centered=None, mask=None)
    """
    try:
        return build(type_, override(parse(text), sets, fast))
    except RecursionError:
        raise ConfigError("not a config: it is nested too deeply.") from None


def parse(text: str) -> Tree:
    """The tables of a TOML text; whatever tomllib raises is a ConfigError."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError) as error:  # ValueError: an integer of more than 4300 digits
        raise ConfigError(f"not valid TOML: {error}".rstrip(".") + ".") from error


def override(tree: Tree, sets: Sequence[str] = (), fast: bool = False) -> Tree:
    """A copy of the tables without [fast], with [fast] (if asked for), then each "a.b=value", in place.

    A value is TOML where it reads as TOML, else a string. Switching a `kind` keeps the other keys of its table, which
    are then unknown: replace the table (`model={kind="spectra", J=5}`).

    >>> override({"a": {"b": 1}, "fast": {"a": {"b": 0}}}, ["c=red"], fast=True)
    {'a': {'b': 0}, 'c': 'red'}
    """
    out = {key: _copy(value) for key, value in tree.items() if key != FAST}
    if fast:
        changes = tree.get(FAST, {})
        if not isinstance(changes, dict):
            raise ConfigError(f"{FAST}: expected table, got {_show(changes)}")
        _merge(out, changes)
    for item in sets:
        _set(out, item)
    return out


def build(type_: Any, value: Any, where: str = "") -> Any:
    """A value of the type from what TOML gave; `where` is its dotted path, for the message.

    >>> build(tuple[int, ...], [1, 2], "shape")
    (1, 2)
    """
    origin = typing.get_origin(type_)
    if type_ in SCALARS:
        return _scalar(type_, value, where)
    if origin is Literal:
        return _literal(typing.get_args(type_), value, where)
    if origin is tuple:
        return _tuple(typing.get_args(type_), value, where)
    if origin is dict:
        return _dict(typing.get_args(type_)[1], value, where)
    if origin in (typing.Union, types.UnionType):
        return _union(typing.get_args(type_), value, where)
    if dataclasses.is_dataclass(type_):
        return _by_kind([type_], value, where) if "kind" in _names(type_) else _table(type_, value, where)
    raise TypeError(f"{where}: a config cannot hold {type_}")


def dump(config: Any) -> str:
    """The config as TOML, every value, defaults included: scalars first, then tables; `load` gives an equal config.

    >>> from scatjax.run import Field
    >>> print(dump(Field("brick")), end="")
    source = "brick"
    stack = false
    log_returns = false
    """
    return "\n".join(_lines(config, "")).strip("\n") + "\n"


def check_range(config: Any, low: int | float, *names: str, strict: bool = False) -> None:
    """For `__post_init__`: each named number, or all of a tuple, unless None, is >= low (> low if strict)."""
    for name in names:
        value = getattr(config, name)
        numbers = value if isinstance(value, tuple) else () if value is None else (value,)
        if value == () or not all(number > low if strict else number >= low for number in numbers):
            raise ConfigError(f"{name}: expected a number {'>' if strict else '>='} {low}, got {value!r}")


def _read(path: str | os.PathLike) -> str:
    try:
        return Path(path).read_bytes().decode()
    except UnicodeDecodeError as error:
        raise ConfigError(f"not UTF-8 at byte {error.start}: save the file as UTF-8.") from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot be read ({getattr(error, 'strerror', None) or error}): check the path.") from error


def _copy(value: Any) -> Any:
    return {key: _copy(item) for key, item in value.items()} if isinstance(value, dict) else value


def _merge(tree: Tree, changes: Tree, where: str = "") -> None:
    for key, value in changes.items():
        old = tree.get(key)
        if isinstance(value, dict) and isinstance(old, dict) and "kind" not in value:
            _merge(old, value, f"{where}{key}.")
        else:
            tree[key] = _copy(value)


def _set(tree: Tree, item: str) -> None:
    path, equals, text = item.partition("=")
    if not equals or not all(path.strip().split(".")):
        raise ConfigError(f"--set {item}: expected key=value, such as seed=1 or bank.J=5")
    if any("\ud800" <= letter <= "\udfff" for letter in item):
        raise ConfigError(f"--set {item!a}: not UTF-8")
    *tables, last = path.strip().split(".")
    for depth, name in enumerate(tables):
        tree = tree.setdefault(name, {})
        if not isinstance(tree, dict):
            raise ConfigError(f"--set {item}: {'.'.join(tables[: depth + 1])} is not a table")
    tree[last] = _value(text)


def _value(text: str) -> Any:
    try:
        tree = tomllib.loads(f"v = {text}")
    except (ValueError, RecursionError):
        return text
    return tree["v"] if list(tree) == ["v"] else text


def _scalar(type_: Any, value: Any, where: str) -> Any:
    if type_ is float and type(value) is int and abs(value) < 2**1000:
        return float(value)
    good = isinstance(value, str) if type_ is Path else type(value) is type_
    if not good or (type_ is float and not math.isfinite(value)):
        raise ConfigError(f"{where}: expected {SCALARS[type_]}, got {_show(value)}")
    return Path(value) if type_ is Path else value


def _literal(options: tuple, value: Any, where: str) -> Any:
    if any(type(value) is type(option) and value == option for option in options):
        return value
    hint = _hint(value, [o for o in options if isinstance(o, str)]) if isinstance(value, str) else ""
    raise ConfigError(f"{where}: got {_show(value)}" + (hint or f"; use one of {', '.join(map(repr, options))}"))


def _tuple(items: tuple, value: Any, where: str) -> tuple:
    if not isinstance(value, list):
        raise ConfigError(f"{where}: expected list, got {_show(value)}")
    if len(items) == 2 and items[1] is Ellipsis:
        items = (items[0],) * len(value)
    if len(items) != len(value):
        raise ConfigError(f"{where}: expected {len(items)} items, got {len(value)}")
    return tuple(build(t, v, f"{where}[{i}]") for i, (t, v) in enumerate(zip(items, value, strict=True)))


def _dict(type_: Any, value: Any, where: str) -> dict:
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: expected table, got {_show(value)}")
    return {key: build(type_, item, _join(where, key)) for key, item in value.items()}


def _union(options: tuple, value: Any, where: str) -> Any:
    tables = [option for option in options if dataclasses.is_dataclass(option)]
    lists = [option for option in options if typing.get_origin(option) is tuple]
    plain = [option for option in options if option not in (*tables, *lists, type(None))]
    if lists and (isinstance(value, list) or not (tables or plain)):
        return build(lists[0], value, where)
    if tables and (isinstance(value, dict) or not plain):
        return _by_kind(tables, value, where)
    if len(plain) == 1:
        return build(plain[0], value, where)
    for option in plain:
        try:
            return build(option, value, where)
        except ConfigError:
            continue
    raise ConfigError(f"{where}: expected {' or '.join(_name(o) for o in plain)}, got {_show(value)}")


def _by_kind(tables: list, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: expected table, got {_show(value)}")
    kinds = {typing.get_args(typing.get_type_hints(table)["kind"])[0]: table for table in tables}
    if "kind" not in value:
        raise ConfigError(f"{_join(where, 'kind')}: missing key; use one of {', '.join(map(repr, kinds))}")
    return _table(kinds[_literal(tuple(kinds), value["kind"], _join(where, "kind"))], value, where)


def _table(type_: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: expected table, got {_show(value)}")
    hints, fields = typing.get_type_hints(type_), {field.name: field for field in dataclasses.fields(type_)}
    for key in value:
        if key not in fields:
            hint = _hint(key, fields) or f"; known are {', '.join(fields)}"
            raise ConfigError(f"{_join(where, key)}: unknown key{hint}")
    for name, field in fields.items():
        if name not in value and field.default is field.default_factory is dataclasses.MISSING:
            raise ConfigError(f"{_join(where, name)}: missing key")
    built = {key: build(hints[key], item, _join(where, key)) for key, item in value.items()}
    try:
        return type_(**built)
    except ConfigError as error:
        raise ConfigError(_join(where, str(error))) from None


def _hint(word: str, known: Iterable[str]) -> str:
    """As `did_you_mean`, to which j and J have nothing in common."""
    same = [name for name in known if name.lower() == word.lower()]
    return did_you_mean(same[0] if same else word, known)


def _lines(config: Any, where: str) -> list[str]:
    values = {name: getattr(config, name) for name in _names(config) if getattr(config, name) is not None}
    is_list = lambda v: isinstance(v, tuple) and len(v) > 0 and all(map(dataclasses.is_dataclass, v))
    tables = {name: v for name, v in values.items() if dataclasses.is_dataclass(v) or is_list(v)}
    out = [f"{name} = {_toml(value)}" for name, value in values.items() if name not in tables]
    for name, value in tables.items():
        path = _join(where, name)
        for item in value if isinstance(value, tuple) else [value]:
            out += ["", f"[[{path}]]" if isinstance(value, tuple) else f"[{path}]", *_lines(item, path)]
    return out


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items()) + "}"
    # ensure_ascii would write surrogate pairs, which TOML rejects
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _names(type_: Any) -> list[str]:
    names = [field.name for field in dataclasses.fields(type_)]
    return sorted(names, key=lambda name: name != "kind")  # the kind leads its table


def _name(type_: Any) -> str:
    options = typing.get_args(type_) if typing.get_origin(type_) is Literal else ()
    return " or ".join(map(repr, options)) or SCALARS.get(type_, str(type_))


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _show(value: Any) -> str:
    return reprlib.repr(value)
