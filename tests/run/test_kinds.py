"""The table of kinds: it names all that is public, its keys are the signatures', and anyone can add to it."""

import inspect
import itertools
import random

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import scatjax as sj
from scatjax import energies, moments, samplers, synthesis, wavelets
from scatjax.errors import ConfigError, InputError
from scatjax.moments.base import AbstractMoments
from scatjax.run import Field, Run, choose, dump, kind, loads, prepare
from scatjax.run.assemble import make_bank, make_moments, make_noise, make_solver, make_start, make_variable
from scatjax.run.kinds import KINDS, constructor
from scatjax.run.tables.choice import described, make
from scatjax.run.tables.signatures import HANDED, HANDED_TO, arguments, parameters, products

REFUSED = [("verb", "run"), ("verb", "bank"), ("verb", "field"), ("solver", ""), ("solver", "a b")]
EVERY = [(room, name) for room, entries in KINDS.items() for name in entries]
IMAGE, SERIES = Field("brick64"), Field("helium_jet")
TEXT = 'field = {source = "brick64"}\nbank = {kind = "morlet", J = 2}\n'


def made_by(room: str) -> set:
    return {constructor(room, name) for name in KINDS[room]}


@pytest.fixture
def own():
    """The table as it was, after a test that adds to it."""
    before = {room: dict(entries) for room, entries in KINDS.items()}
    yield
    KINDS.clear()
    KINDS.update(before)


@pytest.mark.parametrize(
    "room, abstract, module, but",
    [
        ("solver", samplers.AbstractSampler, samplers, {"Optax"}),  # adam and its kin
        ("start", synthesis.AbstractStart, synthesis, {"Given"}),  # of a file
        ("variable", energies.AbstractVariable, energies, {"Composed", "Fixed", "Whitened"}),  # lists, files, `of`
        ("moments", AbstractMoments, moments, {"Stack", "Ensemble", "Mean", "Moments", "Reduced"}),  # [[extra]], ..
    ],
)
def test_every_public_object_has_a_kind(room, abstract, module, but):
    public = {
        name: value
        for name, value in vars(module).items()
        if inspect.isclass(value) and issubclass(value, abstract) and not name.startswith("Abstract")
    }
    missing = {name for name, value in public.items() if value not in made_by(room)} - but
    assert not missing and but <= set(public)


def test_every_constructor_of_wavelets_and_every_map_has_a_kind():
    banks = {value for value in vars(wavelets).values() if inspect.isfunction(value) and _gives(value, "FilterBank")}
    assert banks - {wavelets.make_bank} == made_by("bank")
    maps = {value for value in vars(moments).values() if inspect.isfunction(value) and products(value)}
    maps = {value for value in maps if any(issubclass(one, AbstractMoments) for one in products(value))}
    assert maps <= made_by("moments")
    assert {"given"} == set(KINDS["start"]) - {"white", "spectrum"} and "fixed" in KINDS["variable"]


def _gives(value, name: str) -> bool:
    return any(one.__name__ == name for one in products(value))


@pytest.mark.parametrize("room, name", EVERY)
def test_keys_and_defaults_are_the_signatures(room, name):
    made = constructor(room, name)
    for key, argument in arguments(room, name).items():
        if argument.own:
            continue
        default = parameters(made)[key].default
        assert key not in HANDED - {"shape"} and key not in HANDED_TO.get(room, set())
        if isinstance(default, bool | int | float | str):
            assert argument.default == default and type(argument.default) is type(default)
        elif isinstance(default, tuple):
            assert argument.default in (default, None)


@pytest.mark.parametrize("room, name", EVERY)
def test_a_table_with_a_key_too_many_is_refused(room, name):
    for word in ("shape", "dtype", "target", "report", "keys"):
        if room == "verb" and word == "shape":
            continue
        with pytest.raises(ConfigError) as caught:
            choose(room, name, **{word: 1})
        assert f"{name if room == 'verb' else room}.{word}: unknown key" in str(caught.value)


def test_a_default_object_is_said_and_made_again():
    config = loads(Run, TEXT + "[solver]\nkind = 'levenberg_marquardt'")
    assert config.solver.stride.items() == {"kind": "geodesic", "bend": 0.75}
    assert "[solver.stride]" in dump(config) and loads(Run, dump(config)) == config
    assert make_solver(config).stride.bend == 0.75
    assert described("start", synthesis.White(std=jnp.ones(2))) is None  # what no config can say


