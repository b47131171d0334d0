"""Names of the package that are imported when they are asked for, as scientific Python's SPEC 1 has it.

`import scatjax` alone reads the stub `__init__.pyi`, which type checkers read too, and nothing of JAX. The first use of
a name imports its room: a program that only parses a config, or prints a help text, never does.
"""

import ast
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def attach(package: str, stub: Path) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """The `__getattr__`, `__dir__` and `__all__` of a package whose stub says `from .room import name as name`.

    >>> getter, listed, names = attach("scatjax", Path(__file__).with_name("__init__.pyi"))
    >>> getter("LBFGS").__name__, "synthesize" in names
    ('LBFGS', True)
    """
    places = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.parse(stub.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    def __getattr__(name: str) -> Any:  # noqa: N807
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, own = places[name]
        found = importlib.import_module(f"{package}.{module or own}")
        value = getattr(found, own) if module else found
        setattr(sys.modules[package], name, value)
        return value

    return __getattr__, lambda: sorted({*vars(sys.modules[package]), *places}), sorted(places)
