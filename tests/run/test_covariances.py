"""Phase harmonics and rectifiers through the schema: sets and their options, color, gaps, weights, histograms."""

import inspect

import jax
import numpy as np
import pytest

from scatjax import moments, wavelets
from scatjax.errors import InputError
from scatjax.fields import match_histogram, read
from scatjax.run import Run, choose, dump, loads, prepare
from scatjax.run.assemble import make_start, make_variable
from scatjax.run.kinds import KINDS
from scatjax.run.tables.channels import ANY, channels_wanted
from scatjax.run.tables.signatures import arguments, parameters

ALPHA = "moments={kind='rectifiers', pairs='alpha_color', scale_steps=1}"
SMALL = "bank={kind='morlet', J=2}"


SETS = list(KINDS["pairs"])


def of(path, *sets: str) -> Run:
    return loads(Run, f"field = {{source = {str(path)!r}}}", sets)


def kind_of(name: str) -> str:
    return "rectifiers" if name.startswith("alpha") else "phase_harmonics"


def wanted(name: str) -> int | None:
    return channels_wanted(choose("moments", kind_of(name), pairs=name))


@pytest.mark.parametrize("name", SETS)
def test_a_set_has_the_options_of_its_constructor(name):
    """All its arguments can be said, but for those of the bank and of the field."""
    taken = [key for key in parameters(getattr(moments.pairs, name)) if key not in ("J", "L", "channels")]
    assert list(arguments("pairs", name)) == taken
    table = choose("moments", kind_of(name), pairs=name).items()
    assert {option for option in taken if arguments("pairs", name)[option].default is not None} <= set(table)


def test_every_published_set_is_in_the_table():
    made = {name for name, value in vars(moments.pairs).items() if inspect.isfunction(value)}
    assert made == set(SETS)


@pytest.mark.parametrize("name", SETS)
def test_sets_become_maps_of_the_bank(name, tmp_path, rng):
    channels = {None: (), ANY: (3,)}.get(wanted(name), (2,))
    np.save(tmp_path / "x.npy", rng.normal(size=(*channels, 16, 16)).astype("float32"))
    config = of(tmp_path / "x.npy", f"moments={{kind='{kind_of(name)}', pairs='{name}'}}")
    assert loads(Run, dump(config)) == config
    model = prepare(config)
    rectifiers = name.startswith("alpha")
    assert (model.bank.J, model.bank.L) == (3, parameters(getattr(moments.pairs, name))["L"].default)
    assert model.phi.channels == (channels[0] if channels else None)
    assert type(model.bank.family).__name__ == ("Morlet" if rectifiers else "BumpSteerable")
    gamma = getattr(moments.pairs, name)(J=3, L=model.bank.L)
    maker = moments.RectifierCovariances if rectifiers else moments.PhaseHarmonics
    assert model.phi.table == maker(model.bank, gamma, model.phi.channels).table


def test_options_reach_the_constructor():
    config = of("brick64", "moments={kind='phase_harmonics', translations=1, classes=['S11', 'L']}", "moments.A=2")
    gamma = prepare(config).phi.gamma
    assert gamma == moments.pairs.pywph(J=5, L=4, translations=1, classes=["S11", "L"], A=2)
    table = "moments={kind='phase_harmonics', pairs='zhang_mallat_c', shift_steps=0}"
    config = of("brick64", table, "bank.kind=morlet")
    config = loads(Run, dump(config), ["bank.J=2", "bank.L=4"])
    assert prepare(config).phi.gamma == moments.pairs.zhang_mallat_c(J=2, L=4, shift_steps=0)


def test_weights_of_kinds():
    config = of("brick64", "moments={kind='phase_harmonics', weights={S11=2.0, C01=0.5}}", "bank.kind=bump_steerable")
    assert loads(Run, dump(config)) == config
    phi = prepare(config).phi
    for kind, weight in {"S11": 2.0, "C01": 0.5, "S00": 1.0}.items():
        assert set(phi.weights[phi.table.rows(kind=kind)]) == {weight}


@pytest.mark.parametrize("stack", [False, True])
def test_color_goes_through(stack, tmp_path, rng):
    """Channels of map, extra moments and variable are the field's, of one image and of a stack."""
    x = rng.gamma(1.0, size=(2, 3, 16, 16) if stack else (3, 16, 16)).astype("float32")
    np.save(tmp_path / "x.npy", x)
    extra = "extra=[{kind='quantiles', count=4}, {kind='power_spectrum', bins=3}, {kind='channel_correlation'}]"
    variable = "variable=[{kind='centered'}, {kind='whitened'}]"
    config = of(tmp_path / "x.npy", SMALL, ALPHA, extra, variable, f"field.stack={str(stack).lower()}")
    model = prepare(config)
    assert model.phi.channels == 3 and model.target.shape == x.shape and model.one.shape == (3, 16, 16)
    assert [m.channels for m in model.phi.maps] == [3] * 4
    one = model.one
    variable = make_variable(model.config, model.target)
    there_and_back, mean = variable.decode(variable.encode(one)), x.mean((-1, -2)).reshape(-1, 3).mean(0)
    np.testing.assert_allclose(there_and_back.mean((1, 2)), mean, atol=1e-5)
    assert variable.second.amplitude.shape == (3, 16, 9)
    assert np.isfinite(model.phi.fit(model.target).vector(one)).all()


