"""What `sj.cite` names: the papers of classes, functions and of what an instance is built from; papers.bib is whole."""

import ast
import re
from pathlib import Path

import jax
import numpy as np
import pytest

import scatjax as sj
from scatjax.citations import cites, entries

ROOT = Path(__file__).parents[1]
IMAGES, SERIES = sj.wavelets.morlet((16, 16), J=2, L=4), sj.wavelets.battle_lemarie((64,), J=3)
BUMPS = sj.wavelets.bump_steerable((16, 16), J=2, L=4)
GAMMA = sj.pairs.pywph(J=2, L=4)
MICROCANONICAL = "bruna2018"

OBJECTS = {
    "spectra of images": (sj.ScatteringSpectra(IMAGES), {"cheng2023", "bruna2013"}),
    "spectra of series": (sj.ScatteringSpectra(SERIES), {"morel2022", "battle1987", "lemarie1988"}),
    "a function": (sj.ScatteringSpectra, {"cheng2023", "morel2022"}),
    "a verb": (sj.synthesize, {MICROCANONICAL}),
    "a set of rows": (sj.pairs.pywph, {"allys2020", "regaldo2021", "pywph"}),
    "rows": (GAMMA, {"allys2020", "regaldo2021", "pywph"}),
    "phase harmonics": (
        sj.PhaseHarmonics(BUMPS, GAMMA),
        {"mallat2018", "zhang2021", "allys2020", "regaldo2021", "pywph"},
    ),
    "harmonics over angles": (
        sj.PhaseHarmonics(BUMPS, sj.pairs.zhang_mallat_d(J=2, L=4, scale_steps=0)),
        {"mallat2018", "zhang2021"},
    ),
    "rectifiers": (
        sj.RectifierCovariances(IMAGES, sj.pairs.alpha_gray(J=2, L=4, scale_steps=0)),
        {"brochard2022", "zhang2021", "bruna2013"},
    ),
    "a stack": (
        sj.Stack([sj.reduced(sj.ScatteringSpectra(IMAGES)), sj.Quantiles((16, 16), 4)]),
        {"cheng2023", "bruna2013"},
    ),
    "a bank with a peer's constants": (
        sj.wavelets.morlet((16, 16), J=2, L=4, constants=sj.wavelets.Kymatio()),
        {"bruna2013", "andreux2020"},
    ),
    "a bank made tight": (sj.wavelets.morlet((16, 16), J=2, L=4, tight=True), {"bruna2013"}),
    "a class": (sj.GradientDescent, {MICROCANONICAL}),
    "a solver and its line search": (sj.LBFGS(), {"byrd1994", "more1994"}),
    "solvers in a list": ([sj.LBFGS(), sj.LevenbergMarquardt()], {"byrd1994", "more1994", "transtrum2012"}),
    "what nobody published": (sj.PowerSpectrum((16, 16), 3), set()),
}


@pytest.mark.parametrize("thing, papers", OBJECTS.values(), ids=OBJECTS)
def test_objects_name_their_papers(thing, papers):
    things = thing if isinstance(thing, list) else [thing]
    assert set(sj.cite(*things).keys) == {"scatjax", *papers}


def test_a_result_names_its_verb():
    x = sj.fields.read("brick64")[:16, :16]
    result = sj.synthesize(jax.random.key(0), sj.Quantiles(x.shape, 4), x, max_steps=1, report=None)
    assert sj.cite(result).keys == ("scatjax", MICROCANONICAL)
    assert sj.cite(sj.Recovery).keys == ("scatjax", "mallat2018")


def test_entries_come_once_the_library_first_then_by_year():
    text = sj.cite(sj.ScatteringSpectra, sj.ScatteringSpectra(IMAGES), sj.LBFGS(), sj.LBFGS)
    assert text.keys == ("scatjax", "byrd1994", "more1994", "bruna2013", "morel2022", "cheng2023")
    assert re.findall(r"^@\w+\{(\w+),", text, re.MULTILINE) == list(text.keys)
    assert str(text) == repr(text)
    assert sj.cite().keys == ("scatjax",)


