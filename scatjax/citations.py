r"""The papers behind an object, as BibTeX: `cites` stands beside a class or a function, `cite` prints what it names.

A paper joins the library with its file, one decorator in it and one entry in `papers.bib`; nothing here changes. Rows
of moments are data that a paper published: their constructor is marked with `publishes`, and they carry their `papers`
wherever they go. The papers of a row are no part of what it is: they enter no digest, and nothing is compiled again.
"""

import functools
import inspect
import re
from collections.abc import Callable, Iterator
from importlib import resources
from typing import Any, ParamSpec, TypeVar

from .errors import InputError, did_you_mean

T = TypeVar("T")
P = ParamSpec("P")
MARK = "__papers__"
SOFTWARE = "scatjax"
WANTED = (
    "cite takes what scatjax is made of: a moment map, a bank, a solver, a start, a result, or a class or a function of"
    " scatjax, such as sj.ScatteringSpectra or sj.synthesize."
)


class Citation(str):
    """BibTeX that prints as it is; `keys` are those of its entries, in their order."""

    keys: tuple[str, ...]

    def __new__(cls, keys: tuple[str, ...], entries: list[str]) -> "Citation":
        """The entries one after the other."""
        self = super().__new__(cls, "\n\n".join(entries))
        self.keys = keys
        return self

    def __repr__(self) -> str:
        return str(self)


def cites(*keys: str) -> Callable[[T], T]:
    """Decorator of a class or a function: the papers that whoever uses it should cite, besides those of its base.

    **Arguments** `keys`: of entries of `papers.bib`, or, outside of this library, whole BibTeX entries.

    >>> @cites("cheng2023")
    ... class Mine:
    ...     pass
    >>> cite(Mine()).keys
    ('scatjax', 'cheng2023')
    """

    def mark(thing: T) -> T:
        setattr(thing, MARK, keys)
        return thing

    return mark


def publishes(*keys: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorator of a constructor of rows (`Gamma`, `Plan`): `cites`, and the rows that it makes carry the papers.

    >>> import scatjax as sj
    >>> sj.pairs.pywph(J=3, L=4).select(kind="S11").papers
    ('allys2020', 'regaldo2021', 'pywph')
    """

    def mark(make: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(make)
        def made(*args: P.args, **kwargs: P.kwargs) -> T:
            return credited(make(*args, **kwargs), *keys)

        return cites(*keys)(made)

    return mark


def credited(rows: T, *keys: str) -> T:
    """Rows just made, with the papers that they are of, each once."""
    rows.papers = tuple(dict.fromkeys(keys))  # type: ignore[attr-defined]
    return rows


def cite(*objects: Any) -> Citation:
    """BibTeX of this library and of the papers behind objects, each once, the library first and then by year.

    **Arguments** `objects`: classes, functions and instances of scatjax. An instance stands for its class and for all
    that it was built from: a moment map for its bank, the bank for its wavelets, a solver for its line search. A result
    stands for the verb that gave it: pass the moment map too.

    **Errors** InputError for what is no object of scatjax.

    >>> import scatjax as sj
    >>> phi = sj.ScatteringSpectra(sj.wavelets.battle_lemarie((256,), J=3))
    >>> cite(phi, sj.synthesize).keys
    ('scatjax', 'battle1987', 'lemarie1988', 'bruna2018', 'morel2022')
    >>> print(cite(sj.LBFGS()))                                                             # doctest: +ELLIPSIS
    @software{scatjax,
    ...
    """
    for thing in objects:
        if not _is_ours(thing):
            raise InputError(f"{_shown(thing)} has no papers. {WANTED}")
    named = [key for thing in objects for key in _papers(thing, set())]
    entries = {key: _entry(key) for key in dict.fromkeys([SOFTWARE, *named])}
    keys = sorted(entries, key=lambda key: (key != SOFTWARE, _year(entries[key]), key))
    names = tuple(_key(entries[key]) for key in keys)
    return Citation(names, [entries[key] for key in keys])


def _is_ours(thing: Any) -> bool:
    """True if a thing is marked, or is a class or a function of this library, or an instance of such a class."""
    classes = inspect.getmro(thing if inspect.isclass(thing) else type(thing))
    modules = [kind.__module__ for kind in classes] + [getattr(thing, "__module__", None) if callable(thing) else None]
    return hasattr(thing, MARK) or any((name or "").split(".")[0] == SOFTWARE for name in modules)


def _papers(thing: Any, seen: set[int]) -> Iterator[str]:
    """The keys of a thing, of its class and the bases of that, of its rows, and of all it holds."""
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, tuple | list):
        parts = list(thing)
    elif isinstance(thing, dict):
        parts = list(thing.values())
    elif not _is_ours(thing):
        return
    else:
        parts = [] if callable(thing) and hasattr(thing, "__name__") else list(getattr(thing, "__dict__", {}).values())
        yield from _marks(thing)
        yield from getattr(thing, "papers", ())
    for part in parts:
        yield from _papers(part, seen)


def _marks(thing: Any) -> Iterator[str]:
    """The keys beside a function, or beside a class and its bases."""
    if inspect.isroutine(thing):
        yield from getattr(thing, MARK, ())
        return
    for kind in inspect.getmro(thing if inspect.isclass(thing) else type(thing)):
        yield from vars(kind).get(MARK, ())


@functools.cache
def entries() -> dict[str, str]:
    """Key -> entry of `papers.bib`.

    >>> entries()["cheng2023"].splitlines()[0]
    '@article{cheng2023,'
    """
    text = resources.files(__package__).joinpath("papers.bib").read_text(encoding="utf-8")
    parts = re.split(r"^(?=@)", re.sub(r"^%.*$", "", text, flags=re.MULTILINE), flags=re.MULTILINE)
    return {_key(part): part.strip() for part in parts if part.startswith("@")}


def _entry(key: str) -> str:
    """An entry by its key, or the entry itself if a decorator outside of this library holds one."""
    if key.startswith("@"):
        return key.strip()
    if key not in entries():
        raise InputError(f"papers.bib has no entry {key!r}: add one{did_you_mean(key, entries())}")
    return entries()[key]


def _key(entry: str) -> str:
    match = re.match(r"@\w+\{([^,\s]+),", entry)
    if match is None:
        raise InputError(f"{entry[:40]!r} is no BibTeX entry: write '@article{{key,' and its fields.")
    return match[1]


def _year(entry: str) -> int:
    match = re.search(r"^\s*year\s*=\s*\{(\d{4})\}", entry, re.MULTILINE)
    return int(match[1]) if match else 0


def _shown(thing: Any) -> str:
    name = getattr(thing, "__name__", None)
    return f"{type(thing).__name__} {name}" if isinstance(name, str) else f"{type(thing).__name__} {str(thing)[:40]!r}"
