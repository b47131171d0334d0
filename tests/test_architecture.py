"""The house keeps its rules: imports point one way, a closed core, nothing runs at import, no pickle, short files."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "scatjax"
LEAVES = {"citations", "lazy", "coefficients", "derivatives", "errors", "files", "moved", "numbers", "version"}
RIVER = "fields domains wavelets operators moments energies samplers synthesis run plot cli".split()
BESIDE = {"diagnostics": {"fields", "domains"}, "learn": set(RIVER[:7]), "denoisers": {*RIVER[:7], "learn"}}
DOORS = {"__init__", "__main__", "testing", "cite", "kymatio", "sklearn"}  # users of everything
CORE = {"jax", "jaxlib", "optax", "equinox", "numpy", "scipy", "jaxtyping"}  # scipy: of jax; jaxtyping: of equinox
BASES = {"sklearn.py": {"sklearn"}}  # doors whose classes inherit from the package that they are the door to
FILES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    """The first name below the package: a folder or a module."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def allowed(name: str) -> set[str]:
    """The rooms that a room may import."""
    if name in DOORS:
        return {*RIVER, *BESIDE, *DOORS, *LEAVES}
    if name in LEAVES:
        return LEAVES
    if name in BESIDE:
        return BESIDE[name] | LEAVES | {name}
    left = set(RIVER[: RIVER.index(name) + 1])
    return left | LEAVES | {beside for beside, needs in BESIDE.items() if needs < left}


def imported_rooms(source: str, parts: tuple[str, ...]) -> Iterator[str]:
    """Rooms of scatjax that a module imports, anywhere in it; `parts` is its path below the package."""
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.ImportFrom):
            base = ["scatjax", *parts[:-1]][: len(parts) + 1 - node.level] if node.level else []
            module = [*base, *(node.module or "").split(".")] if node.module else base
            names = [[*module, alias.name] for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        for name in names:
            if name[0] == "scatjax" and len(name) > 1 and not name[1].startswith("__"):
                yield name[1]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    parts = path.relative_to(PACKAGE).parts
    for other in imported_rooms(path.read_text(), parts):
        assert other in allowed(room(path)), f"{'/'.join(parts)} ({room(path)}) imports {other}, which is downstream"


@pytest.mark.parametrize(
    "parts, source, rooms",
    [
        (("wavelets", "bank.py"), "from ..moments import base", ["moments"]),
        (("wavelets", "bank.py"), "def f():\n    from .. import plot", ["plot"]),
        (("wavelets", "bank.py"), "import scatjax.cli", ["cli"]),
        (("wavelets", "bank.py"), "from . import family", ["wavelets"]),
        (("errors.py",), "from .fields import read\nfrom . import __version__", ["fields"]),
        (("cli.py",), "from scatjax.run import load", ["run"]),
    ],
)
def test_the_import_test_can_fail(parts, source, rooms):
    assert list(imported_rooms(source, parts)) == rooms
    assert "moments" not in allowed("wavelets") and "wavelets" in allowed("moments")
    assert "diagnostics" in allowed("moments") and "wavelets" not in allowed("diagnostics")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_core_is_closed(path):
    """Outside of functions only the core is imported: extras are imported where they are used.

    The one exception is a door whose classes inherit from an extra's; it is no part of `import scatjax`.
    """
    tree = ast.parse(path.read_text())
    guarded = [node for node in tree.body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)]
    inside = {n for outer in ast.walk(tree) if isinstance(outer, ast.FunctionDef) for n in ast.walk(outer)}
    inside |= {n for outer in guarded for n in ast.walk(outer)}
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        for name in {name.split(".")[0] for name in names}:
            known = CORE | sys.stdlib_module_names | {"scatjax"} | BASES.get(str(path.relative_to(PACKAGE)), set())
            assert node in inside or name in known or path.parent.name == "bundled", f"{path.name} imports {name}"


