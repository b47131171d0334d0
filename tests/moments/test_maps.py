"""The other moment maps against NumPy or `diagnostics`, and what all maps share: stacks, ensembles, fits."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import diagnostics
from scatjax.errors import InputError
from scatjax.moments import (
    Bispectrum,
    ChannelCorrelation,
    Ensemble,
    Marginals,
    PowerSpectrum,
    Quantiles,
    ScatteringMeans,
    ScatteringSpectra,
    Stack,
    StructureFunctions,
    sparsity_and_shape,
)
from scatjax.wavelets import morlet

from ..helpers.reference import convolve


def test_structure_functions(rng, x64):
    """Roots of the moments of increments, over the deviation of the increments of the field or of the fit."""
    x, y = rng.gamma(1.0, size=(2, 12, 16))
    phi = StructureFunctions((12, 16), lags=(1, 5), orders=(1, 3, 4))
    for c, scale in ((phi(y), y), (phi.fit(x)(y), x)):
        for axis, lag, q, got in zip(*(c.table[n] for n in ("axis", "lag", "order")), c.values, strict=True):
            d, own = (np.roll(f, -lag, axis) - f for f in (y, scale))
            want = (np.abs(d) ** q).mean() ** (1 / q) / np.sqrt((own**2).mean())
            assert abs(float(got) - want) < 1e-12, (axis, lag, q)
    for lags, orders in (((), (2,)), ((7,), (2,)), ((1, 1), (2,)), ((1,), (0,))):
        with pytest.raises(InputError, match="must be"):
            StructureFunctions((12, 16), lags, orders)
    with pytest.raises(InputError, match="one image"):
        StructureFunctions((12,))


def test_marginals(rng, x64):
    """Mean, log variance, skewness and kurtosis after smoothing by exp(-(2^j w / pi)^2 / 2), j >= 1."""
    x = rng.gamma(1.0, size=(9, 12))
    c = jax.jit(Marginals((9, 12), J=2))(x)
    w = np.hypot(*np.meshgrid(*(2 * np.pi * np.fft.fftfreq(n) for n in x.shape), indexing="ij"))
    assert abs(float(c["mean/std"][0]) - x.mean() / x.std()) < 1e-13
    for j in range(3):
        smooth = convolve(x - x.mean(), np.exp(-((2**j * w / np.pi) ** 2) / 2) if j else np.ones_like(w)).real
        z = smooth / smooth.std()
        wanted = {"log variance": np.log(smooth.var()), "skewness": (z**3).mean(), "kurtosis": (z**4).mean()}
        for kind, want in wanted.items():
            assert abs(float(c[kind][j]) - want) < 1e-12, (kind, j)


@pytest.mark.parametrize("count", [1, 7, 63])
def test_quantiles(count, rng, x64):
    x = rng.normal(size=(7, 9))
    got = np.asarray(jax.jit(Quantiles((7, 9), count))(x).values)
    groups = np.array_split(np.sort(x.ravel()), count)
    assert np.abs(got - [g.mean() / x.std(ddof=1) for g in groups]).max() < 1e-14


@pytest.mark.parametrize("shape", [(16, 16), (15, 18), (20, 11)], ids=str)
def test_power_spectrum(shape, rng, x64):
    """exp of the rows is `diagnostics.power_spectrum`, bands without wave numbers left out."""
    x = rng.normal(size=shape).cumsum(0) + 5
    for bins in (3, 12):
        want = diagnostics.power_spectrum(x, bins)[1]
        c = jax.jit(PowerSpectrum(shape, bins))(x)
        assert np.array_equal(c.table["band"], np.flatnonzero(~np.isnan(want)))
        assert np.abs(np.exp(c.values) / want[~np.isnan(want)] - 1).max() < 1e-12


@pytest.mark.parametrize("shape", [(16, 16), (15, 18)], ids=str)
def test_bispectrum(shape, rng, x64):
    """The rows are `diagnostics.band_bispectrum`, sets that no triangle closes left out."""
    x = rng.gamma(1.0, size=shape).cumsum(0)
    sets, want = diagnostics.band_bispectrum(x, 4)
    c = jax.jit(Bispectrum(shape, 4))(x)
    kept = np.stack([c.table[f"band{i}"] for i in (1, 2, 3)], 1).tolist()
    place = [sets.tolist().index(s) for s in kept]
    assert len(place) > 8 and np.abs(np.asarray(c.values) - want[place]).max() < 1e-13
    left_out = np.delete(want, place)
    assert np.abs(left_out).max(initial=0) < 1e-13  # they are zero


@pytest.mark.parametrize("make", [lambda **kw: Quantiles((7, 9), 5, **kw), lambda **kw: PowerSpectrum((7, 9), 4, **kw)])
def test_channels_one_by_one(make, rng, x64):
    """Each channel has the rows that it has alone, own and frozen scales alike."""
    x, target = rng.gamma(1.0, size=(3, 7, 9)), rng.normal(size=(3, 7, 9))
    phi = make(channels=3)
    assert phi.table["channel"].tolist() == np.repeat(np.arange(3), len(phi.table) // 3).tolist()
    for fit in (lambda m, y: m, lambda m, y: m.fit(y)):
        got = np.asarray(jax.jit(fit(phi, target))(x).values).reshape(3, -1)
        alone = [np.asarray(fit(make(), y)(c).values) for c, y in zip(x, target, strict=True)]
        assert np.abs(got - np.stack(alone)).max() < 1e-13


def test_channel_correlation(rng, x64):
    """The energy is that of the whole 3 x 3 matrix, diagonal included, as ALPHA adds it to its loss."""

    def matrix(x):
        z = [(c - c.mean()) / c.std(ddof=1) for c in x]
        return np.array([[(a * b).sum() / a.size for b in z] for a in z])

    x, y = rng.gamma(1.0, size=(3, 7, 9)), rng.normal(size=(3, 7, 9))
    y[1] += 2 * y[0] + 5
    phi = ChannelCorrelation((7, 9), 3)
    assert np.abs(phi(y).values - matrix(y)[[0, 0, 1], [1, 2, 2]]).max() < 1e-14
    energy = float((phi.weights**2 * (phi(x).values - phi(y).values) ** 2).sum())
    assert abs(energy - ((matrix(x) - matrix(y)) ** 2).sum()) < 1e-13
    with pytest.raises(InputError, match="channel 2 of the target is constant"):
        phi.fit(np.stack([x[0], x[1], 0 * x[2]]))
    with pytest.raises(InputError, match="channel 1 of the target is constant"):  # to rounding
        ChannelCorrelation((7, 9), 2).fit(np.stack([x[0], 0 * x[1] + 0.1]).astype(np.float32))
    with pytest.raises(InputError, match="channels=1: one channel has no other"):
        ChannelCorrelation((7, 9), 1)


SCALED = [lambda: Marginals((9, 12), 1), lambda: Quantiles((9, 12), 5), lambda: Bispectrum((9, 12), 3)]


@pytest.mark.parametrize("make", SCALED)
def test_fit_freezes_the_scale(make, rng, x64):
    """A fitted map does not divide the amplitude out; its scale is the root of the stack's mean power."""
    x, target = rng.gamma(1.0, size=(9, 12)), rng.normal(size=(4, 9, 12))
    phi = make()
    own, fitted = jax.jit(phi), jax.jit(phi.fit(target))
    shapes = {"skewness": 3, "kurtosis": 4, "quantile": 1, "bispectrum": 3}
    for kind, power in shapes.items():
        if kind in phi.table["kind"]:
            assert np.allclose(own(2 * x)[kind], own(x)[kind], rtol=1e-12)
            assert np.allclose(fitted(2 * x)[kind], 2**power * fitted(x)[kind], rtol=1e-12)
    power = np.mean(jax.jit(jax.vmap(phi.power))(target), axis=0)
    assert np.allclose(phi.fit(target).frozen.scale, np.sqrt(power), rtol=1e-14) and not phi.fitted


