"""docs/papers.md is true: a row per paper, and what a row names is there: entry, object, file, config."""

import importlib
import re
from pathlib import Path

import pytest

import scatjax as sj
from scatjax.citations import entries

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "papers.md").read_text()
COLUMNS = ["year", "paper", "equation", "object", "file", "config"]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|\n").split("|")]


LINES = [line for line in PAGE.splitlines() if line.startswith("|")]
ROWS = [dict(zip(COLUMNS, cells(line), strict=True)) for line in LINES[2:]]
BUILT = [row for row in ROWS if row["object"] != "to come"]
KEYS = [re.search(r"\[`(\w+)`\]", row["paper"])[1] for row in ROWS]  # type: ignore[index]


def resolved(name: str):
    """What `sj.a.b` names; a door such as `sj.kymatio` is imported when it is asked for."""
    thing = sj
    for part in name.split(".")[1:]:
        thing = getattr(thing, part) if hasattr(thing, part) else importlib.import_module(f"scatjax.{part}")
    return thing


def test_one_table_a_row_per_paper():
    assert cells(LINES[0]) == COLUMNS
    assert len(ROWS) >= 41 and len(BUILT) >= 9
    assert len(set(KEYS)) == len(KEYS), "a paper has two rows"
    years = [int(row["year"]) for row in ROWS]
    assert years == sorted(years, reverse=True)
    assert all(row["equation"] and row["file"] for row in ROWS)


@pytest.mark.parametrize("row", BUILT, ids=lambda row: row["paper"].split(",")[0] + row["year"])
def test_what_a_row_names_is_there(row):
    objects = re.findall(r"`(sj\.[\w.]+)`", row["object"])
    files = re.findall(r"`([\w./]+)`", row["file"])
    assert objects and files
    for name in objects:
        assert callable(resolved(name)), name
    for name in files + re.findall(r"`([\w./]+)`", row["config"]):
        assert (ROOT / name).is_file(), name


@pytest.mark.parametrize("row", BUILT, ids=lambda row: row["paper"].split(",")[0] + row["year"])
def test_the_objects_of_a_row_cite_its_paper(row):
    """One at least: what cites the paper and what the table says must not drift apart."""
    key = re.search(r"\[`(\w+)`\]", row["paper"])[1]  # type: ignore[index]
    cited = {k for name in re.findall(r"`(sj\.[\w.]+)`", row["object"]) for k in sj.cite(resolved(name)).keys}
    assert key in cited


def test_every_entry_is_a_row_or_a_named_source():
    bib = (ROOT / "scatjax" / "papers.bib").read_text()
    papers = re.findall(r"^@\w+\{(\w+),", bib.split("% Sources")[0], re.MULTILINE)
    assert set(papers) - {"scatjax"} == set(KEYS), "the first part of papers.bib is the table of docs/papers.md"
    assert set(re.findall(r"\[`(\w+)`\]", PAGE)) <= set(entries())


def test_configs_of_published_models_have_their_place():
    named = set(re.findall(r"`(configs/[\w.]+)`", PAGE))
    assert {str(path.relative_to(ROOT)) for path in (ROOT / "configs").glob("*.toml")} <= named