def test_import_runs_no_jax_operation_and_no_extra():
    """The number of CPU devices can be set only before JAX's backend starts: so no room may start it."""
    modules = [".".join(("scatjax", *path.relative_to(PACKAGE).with_suffix("").parts)) for path in FILES]
    modules = [name.removesuffix(".__init__") for name in modules if "__main__" not in name and "bundled" not in name]
    doors = [f"scatjax.{name.removesuffix('.py')}" for name in BASES]
    code = f"""
import importlib, sys, jax
for name in {[name for name in modules if name not in doors]!r}:
    importlib.import_module(name)
heavy = {{"matplotlib", "PIL", "h5py", "astropy", "skimage", "sklearn"}} & set(sys.modules)
assert not heavy, heavy
for name in {doors!r}:
    importlib.import_module(name)
jax.config.update("jax_num_cpu_devices", 3)
assert jax.device_count() == 3, jax.devices()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parent, env=_cpu())
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_manners(path):
    text = path.read_text()
    lines = text.splitlines()
    for word in ("import pickle", "allow_pickle=True", "TODO", "FIXME", "NotImplementedError", "print(f\"DEBUG"):
        assert word not in text, f"{path.name} holds {word}"
    assert len(lines) <= 450, f"{path.name} has {len(lines)} lines: split it"
    tree = ast.parse(text)
    assert ast.get_docstring(tree) or len(lines) < 3, f"{path.name} has no docstring"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            docstring = (ast.get_docstring(node, clean=False) or "").count("\n")
            length = (node.end_lineno or 0) - node.lineno + 1 - docstring
            assert isinstance(node, ast.ClassDef) or length <= 60, f"{path.name}: {node.name} has {length} lines"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{path.name}: {node.name} has no docstring"


def _cpu() -> dict[str, str]:
    import os

    return os.environ | {"JAX_PLATFORMS": "cpu"}


def _module(path: Path) -> str:
    return ".".join(("scatjax", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


SOURCES = {_module(path): path.read_text() for path in FILES}
PACKAGES = {_module(path) for path in FILES if path.name == "__init__.py"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def imported(source: str, module: str, *, is_package: bool) -> dict[str, str]:
    """Local name -> dotted name, of everything that a module imports, anywhere in it."""
    names, home = {}, module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.asname or alias.name.split(".")[0]: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = home[: len(home) + 1 - node.level] if node.level else []
            prefix = ".".join([*base, *([node.module] if node.module else [])])
            names |= {alias.asname or alias.name: f"{prefix}.{alias.name}" for alias in node.names}
    return names


class House:
    """The classes of some modules, by dotted name, with their bases and what their bodies define."""

    def __init__(self, sources: dict[str, str], packages: set[str]):
        self.imports = {name: imported(source, name, is_package=name in packages) for name, source in sources.items()}
        self.classes = {
            f"{module}.{node.name}": (module, node)
            for module, source in sources.items()
            for node in ast.parse(source).body
            if isinstance(node, ast.ClassDef)
        }

    def resolved(self, dotted: str) -> str | None:
        """The dotted name under which a class is defined, through what modules import from one another."""
        for _ in range(10):
            if dotted in self.classes:
                return dotted
            module, _, name = dotted.rpartition(".")
            if name not in self.imports.get(module, {}):
                return None
            dotted = self.imports[module][name]
        return None

    def bases(self, name: str) -> list[str]:
        """The bases of a class that these modules define."""
        module, node = self.classes[name]
        found = []
        for base in node.bases:
            head, *rest = ast.unparse(base.value if isinstance(base, ast.Subscript) else base).split(".")
            dotted = ".".join([self.imports[module].get(head, f"{module}.{head}"), *rest])
            found.append(self.resolved(dotted))
        return [base for base in found if base]

    def ancestors(self, name: str) -> list[str]:
        """The bases, their bases, .. ."""
        bases = self.bases(name)
        return list(dict.fromkeys([*bases, *(above for base in bases for above in self.ancestors(base))]))

    def concrete(self, name: str) -> set[str]:
        """Methods and properties of a class that are not abstract."""
        methods = [node for node in self.classes[name][1].body if isinstance(node, Function)]
        abstract = {node.name for node in methods for d in node.decorator_list if "abstract" in ast.unparse(d)}
        return {node.name for node in methods} - abstract

    def defined(self, name: str) -> set[str]:
        """All that a class defines: methods, and fields that are not abstract themselves."""
        methods, fields = set(), set()
        for node in self.classes[name][1].body:
            if isinstance(node, Function):
                methods.add(node.name)
            elif isinstance(node, ast.Assign):
                fields |= {target.id for target in node.targets if isinstance(target, ast.Name)}
            elif isinstance(node, ast.AnnAssign) and "Abstract" not in ast.unparse(node.annotation).split("[")[0]:
                fields |= {node.target.id} if isinstance(node.target, ast.Name) else set()
        return methods | fields

    def overridden(self) -> list[str]:
        """Every concrete method or property that a subclass defines anew; equinox runs all of `__check_init__`."""
        out = []
        for name in self.classes:
            for above in self.ancestors(name):
                both = self.concrete(above) & self.defined(name) - {"__check_init__"}
                out += [f"{name}.{method} overrides that of {above}" for method in sorted(both)]
        return out


def test_no_concrete_method_is_overridden():
    """Classes are abstract or final: whoever reads a method knows that it is the one that runs."""
    assert not (found := House(SOURCES, PACKAGES).overridden()), "\n".join(found)


def test_the_override_test_can_fail():
    base = """
