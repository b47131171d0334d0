"""Strict TOML to frozen dataclasses, and back: a run is a function of (config, key), so its config is read exactly.

Types: bool, int, float, str, Path, Literal, tuples, dicts of a type by name, dataclasses, `X | None` (absence: TOML has
no null), unions of dataclasses told apart by their field `kind`, and `Annotated[X, reader]` with the reader's method
`build(value, where)` (`tables/choice.py`). True is no int, floats are finite, ints are accepted for floats; range
checks live in `__post_init__`. Whatever is wrong ends in one `ConfigError` with the file, the dotted path and, for a
word that is nearly right, the word that was meant.
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
from typing import Annotated, Any, Literal, TypeVar

from ..errors import ConfigError, did_you_mean

T = TypeVar("T")
Tree = dict[str, Any]
FAST = "fast"  # the table of a config's own overrides for `--fast`
SCALARS: dict[Any, str] = {bool: "bool", int: "int", float: "float", str: "str", Path: "path"}


def load(type_: type[T], path: str | os.PathLike, sets: Sequence[str] = (), *, fast: bool = False, verb: str = "") -> T:
    """The config of a TOML file.

    **Arguments**

    - `path`: the file.
    - `sets`: overrides, "a.b=value", applied in order.
    - `fast`: whether the file's own table [fast] is applied, before `sets`.
    - `verb`: the verb of a config that has the table of none.

    **Errors** ConfigError for a missing or unreadable file, bad TOML, unknown or missing keys, wrong types, bad values.
    """
    try:
        return loads(type_, _read(path), sets, fast=fast, verb=verb)
    except ConfigError as error:
        raise ConfigError(f"{os.fspath(path)}: {error}") from error.__cause__


def loads(type_: type[T], text: str, sets: Sequence[str] = (), *, fast: bool = False, verb: str = "") -> T:
    """The config of a TOML text; the arguments are those of `load`.

    >>> from scatjax.run import Field
    >>> loads(Field, 'source = "brick"', ["stack=true"])
    Field(source='brick', key=None, stack=True, column=None, log_returns=False, centered=None, mask=None)
    """
    try:
        tree = override(parse(text), sets, fast=fast)
        return build(type_, with_verb(type_, tree, verb))
    except RecursionError:
        raise ConfigError("not a config: it is nested too deeply.") from None


def parse(text: str) -> Tree:
    """The tables of a TOML text; whatever tomllib raises is a ConfigError."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError) as error:  # ValueError: an integer of more than 4300 digits
        raise ConfigError(f"not valid TOML: {error}".rstrip(".") + ".") from error


def with_verb(type_: Any, tree: Tree, verb: str) -> Tree:
    """The tables, with an empty one for the verb if no verb has one.

    >>> from scatjax.run import Run
    >>> with_verb(Run, {"seed": 1}, "denoise"), with_verb(Run, {"synthesize": {}}, "denoise")
    ({'seed': 1, 'denoise': {}}, {'synthesize': {}})
    """
    return tree if not verb or any(key in _aliases(type_) for key in tree) else tree | {verb: {}}


def override(tree: Tree, sets: Sequence[str] = (), *, fast: bool = False) -> Tree:
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
            raise ConfigError(f"{FAST}: expected table, got {show(changes)}")
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
    if origin is Annotated:
        return type_.__metadata__[0].build(value, where)
    if type_ in SCALARS:
        return _scalar(type_, value, where)
    if origin is Literal:
        return literal(typing.get_args(type_), value, where)
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
        key = key if where else _other_name(tree, key)
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
    if tables:
        tables[0] = _other_name(tree, tables[0])
    for depth, name in enumerate(tables):
        tree = tree.setdefault(name, {})
        if not isinstance(tree, dict):
            raise ConfigError(f"--set {item}: {'.'.join(tables[: depth + 1])} is not a table")
    tree[last] = _value(text)


def _other_name(tree: Tree, key: str) -> str:
    """The name that a table has in this file, of those that name it."""
    same = {"synthesis": "synthesize", "synthesize": "synthesis"}.get(key, key)
    return same if same in tree and key not in tree else key


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
        raise ConfigError(f"{where}: expected {SCALARS[type_]}, got {show(value)}")
    return Path(value) if type_ is Path else value


def literal(options: tuple, value: Any, where: str) -> Any:
    """The value, refused unless it is one of the options."""
    if any(type(value) is type(option) and value == option for option in options):
        return value
    near = hint(value, [o for o in options if isinstance(o, str)]) if isinstance(value, str) else ""
    raise ConfigError(f"{where}: got {show(value)}" + (near or f"; use one of {', '.join(map(repr, options))}"))