NESTED = """
[bank]
kind = "morlet"
J = 3
constants = {kind = "kymatio", sigma = 0.7}
boundary = "reflect"
oversampling = {kind = "decimated", octaves = 1}
[[solver]]
kind = "lbfgs"
search = {kind = "strong_wolfe", curvature = 0.9}
[[solver]]
kind = "gradient_descent"
step_size = {kind = "backtracking", shrink = 0.25}
[[solver]]
kind = "levenberg_marquardt"
stride = "straight"
[[solver]]
kind = "sgd"
momentum = 0.9
"""


def test_objects_inside_of_objects():
    config = loads(Run, 'field = {source = "brick64"}\n' + NESTED)
    assert loads(Run, dump(config)) == config
    bank = make_bank(config, (64, 64))
    assert type(bank.domain.boundary).__name__ == "Reflect" and bank.family.constants.sigma == 0.7
    assert bank.oversampling == wavelets.Decimated(octaves=1)
    lbfgs, descent, lm, sgd = make_solver(config)
    assert float(lbfgs.search.curvature) == 0.9 and float(descent.rule.shrink) == 0.25
    assert type(lm.stride).__name__ == "Straight" and isinstance(sgd, samplers.Optax)


MAPS = {
    "scattering_means": {"isotropic": True}, "structure_functions": {"lags": [1, 2], "orders": [2]},
    "reduced": {"phi": {"kind": "spectra", "isotropic": True}, "scales": False}, "bispectrum": {"bins": 3},
}  # fmt: skip


@pytest.mark.parametrize("name", MAPS)
def test_maps_that_had_no_table(name):
    config = Run(IMAGE, bank=choose("bank", "morlet", J=2), moments=choose("moments", name, **MAPS[name]))
    assert loads(Run, dump(config)) == config
    phi = prepare(config).phi
    assert jax.eval_shape(phi.numbers, jnp.zeros((64, 64))).shape == (len(phi.table),)


def test_invariant_spectra_of_series():
    phi = choose("moments", "invariant", phi={"kind": "spectra", "normalization": "none"})
    config = Run(SERIES, bank=choose("bank", "battle_lemarie", J=4), moments=phi)
    assert 'normalization = "none"' in dump(config) and loads(Run, dump(config)) == config
    assert "Phi4(a,b)" in set(prepare(config).phi.table["kind"])


def test_files_become_starts_noise_and_masks(tmp_path, rng, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fields, mask = rng.normal(size=(3, 64, 64)), np.zeros((64, 64))
    mask[:32] = 1.0
    np.save("fields.npy", fields)
    np.savez("many.npz", mask=mask, other=mask)
    noise = 'noise = {kind = "stack", source = "fields.npy"}\ndenoise = {}\n'
    text = TEXT + noise + 'start = {kind = "given", source = "fields.npy"}\n'
    config = loads(Run, text + 'variable = {kind = "fixed", source = "many.npz", key = "mask"}')
    assert loads(Run, dump(config)) == config
    model = prepare(config)
    np.testing.assert_allclose(make_start(config, mean=0.5).fields, fields - 0.5, atol=1e-6)
    assert make_noise(config).shape == (3, 64, 64) and make_noise(config).dtype == np.float32
    variable = make_variable(model.config, model.target)
    x = np.asarray(variable.decode(jnp.zeros(32 * 64)))
    assert np.array_equal(x[:32], model.target[:32]) and not x[32:].any()


def test_what_the_run_knows_does_not_replace_what_a_table_leaves_out(rng):
    """A start without `mean` has the target's, whatever was taken off; marginals without J have the bank's."""
    config = Run(IMAGE, bank=choose("bank", "morlet", J=3), start=choose("start", "white"))
    assert make_start(config, mean=0.5).mean is None
    assert make(choose("start", "white"), mean=0.5, std=1.0, shape=(3,)).std is None
    extra = (choose("extra", "marginals"), choose("extra", "marginals", J=1))
    config = Run(IMAGE, bank=choose("bank", "morlet", J=3), extra=extra)
    assert [phi.J for phi in make_moments(config, make_bank(config, (16, 16))).maps[1:]] == [3, 1]


def test_old_words_stay():
    """Resolved configs of before: [synthesis], constants and boundary as words, options of pairs beside them."""
    old = TEXT.replace("J = 2", 'J = 2, constants = "exact", boundary = "periodic", oversampling = 2')
    config = loads(Run, old + "[synthesis]\nmax_steps = 7\nfixed = 3\n")
    assert config.verb == choose("verb", "synthesize", max_steps=7, fixed=3)
    assert "[synthesize]" in dump(config)
    assert loads(Run, dump(config), ["synthesis.max_steps=9"]).verb.max_steps == 9
    assert loads(Run, old + "[synthesis]\n[fast]\nsynthesize.max_steps = 5", fast=True).verb.max_steps == 5
    series = 'field = {source = "helium_jet"}\nbank = {kind = "bump", constants = "exact"}'
    assert make_bank(loads(Run, series), (4096,)).J == 9


@pytest.mark.parametrize(
    "name, numbers",
    [("morlet", {"full_band": True, "Q": 4, "T": 32}), ("gabor", {"Q": 5}), ("haar", {"tight": True}),
     ("morlet_hz", {"f_min": 100, "f_max": 900.0, "sampling_rate": 2000}), ("scatnet", {"Q": [8, 1]})],
)  # fmt: skip
def test_banks_take_every_argument(name, numbers):
    config = Run(SERIES, bank=choose("bank", name, **numbers))
    assert loads(Run, dump(config)) == config
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in numbers.items()}
    want = getattr(wavelets, name)((4096,), **given, dtype="float32")
    assert eqx.tree_equal(make_bank(config, (4096,)), want)