class Base:
    @abc.abstractmethod
    def __call__(self): ...
    @property
    @abc.abstractmethod
    def shape(self): ...
    @property
    def name(self): return ""
    def fit(self): return self
    def __check_init__(self): ...
"""
    child = """
from ..room import Base as B
from . import other
class Middle(B):
    name: eqx.AbstractVar[str]
    def __call__(self): return 1
    def __check_init__(self): ...
class Child(Middle):
    shape: tuple
    name = "x"
    def fit(self): return None
class Elsewhere(other.Base):
    def fit(self): return None
class Good(B[int]):
    shape = ()
    def __call__(self): return 2
    def own(self): ...
"""
    sources = {"scatjax.room": "from .base import Base", "scatjax.room.base": base, "scatjax.far.child": child}
    house = House(sources, {"scatjax", "scatjax.room", "scatjax.far"})
    below, above = "scatjax.far.child", "scatjax.room.base.Base"
    assert house.ancestors(f"{below}.Child") == [f"{below}.Middle", above]
    assert house.overridden() == [f"{below}.Child.{name} overrides that of {above}" for name in ("fit", "name")]


def is_private(name: str) -> bool:
    """One underscore: a leading dunder is Python's own."""
    return name.startswith("_") and not name.startswith("__") and name != "_"


def private_definitions(source: str) -> set[str]:
    """The private names that a module defines: functions, classes, variables, fields, attributes of self."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.id if isinstance(node, ast.Name) else node.attr)
    return {name for name in names if is_private(name)}


def private_uses(source: str, module: str, own: set[str], *, is_package: bool) -> list[str]:
    """Private names that a module takes from another room; `own` are those that its room defines."""
    room_of = lambda dotted: dotted.split(".")[1] if dotted.startswith("scatjax.") else ""
    found = [
        f"{module} imports {dotted}"
        for dotted in imported(source, module, is_package=is_package).values()
        if is_private(dotted.rsplit(".", 1)[-1]) and room_of(dotted) != room_of(module) and room_of(dotted)
    ]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in own:
            if ast.unparse(node.value) not in ("self", "cls", "type(self)"):
                found.append(f"{module} uses {ast.unparse(node)}")
    return found


NAMED_TUPLE = {"_replace", "_asdict", "_fields", "_make"}  # public in spite of their names


def test_no_private_name_of_another_room():
    """What a room keeps private it may change: no other room imports it or asks an object for it."""
    rooms: dict[str, set[str]] = {}
    for path in FILES:
        rooms.setdefault(room(path), set()).update(private_definitions(SOURCES[_module(path)]))
    found = []
    for path in FILES:
        name = _module(path)
        found += private_uses(SOURCES[name], name, rooms[room(path)] | NAMED_TUPLE, is_package=name in PACKAGES)
    assert not found, "\n".join(found)


def test_the_private_test_can_fail():
    source = """
from ..wavelets.bank import _layer as layer
from .averaging import _grids
from scatjax.domains import torus
def f(x, own):
    own._mine = x._theirs + self._any
    return own._mine, torus._last(x), x.__class__, x._replace(a=1)
"""
    own = private_definitions(source)
    assert own == {"_mine"}
    assert private_uses(source, "scatjax.operators.layers", own | NAMED_TUPLE, is_package=False) == [
        "scatjax.operators.layers imports scatjax.wavelets.bank._layer",
        "scatjax.operators.layers uses x._theirs",
        "scatjax.operators.layers uses torus._last",
    ]