@pytest.mark.parametrize("make", SCALED)
def test_constant_targets_are_refused(make):
    with pytest.raises(InputError, match="zero variance"):
        make().fit(np.full((9, 12), 3.3, np.float32))


def test_power_spectrums_floor(rng):
    """Before fit the floor is tiny; after, 1e-12 of the variance: log and gradient stay finite at a constant."""
    x = (5 * rng.normal(size=(16, 16))).astype(np.float32)
    phi = PowerSpectrum((16, 16), 4)
    fitted = phi.fit(x)
    at_zero = jax.jit(jax.value_and_grad(lambda y: fitted.vector(y).sum()))(jnp.zeros_like(x))
    assert np.allclose(at_zero[0], 4 * np.log(1e-12 * x.var()), rtol=1e-5) and np.isfinite(at_zero[1]).all()
    assert np.array_equal(fitted.vector(x), phi.vector(x))


def slow_means(x, psi):
    """S1, S2, P00, P11 with all angles."""
    J, L = psi.shape[:2]
    u = [[np.abs(convolve(x, psi[j, l])) for l in range(L)] for j in range(J)]
    pairs = [(i, j, a, b) for i in range(J) for j in range(i, J) for a in range(L) for b in range(L)]
    second = [np.abs(convolve(u[i][a], psi[j, b])) for i, j, a, b in pairs]
    return np.array([f.mean() for layer in u for f in layer]), np.array([f.mean() for f in second]), pairs, u, second


