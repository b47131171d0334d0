"""Index sets as data: counts of the published ones before anything is computed, and what is done with a Gamma."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import synthesize
from scatjax.errors import InputError
from scatjax.moments import Gamma, PhaseHarmonics, RectifierCovariances
from scatjax.moments.covariances import pairs
from scatjax.moments.covariances.pairs import Norm
from scatjax.wavelets import bump_steerable, morlet


@functools.cache
def bank(J, L, family=bump_steerable):
    """A small canvas that holds J octaves."""
    side = max(2**J, 64 if J == 5 else 16)
    return family((side, side), J=J, L=L)


def shaped(gamma, J, L, channels=None):
    """Coefficients of a set from `eval_shape` alone."""
    make, family = (PhaseHarmonics, bump_steerable) if gamma.phases is None else (RectifierCovariances, morlet)
    phi = make(bank(J, L, family), gamma, channels=channels)
    shape = ((channels,) if channels else ()) + phi.shape
    return jax.eval_shape(phi, jax.ShapeDtypeStruct(shape, jnp.float32))


def count(gamma, *args):
    """(complex numbers, real numbers)."""
    c = shaped(gamma, *args)
    assert c.values.shape == (len(c.table),)
    return int((c.table["part"] != "im").sum()), len(c.table)


PYWPH = {
    (4, 4, 0): 168 + 9,
    (4, 4, 2): 936 + 9,
    (5, 4, 0): 260 + 9,
    (5, 4, 2): 1508 + 9,
    (6, 4, 2): 2228 + 9,
    (7, 4, 2): 3096 + 9,
    (7, 4, 5): 6104 + 9,
    (8, 4, 2): 4112 + 12,
    (6, 8, 2): 4936 + 9,
}


@pytest.mark.parametrize("J, L, dn", PYWPH)
def test_counts_of_pywph(J, L, dn):
    gamma = pairs.pywph(J, L, dn)
    assert count(gamma, J, L)[0] == PYWPH[J, L, dn] == len(gamma)
    assert len(gamma.select(kind="L")) == 3 * (J // 4 + 2)


def test_counts_of_complex_maps():
    for (J, dn), want in {(4, 0): 544 + 12, (7, 2): 7340 + 12}.items():
        assert count(pairs.pywph(J, 4, dn, complex_map=True), J, 4, 2)[0] == want
    assert count(pairs.pywph_cross(4, 4), 4, 4, 2)[0] == 304 + 12


@pytest.mark.parametrize("step", range(6))
def test_counts_of_mallat_zhang_rochette(step):
    real = (5890, 17426, 27314, 35714, 42434, 47474)[step]
    without_means = (3457, 9505, 14689, 19009, 22465, 25057)[step]
    assert count(pairs.mallat_zhang_rochette(8, 8, step), 8, 8)[1] == real
    assert len(pairs.mallat_zhang_rochette(8, 8, step, means=False)) == without_means


def test_counts_of_zhang_mallat():
    """2.3 to 16.7 per cent of the pixels; D and D' in Fourier over angles."""
    for make, real in ((pairs.zhang_mallat_a, 2335), (pairs.zhang_mallat_b, 6895), (pairs.zhang_mallat_c, 10927)):
        assert count(make(), 5, 8)[1] == real
    assert [count(make(), 5, 8)[0] for make in (pairs.zhang_mallat_b, pairs.zhang_mallat_c)] == [4415, 6719]
    assert count(pairs.zhang_mallat_d(), 5, 8)[1] == 769
    assert count(pairs.zhang_mallat_d(scale_steps=5), 5, 8)[1] == 1345


@pytest.mark.parametrize(
    "options, want",
    [
        (dict(scale_steps=2), 28416),
        (dict(scale_steps=4), 35520),
        (dict(scale_steps=1), 21312),
        (dict(right_phases=4), 113664),
        (dict(all_shifts=False), 3648),
    ],
)
def test_counts_of_gray_textures(options, want):
    assert count(pairs.alpha_gray(**options), 5, 4) == (want + 4 * 37,) * 2


@pytest.mark.parametrize("every, want", [(False, 112320), (True, 319680)])
def test_counts_of_color_textures(every, want):
    gamma = pairs.alpha_color(all_shifts=every)
    assert len(gamma) == want + 18 * 37
    assert every or count(gamma, 5, 4, 3)[1] == len(gamma)


