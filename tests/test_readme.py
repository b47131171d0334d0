"""The README is true: its Python runs, its two commands are those of `.ci/run`, its configs load."""

import re
from pathlib import Path

import pytest

from scatjax.run import Run, dump, load, loads

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
SMALL = {"num_samples=4": "num_samples=1", "max_steps=200": "max_steps=2", "J=4": "J=2"}
SMALL['"brick64")'] = '"brick64")[::2, ::2]'


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_two_commands_are_those_of_ci():
    install, test = (block.strip() for block in blocks("sh")[:2])
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert "synthesize configs/quickstart.toml" in install and "pytest" in test
    assert lines.count(install) == 1 and lines.count(test) == 1
    assert lines.index(install) < lines.index(test)


def test_python_blocks_run_in_order(capsys):
    """In one namespace, with small sizes: each replacement must occur, so that none is forgotten."""
    code = blocks("python")
    assert len(code) >= 2
    for large in SMALL:
        assert any(large in block for block in code), f"the README no longer says {large}"
    names: dict = {}
    for block in code:
        for large, small in SMALL.items():
            block = block.replace(large, small)
        exec(compile(block, "README.md", "exec"), names)
    assert names["r"].fields.shape == (1, 32, 32)
    assert names["gradient"].shape == (32, 32)


@pytest.mark.parametrize("fast", [False, True], ids=["whole", "fast"])
@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.toml")), ids=lambda path: path.stem)
def test_configs_load(path, fast):
    config = load(Run, path, fast=fast)
    assert config.name == path.stem
    assert loads(Run, dump(config)) == config
    if fast:
        assert config != load(Run, path), "the table [fast] changes nothing"


def test_the_files_that_the_readme_names_exist():
    for name in re.findall(r"`((?:configs|constraints|scatjax)/[\w./-]*|[A-Z]+\.(?:md|cff))`", README):
        assert (ROOT / name).exists(), name


def test_constraints_hold_what_is_installed_by_the_extras():
    """Every direct dependency of pyproject.toml has its pin in constraints/py311.txt."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = project["dependencies"] + [p for e in ("io", "plot", "test", "notebooks", "dev") for p in extras[e]]
    pins = {line.split("==")[0].lower() for line in (ROOT / "constraints/py311.txt").read_text().splitlines()}
    for requirement in wanted:
        name = re.match(r"[\w-]+", requirement)[0].lower()  # type: ignore[index]
        assert name in pins, f"constraints/py311.txt lacks {name}"


def test_floors_are_those_of_the_project():
    """constraints/floors.txt pins the lower bounds of pyproject.toml."""
    import tomllib

    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    floors = {re.match(r"[\w-]+", line)[0]: re.search(r">=([\d.]+)", line)[1] for line in wanted}
    lines = (ROOT / "constraints/floors.txt").read_text().splitlines()
    pins = dict(line.removesuffix(".*").split("==") for line in lines if not line.startswith("#"))
    assert pins == floors