def test_scattering_means(rng, x64):
    bank = morlet((9, 12), J=2, L=2, oversampling="full")
    psi, x = bank.filters().reshape(2, 2, 9, 12), rng.normal(size=(9, 12))
    S1, S2, pairs, u, second = slow_means(x, psi)
    c = jax.jit(ScatteringMeans(bank, power=True))(x)
    assert np.abs(np.exp(c["log S1"]) - S1).max() < 1e-14 and np.abs(np.exp(c["log S2"]) - S2).max() < 1e-14
    assert np.abs(np.exp(c["log P11"]) - [(f**2).mean() for f in second]).max() < 1e-14
    assert np.abs(np.exp(c["log P00"]) - [(f**2).mean() for layer in u for f in layer]).max() < 1e-14
    rows = c.table.take(c.table.rows(kind="log S2"))
    assert list(zip(*(rows[n].tolist() for n in ("j1", "j2", "l1", "l2")), strict=True)) == pairs
    isotropic = jax.jit(ScatteringMeans(bank, isotropic=True))(x)
    for row in isotropic.table.rows(kind="log S2"):
        i, j, d = (int(isotropic.table[n][row]) for n in ("j1", "j2", "l2"))
        want = np.mean([S2[pairs.index((i, j, t, (t + d) % 2))] for t in range(2)])
        assert abs(float(jnp.exp(isotropic.values[row])) - want) < 1e-14
    s21, s22 = sparsity_and_shape(isotropic)
    first, S2i = np.exp(isotropic["log S1"]), np.exp(isotropic["log S2"]).reshape(3, 2)
    assert np.allclose(s21, S2i.mean(1) / first[[0, 0, 1]], rtol=1e-13)
    assert np.allclose(s22, S2i[:, 0] / S2i[:, 1], rtol=1e-13)


@pytest.fixture(scope="module")
def stack():
    """Two maps weighted 1 and 0.5, and a field."""
    maps = [ScatteringSpectra(morlet((16, 16), J=1, L=1), isotropic=True), Quantiles((16, 16), 4)]
    return maps, Stack(maps, weights=(1, 0.5)), np.random.default_rng(2).normal(size=(16, 16)).astype(np.float32)