def test_models_are_subsets():
    """B is C without the next scale; model A's rows are among B's."""
    B, C = pairs.zhang_mallat_b(), pairs.zhang_mallat_c()
    assert B.rows == C.drop(kind="C").rows and B == pairs.zhang_mallat_c(scale_steps=0)
    names = [set(gamma.table().names()) for gamma in (pairs.zhang_mallat_a(), B)]
    assert names[0] < names[1]


def test_legacy_shifts():
    """3 n 2^j2 samples, as far as the scale allows."""
    gamma = pairs.pywph(4, 4, 2, legacy=True).select(kind="S11")
    length = np.hypot(gamma.rows["dy"], gamma.rows["dx"])
    for j, most in enumerate((2, 2, 1, 0)):
        got = np.unique(np.rint(length[gamma.rows["j1"] == j] / (3 * 2**j)))
        assert got.tolist() == list(range(most + 1))


def test_a_gamma_is_edited():
    gamma = pairs.pywph(3, 4, 1)
    some = gamma.select(kind=["S11", "C01"], j1=0)
    assert len(some) and set(some.rows["kind"]) == {"S11", "C01"} and not some.rows["j1"].any()
    assert len(gamma.drop(kind="L")) + len(gamma.select(kind="L")) == len(gamma)
    whole = gamma.drop(kind="L") + gamma.select(kind="L")
    assert whole == gamma and hash(whole) == hash(gamma) and whole != gamma.weighted(C01=2.0)
    heavy = gamma.weighted(C01=2.0, L=0.5)
    assert heavy.drop(kind="L").weights == {"C01": 2.0} and (heavy + some).weights == heavy.weights
    phi = PhaseHarmonics(bank(3, 4), heavy)
    kinds = phi.table["kind"]
    assert set(phi.weights[kinds == "C01"]) == {2.0} and set(phi.weights[kinds == "S11"]) == {1.0}
    assert gamma.replace(norm=Norm(divide=False)).rows == gamma.rows != some.rows
    assert repr(gamma.take(slice(0, 2))) == "Gamma(2 covariances, 3 real numbers: S11 2)"


def test_low_passes_are_of_the_set_that_has_them():
    """Sum of sets: rows of a low-pass are filtered as in the set that they are from."""
    pywph, zhang = pairs.pywph(3), pairs.zhang_mallat_b(3, 4)
    assert (zhang.drop(kind="low") + pywph.select(kind="L")).low == pywph.low
    assert (pywph.drop(kind="L") + zhang.select(kind="low")).low == zhang.low
    with pytest.raises(InputError, match="other low-passes"):
        Gamma(band2="low", k2=1) + pywph


def test_coefficients_are_selected(rng):
    """By kind and by shift, complex where the kind is."""
    phi = PhaseHarmonics(bank(2, 4), pairs.pywph(2, 4, 1, classes=["S11", "S00", "C01"]))
    c = jax.jit(phi)(rng.normal(size=(16, 16)).astype(np.float32))
    assert c["S11"].shape == (8 * 5,) and c["S11"].dtype == jnp.complex64 and c["S00"].dtype == jnp.float32
    moved = c.select(kind="S11", shift="0,2")
    assert moved.values.size and set(moved.table["shift"]) == {"0,2"} and set(moved.table["part"]) == {"re", "im"}
    assert np.array_equal(c.select(kind="C01", j1=0, part="re").values, c.select(kind="C01", j1=0)["C01"].real)


def test_a_new_set_is_data(rng):
    """A new set in six lines: powers, modulus variances, means and a shift of two angles; the synthesis meets them."""
    l = np.array([0, 2])
    gamma = Gamma(kind="power", k1=1, k2=1, l1=l, l2=l)
    gamma = gamma + Gamma(kind="sparse", k1=0, k2=0, l1=l, l2=l)
    gamma = gamma + Gamma(kind="mean", l1=l, k1=0, band2="one")
    gamma = gamma + Gamma(kind="shift", k1=1, k2=1, dx=2)
    target = rng.gamma(0.3, size=(16, 16)).astype(np.float32)
    phi = PhaseHarmonics(bump_steerable((16, 16), J=2, L=4), gamma).fit(target)
    result = synthesize(jax.random.key(0), phi, target, max_steps=60, report=None)
    x = result.fields[0]
    gap = lambda y: float(np.abs(phi(y).values - phi(target).values).max())
    assert gap(x) < 1e-2 < 0.1 < gap(rng.normal(size=(16, 16)).astype(np.float32))
    assert np.corrcoef(np.ravel(x), target.ravel())[0, 1] < 0.9


