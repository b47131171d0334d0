"""The loader: its messages, round trips, and nothing but ConfigError for damaged files."""

import dataclasses
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from scatjax.errors import ConfigError
from scatjax.run import Field, Run, choose, dump, load, loads
from scatjax.run.assemble import completed
from scatjax.run.kinds import KINDS

TARGET = 'field = {source = "brick"}\n'
FULL = """
name = "all"
seed = 4294967295
precision = "float64"
[field]
source = "a \\"quoted\\" \\u007f path é.npz"
key = "x"
column = "adjusted close"
log_returns = true
centered = false
mask = "gaps"
[bank]
kind = "bump_steerable"
J = 3
L = 6
oversampling = "full"
[moments]
kind = "spectra"
isotropic = true
[[extra]]
kind = "quantiles"
count = 5
weight = 2
[[extra]]
kind = "bispectrum"
[[solver]]
kind = "lbfgs"
[[solver]]
kind = "gradient_descent"
step_size = 1e-5
[start]
kind = "spectrum"
[[variable]]
kind = "increments"
[[variable]]
kind = "whitened"
[synthesis]
shape = [32, 64]
tolerance = [1e-2, 0]
fixed = 3
[fast]
synthesis.max_steps = 2
synthesis.tolerance = 0
solver = {kind = "adam"}
"""

MESSAGES = {
    'seed = "three"': "seed: expected int, got 'three'",
    "seed = true": "seed: expected int, got True",
    "seed = 1.5": "seed: expected int, got 1.5",
    "seed = -1": "seed: expected 0 <= seed < 2**32, got -1",
    "seed = 4294967296": "seed: expected 0 <= seed < 2**32, got 4294967296",
    "sedd = 1": "sedd: unknown key; did you mean 'seed'?",
    'name = "../up"': "name: expected letters, digits, '.', '_' or '-' (it names a folder), got '../up'",
    '[moments]\nkind = "spectar"': "moments.kind: got 'spectar'; did you mean 'spectra'?",
    "[moments]\nisotropic = true": "moments.kind: missing key; use one of 'spectra', 'phase_harmonics', 'rectifiers', "
    + ", ".join(map(repr, list(KINDS["moments"])[3:])),
    '[moments]\nkind = "spectra"\nisotropc = true': "moments.isotropc: unknown key; did you mean 'isotropic'?",
    "[synthesis]\ntolerance = nan": "synthesis.tolerance: expected float, got nan",
    "[synthesis]\ntolerance = inf": "synthesis.tolerance: expected float, got inf",
    '[synthesis]\nshape = [1, "a"]': "synthesis.shape[1]: expected int, got 'a'",
    "[synthesis]\nshape = [1, 2, 3]": "synthesis.shape: expected one side of a series, or two of an image, got "
    "[1, 2, 3]",
    "[synthesis]\nshape = 64": "synthesis.shape: expected list, got 64",
    "[synthesis]\ntolerance = [1e-2, 1e-3]": "synthesis.tolerance: expected one number, got [0.01, 0.001]",
    "[synthesis]\nmax_steps = []": "synthesis.max_steps: expected a number >= 1, got ()",
    '[variable]\nkind = "white"': "variable.kind: got 'white'; did you mean 'whitened'?",
    "[synthesis]\nnum_samples = 0": "synthesis.num_samples: expected a number >= 1, got 0",
    '[bank]\nkind = "morlet"\noversampling = "ful"': "bank.oversampling: expected int or 'full', got 'ful'",
    '[bank]\nkind = "morlet"\nj = 3': "bank.j: unknown key; did you mean 'J'?",
    '[bank]\nkind = "Morlet"': "bank.kind: got 'Morlet'; did you mean 'morlet'?",
    "bank = 3": "bank: expected table, got 3",
    'solver = [{kind = "lbfgs"}, {kind = "lbfsg"}]': "solver[1].kind: got 'lbfsg'; did you mean 'lbfgs'?",
    "solver = []": "solver: expected at least one solver, got an empty list",
    'extra = [{kind = "quantiles", weight = 0}]': "extra[0].weight: expected a number > 0, got 0.0",
    'solver = [{kind = "lbfgs", memory = 0}]': "solver[0].memory: memory=0 must be a positive integer.",
}  # fmt: skip


@pytest.mark.parametrize("text", MESSAGES)
def test_messages(tmp_path, text):
    path = tmp_path / "c.toml"
    path.write_text(TARGET + text)
    with pytest.raises(ConfigError) as caught:
        load(Run, path)
    assert str(caught.value) == f"{path}: {MESSAGES[text]}"


@pytest.mark.parametrize(
    "item, message",
    {
        "seed.x=1": "--set seed.x=1: seed is not a table",
        "seed": "--set seed: expected key=value, such as seed=1 or bank.J=5",
        "a..b=1": "--set a..b=1: expected key=value, such as seed=1 or bank.J=5",
        "bank.kind=bump_cheng": "bank.constants: unknown key",
    }.items(),
)
def test_bad_overrides(item, message):
    with pytest.raises(ConfigError) as caught:
        loads(Run, "seed = 1\n" + TARGET + '[bank]\nkind = "morlet"\nconstants = "cheng"', [item])
    assert str(caught.value).startswith(message)


