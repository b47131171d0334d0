"""The pages of docs/ are true: their Python runs, block after block, one namespace per page; their files exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = {path.stem: path.read_text() for path in sorted((ROOT / "docs").glob("*.md"))}
SHEETS = (
    "performance engineering spectra maxent scattering phase_harmonics particles joint learn denoise chemistry graphs "
    "design house style"
).split()


def blocks(page: str, language: str = "python") -> list[str]:
    """The fenced blocks of a page, each after as many empty lines as stand before it, so that errors name its line."""
    found = re.finditer(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return ["\n" * page[: match.start(1)].count("\n") + match[1] for match in found]


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if blocks(page)])
def test_python_blocks_run_in_order(name, capsys):
    names: dict = {"__name__": name}
    for block in blocks(PAGES[name]):
        exec(compile(block, str(ROOT / "docs" / f"{name}.md"), "exec"), names)


def test_blocks_are_found_with_their_lines():
    page = "text\n```python\nx = 1\n```\n\n```sh\nls\n```\n```python\nraise ValueError\n```\n"
    assert [block.strip() for block in blocks(page)] == ["x = 1", "raise ValueError"]
    assert blocks(page)[1].splitlines().index("raise ValueError") == page.splitlines().index("raise ValueError")


@pytest.mark.parametrize("name", PAGES)
def test_links_and_files_of_a_page_exist(name):
    page = PAGES[name]
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page):
        assert (ROOT / "docs" / target).exists(), f"{name}.md links to {target}"
    for target in re.findall(r"`((?:configs|benchmarks|notebooks|tests|scatjax)/[\w./]+\.\w+)`", page):
        assert (ROOT / target).exists(), f"{name}.md names {target}"


def test_no_page_is_named_as_a_sheet_is():
    assert not set(PAGES) & set(SHEETS)
