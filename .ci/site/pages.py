"""The pages of the docs site that nobody writes by hand: README as the index, notebooks, docstrings by room.

A hook of mkdocs (mkdocs.yml). A new page of docs/, a new notebook, a new file or room of the library appears by itself:
pages that the nav of mkdocs.yml does not name stand after those it does.
"""

import ast
import re
from pathlib import Path

from mkdocs.plugins import event_priority
from mkdocs.structure.files import File

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "scatjax"
RIVER = "fields domains wavelets operators moments energies samplers synthesis denoisers learn run plot cli".split()
SKIPPED = {"__main__", "version", "moved", "bundled"}
WIDE = {"papers.md"}  # pages whose table wants the room of the contents


def on_config(config):
    """The nav of mkdocs.yml, then other pages of docs/, the notebooks, and the rooms."""
    named = {path for entry in config.nav for path in entry.values()}
    pages = sorted(path.name for path in (ROOT / "docs").glob("*.md") if path.name not in named)
    config.nav += [{heading(ROOT / "docs" / name): name} for name in pages]
    config.nav += [{"Notebooks": [f"notebooks/{path.name}" for path in notebooks()]}]
    config.nav += [{"Reference": [{"The root": "reference/index.md"}, *({r: f"reference/{r}.md"} for r in rooms())]}]
    return config


@event_priority(100)  # before mkdocs-jupyter looks at the files
def on_files(files, config):
    """Adds what `on_config` promised."""
    files.append(File.generated(config, "index.md", content=index()))
    for path in notebooks():
        source = path.relative_to(ROOT).as_posix()
        files.append(File(source, str(ROOT), config.site_dir, config.use_directory_urls))
    files.append(File.generated(config, "reference/index.md", content=root()))
    for room in rooms():
        files.append(File.generated(config, f"reference/{room}.md", content=page(room)))
    return files


def on_page_markdown(markdown, page, **kwargs):
    """Wide pages have no table of contents beside them."""
    if page.file.src_uri in WIDE:
        page.meta["hide"] = ["toc"]


def on_page_content(html, page, **kwargs):
    """Paths in a wide table may break between their words."""
    broken = lambda match: "<code>" + re.sub(r"([/_])", r"\1<wbr>", match[1]) + "</code>"
    return re.sub(r"<code>((?:scatjax|configs)/[^<]*)</code>", broken, html) if page.file.src_uri in WIDE else html


def notebooks() -> list[Path]:
    """The notebooks, as they are stored."""
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


def index() -> str:
    """README, its paths turned from the root of the repository to docs/."""
    text = (ROOT / "README.md").read_text().replace("](docs/", "](")
    text = re.sub(r"`docs/(\w+)\.md`", r"[\1](\1.md)", text)
    return re.sub(r"`notebooks/(\w+)\.ipynb`", r"[`\1`](notebooks/\1.ipynb)", text)


def heading(path: Path) -> str:
    """The first heading of a page."""
    match = re.search(r"^# (.*)$", path.read_text(), re.MULTILINE)
    return match[1] if match else path.stem


def rooms() -> list[str]:
    """Rooms and leaves of the package: along the river, then the others by name."""
    found = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    found = {name for name in found if name not in SKIPPED and not name.startswith("_")}
    return [r for r in RIVER if r in found] + sorted(found - set(RIVER))


def modules(room: str) -> list[Path]:
    """The files of a room, its own first, then those of its wings."""
    folder = PACKAGE / room
    if not folder.is_dir():
        return [folder.with_suffix(".py")]
    files = [path for path in folder.rglob("*.py") if not SKIPPED & set(path.relative_to(PACKAGE).parts)]
    return sorted(files, key=lambda path: (path.parent != folder, path.parent, path.name != "__init__.py", path.name))


def dotted(path: Path) -> str:
    """The name of a module."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def public(path: Path) -> list[str]:
    """What a file defines without an underscore, in its order."""
    nodes = ast.parse(path.read_text()).body
    return [n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_")]


def exported(folder: Path) -> set[str]:
    """What the faces (`__init__.py`) of a folder and its wings hand out, and that of the root."""
    faces = [PACKAGE / "__init__.py", *(folder.rglob("__init__.py") if folder.is_dir() else [])]
    nodes = [node for face in faces for node in ast.walk(ast.parse(face.read_text()))]
    return {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}


def page(room: str) -> str:
    """A room: each file with its docstring and what it hands out; of a file that hands out nothing, all it defines."""
    faces, parts = exported(PACKAGE / room), [f"# {room}\n"]
    for path in modules(room):
        name = dotted(path)
        inside = public(path)
        members = [member for member in inside if member in faces] or inside
        if name != f"scatjax.{room}":
            parts.append(f"## {name.removeprefix(f'scatjax.{room}.')}\n")
        parts.append(block(name, "show_root_heading: false", "show_root_toc_entry: false", "members: false"))
        parts += [block(f"{name}.{member}") for member in members]
    return "\n".join(parts)


def block(name: str, *options: str) -> str:
    """A block of mkdocstrings."""
    lines = [f"::: {name}", *(["    options:"] if options else []), *(f"      {option}" for option in options)]
    return "\n".join(lines) + "\n"


def root() -> str:
    """What stands at the root of the package, with links to where it is documented."""
    rows = ["# Reference\n", "One page per room, made of docstrings. At the root of `scatjax` (`sj`) stand:\n"]
    for node in ast.parse((PACKAGE / "__init__.py").read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            room = node.module.split(".")[0]
            rows += [f"- [`sj.{alias.name}`]({room}.md), of `{room}`" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            rows += [f"- [`sj.{alias.name}`]({alias.name}.md), a room" for alias in node.names if alias.name in rooms()]
    return "\n".join(rows) + "\n"