def test_overrides_replace_in_order_and_switch_kinds_by_table():
    sets = ["seed=1", "seed=2", "name=plain-word", 'bank={kind="shannon", J=3}', "synthesis.shape=[8, 8]"]
    config = loads(Run, TARGET + '[bank]\nkind = "morlet"\nconstants = "cheng"', sets)
    assert (config.seed, config.name, config.bank) == (2, "plain-word", choose("bank", "shannon", J=3))
    assert config.verb.shape == (8, 8)


def test_a_value_cannot_smuggle_other_keys():
    with pytest.raises(ConfigError, match="name: expected letters"):
        loads(Run, TARGET, ['name="a"\nseed = 7'])


def test_fast_overrides_only_when_asked():
    assert loads(Run, FULL).verb.max_steps == 300
    fast = loads(Run, FULL, ["synthesis.num_samples=3"], fast=True)
    assert (fast.verb.max_steps, fast.verb.num_samples) == (2, 3)
    assert fast.solver == choose("solver", "adam")
    with pytest.raises(ConfigError, match="fast: expected table, got 3"):
        loads(Run, "fast = 3\n" + TARGET, fast=True)


@pytest.mark.parametrize("text", [TARGET, FULL], ids=["defaults", "full"])
@pytest.mark.parametrize("fast", [False, True])
def test_dump_then_load_is_the_same_config(text, fast):
    config = loads(Run, text, fast=fast)
    assert loads(Run, dump(config)) == config


@pytest.mark.parametrize(
    "item, message",
    {
        "field.colum=close": "field.colum: unknown key; did you mean 'column'?",
        "field.column=3": "field.column: expected str, got 3",
        "field.log_returns=1": "field.log_returns: expected bool, got 1",
    }.items(),
)
def test_columns_of_tables(item, message):
    with pytest.raises(ConfigError) as caught:
        loads(Run, TARGET, [item])
    assert str(caught.value) == message
    config = loads(Run, TARGET, ["field.column=close", "field.log_returns=true"])
    assert config.field == Field("brick", column="close", log_returns=True)
    assert loads(Run, dump(config)) == config


def test_missing_keys_and_files(tmp_path):
    with pytest.raises(ConfigError, match="field: missing key"):
        loads(Run, "")
    with pytest.raises(ConfigError, match="field.source: missing key"):
        loads(Run, "[field]")
    with pytest.raises(ConfigError, match=r"none.toml: cannot be read \(No such file or directory\)"):
        load(Run, tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    with pytest.raises(ConfigError, match="latin.toml: not UTF-8 at byte 8"):
        load(Run, tmp_path / "latin.toml")


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a" + ".a" * 5000 + " = 1", "a = " + "9" * 5000, "a = 1e999"])
def test_monstrous_files(text):
    with pytest.raises(ConfigError):
        loads(Run, TARGET + text)


def test_unions_of_lists_paths_and_plain_values():
    @dataclass(frozen=True)
    class Inner:
        kind: Literal["inner"] = "inner"
        sides: tuple[int, ...] = ()

    @dataclass(frozen=True)
    class Outer:
        path: Path
        size: int | float = 1
        inner: tuple[Inner, ...] = ()
        scale: float | None = None

    Outer.__annotations__["inner"] = tuple[Inner, ...]
    config = loads(Outer, 'path = "a/b"\nsize = 2\nscale = 3\ninner = [{kind = "inner", sides = [1, 2]}]')
    assert config == Outer(Path("a/b"), 2, (Inner(sides=(1, 2)),), 3.0)
    assert type(config.scale) is float and type(config.size) is int
    assert loads(Outer, dump(config)) == config


def test_damaged_files_give_only_config_errors():
    """3000 mutations of a full config: each is refused by ConfigError, or accepted and then survives dump and load."""
    generator, accepted = random.Random(0), 0
    for _ in range(3000):
        text = list(FULL)
        for _ in range(generator.randint(1, 3)):
            place = generator.randrange(len(text))
            match generator.randrange(3):
                case 0:
                    text[place] = chr(generator.choice([*range(32, 127), 0, 9, 10, 233, 0x1F600]))
                case 1:
                    del text[place]
                case 2:
                    text[place:place] = generator.choices(FULL, k=3)
        try:
            config = loads(Run, "".join(text))
        except ConfigError:
            continue
        accepted += 1
        assert loads(Run, dump(config)) == config
    assert 100 < accepted < 2900


def test_every_table_of_the_schema_has_a_default():
    """`scatjax analyze FIELD` runs with a source alone."""
    for field in dataclasses.fields(Run):
        assert field.name == "field" or field.default is not field.default_factory
    assert completed(Run(Field("brick")), 2).solver == choose("solver", "lbfgs")