BAD = {
    "no column": lambda: Gamma(kind="C", j3=1),
    "columns of lengths": lambda: Gamma(j1=[0, 1], j2=[0, 1, 2]),
    "holds integers": lambda: Gamma(j1=0.5),
    "holds names": lambda: Gamma(kind=[1, 2]),
    "no band": lambda: Gamma(band1="phi"),
    "start at 0": lambda: Gamma(j1=-1),
    r"k=300 is above 256": lambda: Gamma(k1=300),
    r"k = 0 \(their modulus\) or 1": lambda: Gamma(band1="low", k1=2),
    "weights >= 0 to kinds of": lambda: pairs.pywph(3).weighted(C02=1.0),
    "finite weights >= 0": lambda: pairs.pywph(3).weighted(C01=float("nan")),
    "do not mix": lambda: pairs.pywph(3) + pairs.alpha_gray(3),
    "other low-passes": lambda: pairs.pywph(3) + pairs.zhang_mallat_b(3),
    "choose from": lambda: pairs.pywph(3, classes=["S12"]),
    "of real maps": lambda: Gamma(complex_map=True, norm=Norm(low="target")),
    "`floor` finite and >= 0": lambda: Norm(floor=-1.0),
    "flip is 1 where": lambda: Gamma(flip=2),
    "phases=0 must be an integer of at least 1": lambda: Gamma(phases=0),
    "over 2L angles a rectifier": lambda: Gamma(phases=4, norm=Norm(pooled=True)),
    "for L=.4, 8. angles": lambda: pairs.zhang_mallat_b(3, 4) + pairs.zhang_mallat_b(3, 8),
    "J=0 must": lambda: pairs.alpha_gray(0),
    "L=0 must": lambda: pairs.zhang_mallat_c(3, 0),
    "translations=-1 must": lambda: pairs.pywph(3, translations=-1),
    "there are A=4 phases": lambda: pairs.alpha_gray(2, right_phases=5),
    "of two scales; take J >= 2": lambda: pairs.pywph(1, classes=["C01"]),
    "between 0 and L": lambda: pairs.zhang_mallat_b(3, 4, angle_steps=5),
}


@pytest.mark.parametrize("message", BAD)
def test_bad_sets_name_the_remedy(message):
    with pytest.raises(InputError, match=message):
        BAD[message]()


def test_rebuilt_sets_retrace_nothing(rng):
    """A map built anew, another target and another scale run the same program."""
    traces = []

    @eqx.filter_jit
    def call(phi, x):
        traces.append(1)
        return phi.vector(x)

    x, mask = rng.normal(size=(2, 16, 16)).astype(np.float32), np.arange(256).reshape(16, 16) > 0
    make = lambda: PhaseHarmonics(bank(2, 4), pairs.pywph(2, classes=["S11"]), mask=mask)
    for target in x:
        call(make().fit(target), x[0])
    assert len(traces) == 1


TYPES = {
    "one of .'target', 'own'.": lambda: Norm(center="mean"),
    "pass a Norm": lambda: Gamma(norm=None),
    "phases=1.5 must be an integer": lambda: Gamma(phases=1.5),
    "give finite weights": lambda: pairs.pywph(3).weighted(C01="two"),
    "pass a bank, as": lambda: PhaseHarmonics(bank(2, 4), "pywph"),
    "and pairs, as": lambda: PhaseHarmonics((16, 16), pairs.pywph(2)),
}


@pytest.mark.parametrize("message", TYPES)
def test_things_of_another_type_name_the_remedy(message, unchecked):
    with pytest.raises(InputError, match=message):
        TYPES[message]()


def test_phases_that_turn_too_fast_have_no_rows():
    """pywph's k = 2^(j2 - j1) is 512 at J = 10: such rows lose their digits and are left out."""
    k = pairs.pywph(J=10, L=4, classes=["Cphase"]).rows["k2"]
    assert k.max() == 256 and len(k) == 4 * (45 - 1)