def test_a_solver_a_map_and_a_bank_from_outside(own):
    """One decorator each: the config reads the signature, the checks are the object's own."""

    @kind("solver", "my_solver")
    class Mine(samplers.AbstractSampler):
        step_size: float = eqx.field(static=True)

        def __init__(self, step_size: float = 0.25):
            if step_size > 1:
                raise InputError(f"step_size={step_size} is too long.")
            self.step_size = step_size

        def init(self, x, energy):
            return samplers.GradientDescent(self.step_size).init(x, energy)

        def step(self, key, state, energy):
            return samplers.GradientDescent(self.step_size).step(key, state, energy)

    @kind("bank", "my_bank")
    def mine(shape, J: int, L: int = 3, dtype=None) -> wavelets.FilterBank:
        return wavelets.morlet(shape, J=J, L=L, dtype=dtype)

    kind("moments", "my_moments")(moments.Quantiles)
    text = 'field = {source = "brick64"}\nbank = {kind = "my_bank", J = 2}\n'
    text += 'extra = [{kind = "my_moments", count = 4}]\n'
    config = loads(Run, text + 'solver = {kind = "my_solver"}')
    assert loads(Run, dump(config)) == config and config.solver.step_size == 0.25
    assert isinstance(make_solver(config), Mine) and prepare(config).bank.L == 3
    for sets, message in {
        "solver.step_size=2": "solver.step_size: step_size=2.0 is too long.",
        "solver.step_siz=2": "solver.step_siz: unknown key; did you mean 'step_size'?",
        "solver={kind='my_solve'}": "solver.kind: got 'my_solve'; did you mean 'my_solver'?",
        "bank={kind='my_bank'}": "bank.J: missing key",
    }.items():
        with pytest.raises(ConfigError) as caught:
            loads(Run, text + 'solver = {kind = "my_solver"}', [sets])
        assert str(caught.value) == message
    with pytest.raises(InputError, match="already: choose another name"):
        kind("solver", "lbfgs")(Mine)
    assert kind("solver", "my_solver")(Mine) is Mine  # a module that is loaded again


def test_a_wavelet_of_ones_own(own):
    with pytest.raises(ConfigError, match="no kind of function is known: register one by scatjax.run.kind"):
        choose("bank", "profile", function="mine")

    @kind("function", "mine")
    def mine(order: float = 4.0):
        return lambda r: np.where(r > 0, r**order * np.exp(order * (1 - r)), 0.0)

    bank = make_bank(Run(SERIES, bank=choose("bank", "profile", J=4, function={"kind": "mine", "order": 3})), (256,))
    assert bank.J == 4


NUMBERS = [0, -1, -3, 1, 10**6, 0.0, -0.5, 1e-2, 20.0]
TABLES = ["bank", "moments", "extra", "solver", "start", "noise", "variable", "operator"]
OF_SERIES = {"battle_lemarie", "bump", "gabor", "haar", "morlet_hz", "increment_quantiles", "increment_moments"}
OF_SERIES |= {"return_histogram", "scattering_marginals", "invariant"}
NEEDED = {"morlet_hz": {"f_min": 100, "f_max": 900.0, "sampling_rate": 2000}, "reduced": {"phi": {"kind": "spectra"}}}
NEEDED |= {"invariant": {"phi": {"kind": "spectra"}}, "channel_correlation": {}}
LARGE = {"bins", "count", "J", "L", "A", "order", "right_phases", "scale_steps", "translations", "angle_steps", "Q"}
LARGE |= {"shift_steps", "harmonic_steps", "largest_harmonic", "groups", "length"}


