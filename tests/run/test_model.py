"""Series through the schema: banks, variables and masks by the rank of the field, and the way there and back."""

import jax
import numpy as np
import pytest

from scatjax import energies
from scatjax.errors import ConfigError, InputError
from scatjax.run import Field, Run, choose, dump, loads, prepare
from scatjax.run.assemble import make_bank, make_moments, make_variable
from scatjax.run.kinds import BANKS_OF_IMAGES
from scatjax.run.tables.signatures import arguments

SERIES, IMAGE = Field("helium_jet"), Field("brick64")
EXTRA = {
    "quantiles": {"count": 5}, "power_spectrum": {"bins": 4}, "marginals": {}, "return_histogram": {},
    "increment_quantiles": {"lags": (1, 8), "groups": 8}, "increment_moments": {"lags": (2,)},
    "scattering_marginals": {"orders": (1, 3)},
}  # fmt: skip
NAMES = {
    "battle_lemarie": "BattleLemarie", "morlet": "MorletSeries", "bump": "Bump", "meyer": "MeyerSeries",
    "shannon": "ShannonSeries", "gabor": "GaborSeries", "haar": "HaarSeries", "scatnet": "ScatNetGabor",
}  # fmt: skip


def of(path, *sets: str) -> Run:
    return loads(Run, f"field = {{source = {str(path)!r}}}", sets)


def banked(kind: str, **options) -> Run:
    return Run(SERIES, bank=choose("bank", kind, **options))


@pytest.mark.parametrize("kind", NAMES)
def test_banks_of_series(kind):
    few = {"Q": 4} if kind in ("gabor", "scatnet") else {}
    bank = make_bank(banked(kind, J=6, oversampling=1, **few), (1024,))
    assert (type(bank.family).__name__, bank.J, bank.oversampling) == (NAMES[kind], 6, 1)
    bank = make_bank(banked(kind, J=6, boundary="mirror", **few), (1024,))
    assert bank.domain.padded == (2048,) and bank.oversampling == "full" and bank.domain.boundary.redone
    if "Q" in arguments("bank", kind) and kind in ("battle_lemarie", "morlet", "bump"):
        assert len(make_bank(banked(kind, J=6, Q=2), (1024,)).psi[2]) == 2
        both = make_bank(loads(Run, f'field={{source="x"}}\nbank={{kind="{kind}", J=6, Q=[2, 2]}}'), (1024,))
        assert len(both.layer(1).psi[2]) == 2


@pytest.mark.parametrize("kind", [*BANKS_OF_IMAGES, "morlet", "meyer", "shannon", "scatnet"])
def test_banks_of_images(kind):
    assert make_bank(Run(IMAGE, bank=choose("bank", kind, J=2)), (16, 16)).dimension == 2


@pytest.mark.parametrize("kind", ["battle_lemarie", "morlet", "bump", "meyer", "shannon"])
def test_the_constants_of_scatspectra(kind):
    """The last eighth of their bins is 0: none of our own filters has that."""
    bank = make_bank(Run(SERIES, bank=choose("bank", kind, J=3, constants="scatspectra", oversampling="full")), (64,))
    assert not np.asarray(bank.psi[0])[0, -8:].any()


def test_what_is_not_set_follows_the_rank():
    series, image = prepare(Run(SERIES)), prepare(Run(IMAGE))
    assert (series.config.bank, series.config.field.centered) == (choose("bank", "battle_lemarie"), True)
    assert (image.config.bank, image.config.field.centered, image.mean) == (choose("bank", "morlet"), False, 0.0)
    assert loads(Run, dump(series.config)) == series.config
    assert series.bank.J == 9 and series.phi.table["kind"][0] == "Phi1"


def test_the_mean_is_taken_off_and_given_back(x64, rng):
    model = prepare(Run(SERIES, precision="float64", bank=choose("bank", "morlet", J=3)))
    assert abs(model.target.mean()) < 1e-12 < abs(model.field.mean()) and model.target.dtype == np.float64
    np.testing.assert_allclose(model.restored(model.target), model.field, rtol=1e-15)
    plain = prepare(Run(Field("helium_jet", centered=False), bank=choose("bank", "morlet", J=3)))
    assert np.array_equal(plain.target, plain.field)


