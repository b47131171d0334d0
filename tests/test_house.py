"""The house: no import circle, small folders, no module hidden behind a public name; old names and paths still work."""

import ast
import importlib
import json
import re
import sys
import warnings
from pathlib import Path

import pytest

import scatjax
from scatjax.moved import MOVED, NAMES

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "scatjax"
FILES = sorted(PACKAGE.rglob("*.py"))
FOLDERS = sorted({path.parent for path in FILES})
MOST_FILES = 12


def module_of(path: Path) -> str:
    """The dotted name of a file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in FILES}


def imported(module: str, source: str, *, is_package: bool) -> set[str]:
    """The modules that a module imports when it is imported itself, leaving out the packages that hold it."""
    names = set()
    base = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("scatjax")):
            start = base[: len(base) - node.level + 1] if node.level else []
            target = ".".join([*start, *(node.module or "").split(".")]).rstrip(".")
            inside = {f"{target}.{alias.name}" for alias in node.names} & set(MODULES)
            names |= inside or {target}
    return {name for name in names if not module.startswith(f"{name}.") and name != module}


def circle(graph: dict[str, set[str]]) -> list[str]:
    """A circle of the graph, or an empty list."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return path[path.index(name) :]
        if name in done:
            return []
        found = next(filter(None, (walk(other, [*path, name]) for other in sorted(graph.get(name, ())))), [])
        done.add(name)
        return found

    return next(filter(None, (walk(name, []) for name in sorted(graph))), [])


def test_no_import_circle():
    faces = {name: path.name == "__init__.py" for name, path in MODULES.items()}
    graph = {name: imported(name, path.read_text(), is_package=faces[name]) for name, path in MODULES.items()}
    assert sum(map(len, graph.values())) > 300
    assert circle(graph) == []


def test_the_circle_test_can_fail():
    assert imported("scatjax.a.b", "from . import c\nfrom ..d.e import f", is_package=False) == {"scatjax.d.e"}
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_folders_are_small_and_hide_no_module(folder):
    flat = sorted(path.stem for path in folder.glob("*.py") if path.name not in ("__init__.py", "__main__.py"))
    assert len(flat) <= MOST_FILES, f"{folder.name} has {len(flat)} flat files: give it wings"
    face = folder / "__init__.py"
    if face.exists():
        public = {
            alias.asname or alias.name
            for node in ast.walk(ast.parse(face.read_text()))
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }
        rooms = {path.name for path in folder.iterdir() if (path / "__init__.py").exists()}
        assert not public & {*flat}, f"modules of {folder.name} that bear a public name of it"
        for room in public & rooms:
            assert getattr(importlib.import_module(module_of(face)), room).__name__.endswith(room)


NAMES_OF_0_1 = """
diagnostics fields moments plot wavelets Coefficients Table Centered Composed Fixed Increments Matching Pixels
Whitened ConfigError InputError Status Bispectrum ChannelCorrelation Marginals PhaseHarmonics PowerSpectrum Quantiles
RectifierCovariances ScatteringMeans ScatteringSpectra Stack StructureFunctions pairs reduced Bandwidth
FrequencyScattering IncreasingFrequency IncreasingScale Local Mean ModulusPyramid Off Scattering
SolidHarmonicScattering WaveletTransform log_scattering renormalize LBFGS GradientDescent LevenbergMarquardt Optax
Denoised Given Recovery SameSpectrum Synthesis White denoise invert recover synthesize
""".split()


@pytest.mark.parametrize("name", NAMES_OF_0_1)
def test_names_at_the_root_stay(name):
    assert hasattr(scatjax, name)


def _texts() -> str:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    cells = [json.loads(path.read_text())["cells"] for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
    return "\n".join([page.read_text() for page in pages] + ["".join(c["source"]) for book in cells for c in book])


def test_every_name_of_readme_docs_and_notebooks_exists():
    """Each `sj.a.b` that they write resolves; those in .md files need not be code."""
    wanted = sorted(set(re.findall(r"\bsj\.([A-Za-z_][A-Za-z_0-9.]*[A-Za-z_0-9])", _texts())))
    assert len(wanted) > 80
    missing = [name for name in wanted if not _resolves(name)]
    assert not missing


def _resolves(name: str) -> bool:
    """A door such as `sj.kymatio` is imported by who asks for it."""
    found = scatjax
    for part in name.split("."):
        if found is scatjax and part in ("kymatio", "sklearn"):
            importlib.import_module(f"scatjax.{part}")
        if not hasattr(found, part):
            return not isinstance(found, type(sys)) and part in str(getattr(found, "__annotations__", {}))
        found = getattr(found, part)
    return True


OLD = [(f"scatjax.{room}.{name}", room, places) for room, names in MOVED.items() for name, places in names.items()]


@pytest.mark.parametrize("old, room, places", OLD, ids=[old for old, _, _ in OLD])
def test_old_module_paths_warn_and_lead_on(old, room, places):
    new = places.split()[0]
    module = importlib.import_module(f"scatjax{new}" if new.startswith(".") else f"scatjax.{room}.{new}")
    wanted = next(name for name in vars(module) if not name.startswith("_") and name[0].isalpha())
    with pytest.warns(DeprecationWarning, match=rf"{re.escape(old)}.{wanted} has moved: import it from scatjax\."):
        assert getattr(importlib.import_module(old), wanted) is getattr(module, wanted)
    with pytest.raises(AttributeError, match="has no attribute 'nowhere'"):
        importlib.import_module(old).nowhere  # noqa: B018


@pytest.mark.parametrize("old, wanted", [("moments.base", "Stack"), ("samplers.sampler", "positive")])
def test_old_names_of_modules_that_stay(old, wanted):
    assert old in NAMES
    with pytest.warns(DeprecationWarning, match=rf"scatjax.{old}.{wanted} has moved"):
        assert callable(getattr(importlib.import_module(f"scatjax.{old}"), wanted))


def test_importing_an_old_path_hides_no_function():
    """An import of a submodule would set the attribute of its room, which is a constructor today."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from scatjax.wavelets.morlet import Cheng

    assert callable(scatjax.wavelets.morlet) and Cheng is scatjax.wavelets.Cheng