@pytest.mark.parametrize("table", TABLES)
def test_bad_numbers_are_one_line_errors(table, monkeypatch):
    """Every number of every kind, at and beyond its ends: refused with its dotted path, or taken; never a traceback."""
    refused = 0
    for name in KINDS["moments" if table == "extra" else table]:
        if name in ("profile", "given", "stack", "fixed", "channel_correlation"):
            continue
        series = name in OF_SERIES
        for key, argument in arguments(table, name).items():
            numbers = [number for number in NUMBERS if _fits(argument, number)]
            for number in numbers:
                if number > 100 and (key in LARGE or float in argument.plain):
                    continue  # a model that memory does not hold
                refused += _refused(table, name, key, number, series)
    assert refused > 2


def _fits(argument, number) -> bool:
    return float in argument.plain or (int in argument.plain and isinstance(number, int))


def _refused(table: str, name: str, key: str, number, series) -> bool:
    given = NEEDED.get(name, {}) | {key: number}
    try:
        choice = choose(table, name, **given)
        bank = choose("bank", "morlet", J=2) if not series else choose("bank", "battle_lemarie", J=3)
        tables = {table: (choice,) if table == "extra" else choice} if table not in ("noise", "operator") else {}
        config = Run(SERIES if series else IMAGE, **{"bank": bank} | tables)
        filters = make_bank(config, (256,) if series else (16, 16))
        if table in ("moments", "extra"):
            make_moments(config, filters)
        elif table == "operator":
            make(choice, bank=filters, shape=filters.shape, channels=None)
        elif table == "variable":
            make_variable(config, np.ones((16, 16), "float32") * np.arange(16, dtype="float32"))
        return False
    except InputError as error:
        assert "\n" not in str(error) and table in str(error), str(error)
        return True


WORDS = ["lbfgs", "morlet", "", "none", "full", "mirror"]
VALUES = [True, 3, -1, 0.5, "word", [], [1], [[1]], {}, {"kind": "lbfgs"}, {"kind": 3}, [{"kind": "morlet"}], "none"]


def test_wrong_types_are_config_errors():
    """Any value in place of any argument of any kind, and any word as its kind."""
    for (room, name), value in itertools.product(EVERY, VALUES):
        for key in arguments(room, name):
            try:
                choose(room, name, **{key: value})
            except ConfigError as error:
                assert str(error) and "\n" not in str(error)
    for room, word in itertools.product(KINDS, WORDS):
        if room != "verb" and word not in KINDS[room]:
            with pytest.raises(ConfigError, match=room):
                choose(room, word)


DENOISE = """
[moments]
kind = "phase_harmonics"
classes = ["S11", "C01"]
weights = {S11 = 2.0}
[start]
kind = "given"
source = "x.npy"
[noise]
kind = "white"
std = 0.5
[variable]
kind = "whitened"
tilt = 1
[denoise]
num_noises = 4
tolerance = 1e-2
"""


def test_damaged_files_of_objects_and_verbs_give_only_config_errors():
    """Each of 2000 mutations is refused by a ConfigError of one line, or accepted and survives dump and load."""
    whole, generator, accepted = 'field = {source = "x"}\n' + NESTED + DENOISE, random.Random(1), 0
    for _ in range(2000):
        text = list(whole)
        for _ in range(generator.randint(1, 3)):
            place = generator.randrange(len(text))
            if generator.random() < 0.5:
                text[place] = chr(generator.choice([*range(32, 127), 10, 233]))
            else:
                text[place : place + generator.randint(0, 2)] = generator.choices(whole, k=generator.randint(0, 3))
        try:
            config = loads(Run, "".join(text))
        except ConfigError as error:
            assert "Error" not in str(error)
            continue
        accepted += 1
        assert loads(Run, dump(config)) == config
    assert 50 < accepted < 1450


def test_verbs_read_their_numbers_from_the_verb():
    assert set(arguments("verb", "denoise")) == {"num_noises", "num_samples", "max_steps", "tolerance"}
    for name in KINDS["verb"]:
        for key, argument in arguments("verb", name).items():
            if not argument.own:
                assert argument.default == parameters(getattr(sj, name))[key].default


@pytest.mark.parametrize("room, name", REFUSED)
def test_kinds_that_no_config_could_name_are_refused(room, name):
    with pytest.raises(InputError, match="kind"):
        kind(room, name)(lambda *, n: n)
    assert name not in KINDS[room]


def test_a_kind_is_called(unchecked):
    with pytest.raises(InputError, match="decorates"):
        kind("solver", "three")(3)


def test_an_old_name_of_a_verb_is_not_proposed():
    with pytest.raises(ConfigError, match="did you mean 'synthesize'"):
        loads(Run, TEXT + "[synthesise]")


def test_an_absurd_number_of_scales_is_refused_at_once():
    with pytest.raises(InputError, match="use J <= 6"):
        sj.wavelets.morlet((64, 64), J=10**23, L=4)
    with pytest.raises(InputError, match="use J <= 6"):
        sj.wavelets.battle_lemarie((64,), J=10**5)
