"""One word per thing: members of a family name and order their arguments alike, and none bears a word of "never"."""

import ast
import inspect
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import scatjax as sj
from scatjax import moments, operators, samplers, wavelets

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "scatjax").rglob("*.py"))
DOORS = ("kymatio", "sklearn")  # whose arguments are another library's


def classes(room, base) -> dict[str, type]:
    """The public classes of a room that derive from a base and can be built."""
    found = {name: value for name, value in vars(room).items() if inspect.isclass(value) and issubclass(value, base)}
    return {name: value for name, value in found.items() if not name.startswith("Abstract")}


def positional(make: Callable) -> list[str]:
    """Names of the arguments that may be passed by place, in their order."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [name for name, argument in inspect.signature(make).parameters.items() if argument.kind in kinds]


BANKS = {name: make for name, make in vars(wavelets).items() if inspect.isfunction(make) and name not in ("tight",)}
BANKS = {name: make for name, make in BANKS.items() if positional(make)[0] == "shape"}
MAPS = classes(moments, moments.AbstractMoments) | {
    name: make for name, make in vars(moments).items() if name in ("ScatteringSpectra", "reduced", "invariant")
}
VERBS = {name: getattr(sj, name) for name in ("synthesize", "denoise", "recover", "invert")}
IN_ORDER = {  # arguments in the order that all members keep, and a few that only some have between them
    "banks": (
        BANKS,
        "shape function f_min f_max sampling_rate J L Q constants low_pass xi oversampling boundary dtype T",
    ),
    "operators": (
        classes(operators, operators.AbstractOperator),
        "bank shape J L sigma_0 order averaging stride follows",
    ),
    "solvers": (
        classes(samplers, samplers.AbstractSampler),
        "step_size transformation memory search damping max_bytes",
    ),
    "verbs": (VERBS, "key phi target data noise S values"),
}
# of a moment map: where its fields live, by themselves or as its parts have it
FIRST = {"shape", "bank", "phi", "maps"}
SHARED = set("num_samples solver max_steps tolerance start variable report".split())
OWN = {"key", "weights", "lanes", "ensemble", "shape", "mask", "num_noises"}  # what only some of the verbs take


@pytest.mark.parametrize("family", IN_ORDER)
def test_arguments_stand_in_one_order(family):
    """What two members share stands in the same order in both: a call by place means the same."""
    members, words = IN_ORDER[family]
    order = words.split()
    assert len(members) >= 3
    for name, make in members.items():
        common = [argument for argument in positional(make) if argument in order]
        assert common == sorted(common, key=order.index), f"{name}{inspect.signature(make)}: the order is {words}"


@pytest.mark.parametrize("name", BANKS)
def test_banks_know_the_same_words(name):
    """Every bank has a shape, its scales and what all banks have, and no word of its own for one of these."""
    known = set(inspect.signature(BANKS[name]).parameters)
    assert {"shape", "oversampling", "boundary", "dtype", "T"} <= known and ("J" in known or name == "morlet_hz")
    own = "function low_pass xi f_min f_max sampling_rate full_band tight constants"
    assert known <= {*IN_ORDER["banks"][1].split(), *own.split()}


@pytest.mark.parametrize("name", MAPS)
def test_moment_maps_begin_alike(name):
    arguments = positional(MAPS[name])
    assert arguments[0] in FIRST, arguments
    if "bins" in arguments or "lags" in arguments:
        assert arguments[0] == "shape" and arguments[1] in ("bins", "lags"), arguments


@pytest.mark.parametrize("name", VERBS)
def test_verbs_share_their_words(name):
    """All but what is descended and matched is by keyword, and from one list."""
    signature = inspect.signature(VERBS[name])
    keywords = {n for n, argument in signature.parameters.items() if argument.kind is inspect.Parameter.KEYWORD_ONLY}
    assert SHARED <= keywords <= SHARED | OWN, keywords ^ SHARED
    assert set(positional(VERBS[name])) <= set(IN_ORDER["verbs"][1].split())


NEVER = set(
    "loss losses objective cost iteration iterations n_iter epoch epochs optimizer maxiter max_iter tol eps init x0 "
    "rng observed goal realization realizations orientations batch_size num_chains parametrization".split()
)
PROSE = re.compile(r"\b(optimi[sz]ers?|epochs?|iterations?|realizations?|hyperparameters?|max_?iter)\b", re.IGNORECASE)


def bad_arguments(source: str) -> list[str]:
    """Arguments of functions that bear a word of the glossary's column "never"."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.Lambda)]
    every = [(f, a.arg) for f in functions for a in (*f.args.posonlyargs, *f.args.args, *f.args.kwonlyargs)]
    return [f"{getattr(f, 'name', 'lambda')}({argument})" for f, argument in every if argument in NEVER]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_argument_bears_a_word_of_never(path):
    if not any(door in path.relative_to(ROOT).parts[1] for door in DOORS):
        assert bad_arguments(path.read_text()) == []


def test_bad_arguments_are_seen():
    assert bad_arguments("def f(x, *, tol=1): ...\ng = lambda loss: loss") == ["f(tol)", "lambda(loss)"]


def texts() -> list[Path]:
    """What people read: sources, tests, pages."""
    pages = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]
    return [*SOURCES, *(ROOT / "tests").rglob("*.py"), *pages]


@pytest.mark.parametrize("path", texts(), ids=lambda path: str(path.relative_to(ROOT)))
def test_prose_keeps_to_the_glossary(path):
    """Words that name one thing only and not as we do; calls of other libraries' arguments are theirs."""
    if path == Path(__file__):
        return
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = PROSE.search(re.sub(r"\bmax_?iter=", "", line))
        assert not found, f"{path.name}:{number} says {found[0]!r}: see the glossary of CONTRIBUTING.md"


def test_the_glossary_is_read():
    """The words looked for here stand in its column "never"."""
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.*?) \|$", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    never = {word.strip() for _, _, words in rows for word in words.split(",")}
    assert {"loss", "optimizer", "iteration", "epoch", "maxiter", "rng", "realization", "reference"} <= never