def test_gaps_of_an_image_are_masked(tmp_path, rng):
    x = rng.normal(size=(32, 32)).astype("float32")
    x[5, 6] = np.nan
    np.save(tmp_path / "x.npy", x)
    kind = "moments={kind='phase_harmonics', classes=['S11', 'S00']}"
    bank = "bank={kind='bump_steerable', J=2, L=4}"
    with pytest.raises(InputError, match="not finite|NaN"):
        prepare(of(tmp_path / "x.npy", kind, bank))
    model = prepare(of(tmp_path / "x.npy", kind, bank, "field.mask=gaps"))
    assert np.argwhere(~model.mask).tolist() == [[5, 6]] and np.isfinite(model.target).all()
    other = model.target.copy()
    other[5, 6] += 3.0
    phi = model.phi.fit(model.target)
    assert np.array_equal(phi.vector(other), phi.vector(model.target))


def test_removed_edges():
    config = of("brick64", "moments={kind='phase_harmonics', remove_edges=true}", "bank={kind='bump_steerable', J=2}")
    model = prepare(config)
    bank = wavelets.bump_steerable((64, 64), J=2, L=8, oversampling=2, dtype="float32")
    want = moments.PhaseHarmonics(bank, moments.pairs.pywph(J=2, L=8), remove_edges=True)
    x = model.target
    assert np.array_equal(model.phi.fit(x).vector(x), want.fit(x).vector(x))


@pytest.mark.parametrize("stack", [False, True])
@pytest.mark.parametrize("channels", [(), (3,)])
def test_histograms_are_matched_on_the_way_out(channels, stack, tmp_path, rng):
    x = rng.gamma(1.0, size=(*(2,) * stack, *channels, 16, 16)).astype("float32")
    np.save(tmp_path / "x.npy", x)
    kind = ALPHA if channels else "moments={kind='rectifiers'}"
    sets = [SMALL, kind, f"field.stack={str(stack).lower()}", "output.match_histogram=true"]
    model = prepare(of(tmp_path / "x.npy", *sets))
    samples = rng.normal(size=(2, *channels, 16, 16)).astype("float32")
    samples[1, ..., 0, 0] = np.nan  # a lane that went astray keeps what it has
    got = model.restored(samples)
    pooled = np.concatenate(list(x), -1) if stack else x
    assert np.array_equal(got[0], match_histogram(samples[0], pooled))
    assert np.array_equal(got[1], samples[1], equal_nan=True)


def test_the_start_takes_a_mean_and_a_deviation():
    start = make_start(of("brick64", "start={kind='white', mean=0.5, std=0.01}"))
    assert (start.mean, start.std) == (0.5, 0.01)


def test_bundled_wood_is_the_target():
    model = prepare(of("wood64", SMALL, ALPHA))
    assert np.array_equal(model.target, read("wood64")) and jax.eval_shape(model.phi.numbers, model.target).ndim == 1


GRAY = "moments={kind='rectifiers'}"


def waves(options: str) -> tuple[str]:
    return (f"moments={{kind='phase_harmonics', {options}}}",)


@pytest.mark.parametrize(
    "source, sets, message",
    [
        ("wood64", (), "expected (time,) or (y, x): set field.stack = true for a stack of images; these moments are of "
         "gray: for color set moments.kind = 'rectifiers', moments.pairs = 'alpha_color'."),
        ("wood64", (GRAY,), "these moments are of gray"),
        ("brick64", (ALPHA,), "moments.pairs = 'alpha_color' expects (channel, y, x): use pairs of gray images"),
        ("wood64", waves("pairs='pywph_cross'"), "expects (2, y, x)"),
        ("wood64", waves("complex_map=true"), "expects (2, y, x)"),
        ("wood64", (ALPHA, "extra=[{kind='marginals'}]"), "extra: 'marginals' is of gray images and the field has 3"),
        ("brick64", (GRAY, "extra=[{kind='channel_correlation'}]"), "extra: 'channel_correlation' is of color"),
        ("helium_jet", (GRAY,), "moments.kind: 'rectifiers' is of images: use 'spectra' for series"),
        ("brick64", waves("scale_steps=1"), "moments.scale_steps: pairs = 'pywph' has no such "
         "option; it takes translations, classes"),
        ("brick64", waves("pairs='zhang_mallat_b', scale_steps=1"), "no such option"),
        ("brick64", waves("translation=1"), "did you mean 'translations'?"),
        ("brick64", waves("pairs='pywhp'"), "did you mean 'pywph'?"),
        ("brick64", ("moments={kind='rectifiers', pairs='pywph'}",), "moments: these pairs are of phase harmonics"),
        ("brick64", waves("translations=-1"), "moments.translations: translations=-1 must be"),
        ("brick64", waves("weights={C02=1.0}"), "moments.weights.C02: no such rows; did you"),
        ("brick64", waves("weights={C01=-1.0}"), "moments.weights.C01: expected a number >="),
        ("brick64", waves("weights={C01='a'}"), "moments.weights.C01: expected float"),
        ("brick64", waves("weights=2.0"), "moments.weights: expected table"),
        ("brick64", waves("pairs='zhang_mallat_d', weights={S=2.0}"), "leave them out"),
        ("brick64", ("start={kind='white', std=-1.0}",), "start.std: std=-1.0 must be 0 or positive"),
        ("brick64", ("bank.J=9", "bank.kind=morlet", GRAY), "J=9 needs every side >= 512"),
    ],
)  # fmt: skip
def test_errors(source, sets, message):
    with pytest.raises(InputError) as caught:
        prepare(of(source, *sets))
    assert message in str(caught.value)