def test_gaps_are_refused_or_masked(tmp_path, rng):
    path = tmp_path / "x.csv"
    values = rng.normal(size=256) + 5
    rows = ["" if i in (100, 101) else repr(float(value)) for i, value in enumerate(values)]
    path.write_text("x\n" + "\n".join(f'"{row}"' for row in rows) + "\n")
    with pytest.raises(InputError, match="2 gaps .NaN., the first at index 100: leave them out by field.mask = 'gaps'"):
        prepare(of(path))
    masked = prepare(of(path, "field.mask=gaps", "bank={kind='battle_lemarie', J=3}"))
    assert np.flatnonzero(~masked.mask).tolist() == [100, 101] and np.isfinite(masked.target).all()
    known = np.delete(values, [100, 101])
    assert np.isclose(masked.mean, known.mean(), rtol=1e-6)
    other = masked.target.copy()
    other[100] += 3.0
    assert np.array_equal(masked.phi.vector(other), masked.phi.vector(masked.target))
    with pytest.raises(ConfigError, match="extra: these moments take no mask"):
        prepare(of(path, "field.mask=gaps", "bank={kind='morlet', J=3}", "extra=[{kind='quantiles'}]"))
    whole = prepare(of("helium_jet", "field.mask=gaps", "bank={kind='morlet', J=3}"))
    assert whole.mask is None


@pytest.mark.parametrize("kind", ["whitened", "increments", "centered"])
def test_variables(kind):
    config = of("helium_jet", f"variable={{kind='{kind}'}}")
    model = prepare(config)
    variable = make_variable(model.config, model.target)
    name = type(variable).__name__.lower()
    assert name == kind
    np.testing.assert_allclose(variable.decode(variable.encode(model.target)), model.target, atol=2e-5)
    assert isinstance(make_variable(prepare(of("brick64")).config, np.ones((8, 8), "float32")), energies.Pixels)


def test_variables_are_composed_in_their_order(x64):
    """Whitened by the spectrum of the increments, and not the increments of a whitened path."""
    kinds = "variable=[{kind='increments'}, {kind='whitened'}]"
    config = of("helium_jet", "precision=float64", kinds)
    assert loads(Run, dump(config)) == config
    target = prepare(config).target
    variable = make_variable(config, target)
    by_hand = energies.Whitened.of(np.diff(target, prepend=0.0)).encode(np.diff(target, prepend=0.0))
    np.testing.assert_allclose(variable.encode(target), by_hand, atol=1e-9)


@pytest.mark.parametrize("kind", ["pixels", "whitened", "increments", "centered"])
def test_a_fixed_past_stays_under_any_variable(kind, rng):
    config = of("helium_jet", f"variable={{kind='{kind}'}}", "synthesis.fixed=1000")
    model = prepare(config)
    variable = make_variable(model.config, model.target)
    v = rng.normal(size=3096).astype("float32")
    x = jax.jit(lambda v: variable.decode(v))(v)
    assert np.array_equal(x[:1000], model.target[:1000]) and x.shape == (4096,)
    assert np.array_equal(model.restored(x)[:1000], model.field[:1000])
    if kind == "centered":  # the mean of the whole path is the target's, as that of its free part is
        assert abs(float(x.mean()) - model.target.mean()) < 1e-5


def test_a_past_far_below_the_mean_loses_no_bit(tmp_path, rng):
    """Less the mean and back, these samples are others."""
    x = rng.lognormal(sigma=3.0, size=256).astype("float32")
    np.save(tmp_path / "x.npy", x)
    model = prepare(of(tmp_path / "x.npy", "synthesis.fixed=200", "bank={kind='morlet', J=2}"))
    back = (model.target.astype(float) + model.mean).astype("float32")
    assert not np.array_equal(back, x) and np.array_equal(model.restored(model.target)[:200], x[:200])


@pytest.mark.parametrize("fixed", [100, 4096])
def test_a_longer_path_goes_on_after_its_past(fixed, rng):
    config = of("helium_jet", f"synthesis.fixed={fixed}", "synthesis.shape=[5000]", "variable={kind='centered'}")
    model = prepare(config)
    v = rng.normal(size=5000 - fixed).astype("float32")
    x = make_variable(config, model.target).decode(jax.numpy.asarray(v))
    assert x.shape == (5000,) and np.array_equal(model.restored(x)[:fixed], model.field[:fixed])
    assert abs(float(x[fixed:].mean())) < 1e-6