def test_rows_keep_their_papers_and_stay_equal():
    """Papers enter no digest: rows of another origin are the same static data, so that nothing is compiled again."""
    bare = GAMMA.replace()
    bare.papers = ()
    assert bare == GAMMA and hash(bare) == hash(GAMMA) and bare.digest == GAMMA.digest
    kept = {"allys2020", "regaldo2021", "pywph"}
    for rows in (GAMMA.select(j1=0), GAMMA.drop(kind="L"), GAMMA.weighted(C01=2.0), GAMMA.with_channels(2)):
        assert set(rows.papers) == kept
    both = GAMMA + sj.pairs.zhang_mallat_a(J=2, L=4).drop(kind="low")
    assert set(both.papers) == kept | {"zhang2021"}


@pytest.mark.parametrize("thing", [3, "cheng2023", np.zeros(3), np.mean, object(), sj.pairs])
def test_other_things_are_refused_with_what_to_pass(thing):
    with pytest.raises(sj.InputError, match="cite takes what scatjax is made of"):
        sj.cite(thing)


def test_marks_from_outside():
    """A class of someone else's package brings its own entry; a key that stands nowhere is an error that names it."""

    @cites("@misc{mine2030,\n  year = {2030},\n}", "zhang2021")
    class Mine(sj.PowerSpectrum):
        pass

    assert sj.cite(Mine).keys == ("scatjax", "zhang2021", "mine2030")
    with pytest.raises(sj.InputError, match="no entry 'zhang2020'.*zhang2021"):
        sj.cite(cites("zhang2020")(lambda x: x))
    with pytest.raises(sj.InputError, match="no BibTeX entry"):
        sj.cite(cites("@misc")(lambda x: x))


def parsed(entry: str) -> tuple[str, dict[str, str]]:
    """Kind and fields of an entry; braces must balance, and every field be `name = {value},` on its own line."""
    kind, rest = re.fullmatch(r"@(\w+)\{\w+,\n(.*)\n\}", entry, re.DOTALL).groups()
    fields = dict(re.fullmatch(r"  (\w+) = \{(.*)\},", line).groups() for line in rest.split("\n"))
    for name, value in fields.items():
        depth = np.cumsum([(c == "{") - (c == "}") for c in value] or [0])
        assert depth.min() >= 0 and depth[-1] == 0, f"the braces of {name} do not balance: {value}"
    return kind, fields


@pytest.mark.parametrize("key", entries())
def test_every_entry_parses(key):
    kind, fields = parsed(entries()[key])
    assert {"author", "title", "year"} <= set(fields)
    assert re.fullmatch(r"\d{4}", fields["year"])
    needs = {"article": {"journal"}, "inproceedings": {"booktitle"}, "incollection": {"booktitle"}}
    assert needs.get(kind, set()) <= set(fields), f"{key}: an {kind} needs {needs[kind]}"
    if key[-4:].isdigit() and kind != "software":
        assert key.endswith(fields["year"]), f"{key} is of {fields['year']}"


def test_the_entry_of_the_library_is_that_of_citation_cff():
    cff = (ROOT / "CITATION.cff").read_text()
    fields = parsed(entries()["scatjax"])[1]
    assert fields["version"] == sj.__version__ and f"version: {sj.__version__}" in cff
    assert fields["title"] in cff and f"license: {fields['license']}" in cff


def decorated() -> dict[str, set[str]]:
    """Key -> the files whose decorators name it."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "scatjax").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            for mark in getattr(node, "decorator_list", []):
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) in ("cites", "publishes"):
                    for key in ast.literal_eval(ast.Tuple(mark.args, ast.Load())):
                        found.setdefault(key, set()).add(path.name)
    return found


def test_every_key_of_a_decorator_has_its_entry():
    marks = decorated()
    assert len(marks) > 30, "the decorators are no longer found"
    assert not set(marks) - set(entries()), "keys of decorators that papers.bib lacks"


def test_no_entry_is_cut_or_doubled():
    text = (ROOT / "scatjax" / "papers.bib").read_text()
    assert len(re.findall(r"^@", text, re.MULTILINE)) == len(entries())