def _tuple(items: tuple, value: Any, where: str) -> tuple:
    if not isinstance(value, list):
        raise ConfigError(f"{where}: expected list, got {show(value)}")
    if len(items) == 2 and items[1] is Ellipsis:
        items = (items[0],) * len(value)
    if len(items) != len(value):
        raise ConfigError(f"{where}: expected {len(items)} items, got {len(value)}")
    return tuple(build(t, v, f"{where}[{i}]") for i, (t, v) in enumerate(zip(items, value, strict=True)))


def _dict(type_: Any, value: Any, where: str) -> dict:
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: expected table, got {show(value)}")
    return {key: build(type_, item, join(where, key)) for key, item in value.items()}


def _union(options: tuple, value: Any, where: str) -> Any:
    is_table = lambda option: dataclasses.is_dataclass(option) or typing.get_origin(option) is Annotated
    tables = [option for option in options if is_table(option)]
    lists = [option for option in options if typing.get_origin(option) is tuple]
    plain = [option for option in options if option not in (*tables, *lists, type(None))]
    if lists and (isinstance(value, list) or not (tables or plain)):
        return build(lists[0], value, where)
    if tables and (isinstance(value, dict) or not plain):
        return build(tables[0], value, where) if len(tables) == 1 else _by_kind(tables, value, where)
    if len(plain) == 1:
        return build(plain[0], value, where)
    for option in plain:
        try:
            return build(option, value, where)
        except ConfigError:
            continue
    names = [_name(option) for option in plain if not (option is int and float in plain)]
    raise ConfigError(f"{where}: expected {' or '.join(names)}, got {show(value)}")


def _by_kind(tables: list, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: expected table, got {show(value)}")
    kinds = {typing.get_args(typing.get_type_hints(table)["kind"])[0]: table for table in tables}
    if "kind" not in value:
        raise ConfigError(f"{join(where, 'kind')}: missing key; use one of {', '.join(map(repr, kinds))}")
    return _table(kinds[literal(tuple(kinds), value["kind"], join(where, "kind"))], value, where)


def _table(type_: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: expected table, got {show(value)}")
    hints, fields = typing.get_type_hints(type_, include_extras=True), {f.name: f for f in dataclasses.fields(type_)}
    aliases = _aliases(type_)
    known = {name: name for name in fields if name not in aliases.values()} | aliases
    offered = [name for name in known if name not in getattr(type_, "OF_OLD", ())]
    for key in value:
        if key not in known:
            near = hint(key, offered) or f"; known are {', '.join(offered)}"
            raise ConfigError(f"{join(where, key)}: unknown key{near}")
    given: dict[str, str] = {}
    for key in value:
        if (other := given.setdefault(known[key], key)) != key:
            raise ConfigError(f"{join(where, key)}: stands beside [{other}]: a config is of one verb, keep one.")
    for name, field in fields.items():
        if name not in given and field.default is field.default_factory is dataclasses.MISSING:
            raise ConfigError(f"{join(where, name)}: missing key")
    built = {name: build(hints[name], value[key], join(where, key)) for name, key in given.items()}
    try:
        return type_(**built)
    except ConfigError as error:
        raise ConfigError(join(where, str(error))) from None


def _aliases(type_: Any) -> dict[str, str]:
    """Keys of a file that name a field otherwise than it is called: of a run, each verb's table is its `verb`."""
    return type_.aliases() if hasattr(type_, "aliases") else {}


def hint(word: str, known: Iterable[str]) -> str:
    """The words of `did_you_mean`, to which j and J have nothing in common."""
    same = [name for name in known if name.lower() == word.lower()]
    return did_you_mean(same[0] if same else word, known)


def _lines(config: Any, where: str) -> list[str]:
    values = {name: value for name, value in _items(config).items() if value is not None}
    is_list = lambda v: isinstance(v, tuple) and len(v) > 0 and all(map(_is_table, v))
    tables = {name: v for name, v in values.items() if _is_table(v) or is_list(v)}
    out = [f"{name} = {_toml(value)}" for name, value in values.items() if name not in tables]
    for name, value in tables.items():
        path = join(where, name)
        for item in value if isinstance(value, tuple) else [value]:
            out += ["", f"[[{path}]]" if isinstance(value, tuple) else f"[{path}]", *_lines(item, path)]
    return out


def _items(config: Any) -> dict[str, Any]:
    """The keys of a table with their values."""
    if hasattr(config, "items"):
        return config.items()
    return {name: getattr(config, name) for name in _names(config)}


def _is_table(value: Any) -> bool:
    return dataclasses.is_dataclass(value)


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


def join(where: str, name: str) -> str:
    """The dotted path of a key of the table `where`."""
    return f"{where}.{name}" if where else name


def show(value: Any) -> str:
    """A value in a message, shortened."""
    return reprlib.repr(value)