def test_stack(stack):
    maps, phi, x = stack
    c, first, second = (jax.jit(m)(x) for m in (phi, *maps))
    n = len(first.table)
    assert np.allclose(c.values, np.concatenate([first.values, second.values]), rtol=1e-5, atol=1e-6)
    assert phi.table["map"].tolist() == [0] * n + [1] * 4 and phi.weights.tolist() == [1.0] * n + [0.5] * 4
    assert np.allclose(c.select(map=1).values, second.values, rtol=1e-6)
    assert Stack([phi, phi], weights=[2.0, 1]).weights[n] == 1.0  # 2 * .5


def test_stack_is_fitted_as_a_whole(stack):
    maps, phi, x = stack
    fitted = phi.fit(x)
    assert fitted.fitted and not phi.fitted and all(m.fitted for m in fitted.maps)
    assert fitted.factors == (1.0, 0.5)
    assert np.allclose(fitted.reference_variance, x.var(ddof=1), rtol=1e-5)
    assert phi.at((32, 24)).shape == (32, 24) and Stack([Quantiles((4, 4), 2)]).reference_variance is None
    with pytest.raises(InputError, match="zero variance"):
        phi.fit(0 * x)


def test_mean_over_an_ensemble(stack):
    maps, _, x = stack
    members = np.stack([x, x[::-1], 2 * x])
    phi = Ensemble(maps[0], 3).fit(x)
    each = jax.jit(maps[0].fit(x).vector)(members)
    assert phi.fitted and phi.channels == 3 and phi.table == maps[0].table
    assert np.allclose(jax.jit(phi)(members).values, each.mean(0), rtol=1e-4, atol=1e-5)
    with pytest.raises(InputError, match="with channels is not supported"):
        Ensemble(ScatteringSpectra(morlet((16, 16), J=2, L=2), channels=2), 3)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: Stack([]), "holds 0 maps"),
        (lambda: Stack([Quantiles((4, 4), 2)], weights=(1, 2)), "1 maps, 2 weights: give one weight a map"),
        (lambda: Stack([Quantiles((4, 4), 2), Quantiles((4, 5), 2)]), "build them alike"),
        (lambda: Quantiles((4, 4), 17), "between 1 and the number of pixels, 16"),
        (lambda: Quantiles((4, 4), 0), "count=0 must be"),
        (lambda: Marginals((4, 4), 3), "use J <= 2"),
        (lambda: PowerSpectrum((16, 16), 0), "at least one bin"),
        (lambda: PowerSpectrum((16, 16)).at((8, 8)), "leave it out of maps"),
        (lambda: Bispectrum((16, 16)).at((8, 8)), "leave it out"),
        (lambda: Bispectrum((2, 2), 9), "holds no triangle in 9 bands"),
        (lambda: Quantiles((4, 4), 2)(np.ones((5, 4))), r"expected \(..., 4, 4\) for y x"),
        (lambda: Quantiles((4, 4), 2)(np.ones((4, 4), int)), "convert it to float32 first"),
    ],
)
def test_errors_name_the_remedy(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_rebuilt_maps_retrace_nothing(rng):
    """Tables and pairs are equal by digest: a map built anew runs the same program."""
    traces = []

    @eqx.filter_jit
    def call(phi, x):
        traces.append(1)
        return phi(x)

    x = rng.normal(size=(16, 16)).astype(np.float32)
    make = lambda: ScatteringSpectra(morlet((16, 16), J=1, L=2), isotropic=True)
    call(make(), x)
    call(make(), x)
    assert len(traces) == 1
    call(make().fit(x), x)
    call(make().fit(2 * x), x)  # another normalization is another leaf
    assert len(traces) == 2


def test_vector_is_values(stack):
    _, phi, x = stack
    batch = np.stack([x, -x]).reshape(2, 1, 16, 16)
    got = jax.jit(phi.vector)(batch)
    assert got.shape == (2, 1, len(phi.table)) and np.allclose(got, jax.jit(phi)(batch).values, rtol=1e-5, atol=1e-6)