def test_a_stack_of_series(tmp_path, rng):
    np.save(tmp_path / "s.npy", rng.normal(size=(3, 64)).astype("float32"))
    model = prepare(of(tmp_path / "s.npy", "field.stack=true", "bank={kind='morlet', J=2}"))
    assert model.is_series and model.target.shape == (3, 64) and model.one.shape == (64,)
    variable = make_variable(loads(Run, dump(model.config), ["variable={kind='whitened'}"]), model.target)
    assert variable.shape == (64,)


@pytest.mark.parametrize("kind", EXTRA)
def test_further_moments_of_series(kind):
    extra = choose("extra", kind, **EXTRA[kind])
    config = Run(SERIES, bank=choose("bank", "battle_lemarie", J=3), extra=(extra,))
    phi = make_moments(config, make_bank(config, (128,)))
    assert np.isfinite(phi.vector(prepare(config).target[:128])).all()


@pytest.mark.parametrize(
    "sets, message",
    {
        ("bank={kind='bump_steerable'}",): "bank.kind: 'bump_steerable' is of images and helium_jet is a series: use "
        "one of 'battle_lemarie', 'bump', 'gabor', 'haar', 'morlet_hz', 'morlet', 'meyer', "
        "'shannon', 'scatnet', 'profile'.",
        ("bank={kind='bump'}", "field.source=brick64"): "bank.kind: 'bump' is of series and brick64 is an image",
        ("bank={kind='morlet', L=4}",): "L=4: a series has no angles",
        ("bank={kind='morlet', Q=4}", "field.source=brick64"): "Q=4: an image has one wavelet an octave",
        ("bank={kind='morlet', boundary='mirror'}", "field.source=brick64"): "bank.boundary: 'mirror' is of series",
        ("bank={kind='morlet', boundary='mirror', oversampling=2}",): "bank.oversampling: expected 'full'",
        ("bank={kind='bump', Q=[2, 0]}",): "bank.Q: Q=(2, 0) must be an integer of at least 1",
        ("bank={kind='bump', J=13}",): "J=13",
        ("moments={kind='spectra', isotropic=true}",): "isotropic, ends and outer are options of images",
        ("synthesis.shape=[8, 8]",): "synthesis.shape: [8, 8] has 2 sides and helium_jet is a series: give 1.",
        ("synthesis.shape=[1, 1, 1]",): "synthesis.shape: expected one side of a series, or two of an image",
        ("synthesis.shape=[64]", "variable={kind='whitened'}"): "a whitened variable has the target's shape",
        ("synthesis.fixed=4096",): "synthesis.fixed: expected at most 4095 samples of 4096, got 4096",
        ("synthesis.fixed=0",): "synthesis.fixed: expected a number >= 1, got 0",
        ("synthesis.fixed=8", "field.source=brick64"): "synthesis.fixed: the past of one series can be kept",
        ("synthesis.fixed=8", "synthesis.ensemble=true"): "synthesis.ensemble: all samples are one state",
        ("synthesis.max_steps=[1, 2]",): "synthesis.max_steps: expected one number, got [1, 2]",
        ("variable={kind='whitend'}",): "variable.kind: got 'whitend'; did you mean 'whitened'?",
        ("field.mask=NaN",): "field.mask: got",
    }.items(),
)
def test_errors(sets, message):
    with pytest.raises(InputError) as caught:
        model = prepare(of("helium_jet", *sets))
        make_variable(model.config, model.target)
    assert message in str(caught.value)


def test_what_can_not_be_a_target(tmp_path):
    np.save(tmp_path / "c.npy", np.full(64, 0.1, "float32"))
    with pytest.raises(InputError, match="c.npy is constant .0.1.: a model needs a field that varies"):
        prepare(of(tmp_path / "c.npy"))
    np.save(tmp_path / "v.npy", np.zeros((2, 2, 2, 2), "float32"))
    with pytest.raises(InputError, match=r"expected .time,. or .y, x.: store one field"):
        prepare(of(tmp_path / "v.npy"))


def test_sound_of_two_channels(tmp_path, rng):
    import wave

    path = tmp_path / "x.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setparams((2, 2, 8000, 0, "NONE", ""))
        sound.writeframes((3000 * rng.normal(size=512)).astype("<i2").tobytes())
    with pytest.raises(InputError, match="has 2 channels: set field.stack = true"):
        prepare(of(path))
    model = prepare(of(path, "field.stack=true", "bank={kind='morlet', J=3}"))
    assert model.target.shape == (2, 256)
