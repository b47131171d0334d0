"""The house keeps its rules: imports point one way, a closed core, nothing runs at import, no pickle, short files."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "scatjax"
LEAVES = {"citations", "coefficients", "derivatives", "errors", "files", "moved", "numbers", "version"}
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
