"""Maps to stack beside the spectra of a series: scatspectra's marginals and histogram moments, increments of paths."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from scatjax import diagnostics, wavelets
from scatjax.domains import Periodic, Reflect, SymmetricOn
from scatjax.errors import InputError
from scatjax.moments import (
    IncrementMoments,
    IncrementQuantiles,
    Marginals,
    PowerSpectrum,
    Quantiles,
    ReturnHistogram,
    ScatteringMarginals,
    ScatteringSpectra,
    Stack,
)
from scatjax.moments.simple.increments import tail_edges, window_sums
from scatjax.synthesis import synthesize
from scatjax.wavelets import Decimated, ScatSpectra

from ..helpers import GOLDEN

FILE = GOLDEN / "scatspectra" / "spectra_1024.npz"
MIRROR = SymmetricOn(redone=True)


def golden(name: str) -> np.ndarray:
    """One stored array."""
    with np.load(FILE) as stored:
        return stored[name]


def peer_bank():
    """scatspectra's default bank at 1024 samples."""
    make = wavelets.battle_lemarie
    return make((1024,), J=6, constants=ScatSpectra(), oversampling="full", boundary=MIRROR)


def small_bank(boundary=MIRROR, family="battle_lemarie", **kw):
    """64 samples, 3 octaves."""
    return getattr(wavelets, family)((64,), J=3, oversampling="full", boundary=boundary, **kw)


@pytest.mark.golden
def test_marginals_of_the_peer(x64):
    x, want = golden("input__snp"), golden("snp_scat_marginal__y").reshape(-1)
    phi = ScatteringMarginals(peer_bank())
    for fitted in (phi, phi.fit(x)):
        got = np.asarray(jax.jit(fitted)(x).values)
        assert got.shape == (68,) and np.abs(got - want).max() <= 1e-12


@pytest.mark.golden
def test_fields_of_the_peer(x64):
    """S(t) at every eighth sample, phases too."""
    x, want = golden("input__snp"), golden("snp_Sx_time__every_8th")
    got = np.asarray(ScatteringMarginals(peer_bank()).fields(x))[:, ::8]
    assert np.abs(got - want.reshape(34, 128)).max() <= 1e-12 * np.abs(want).max()


@pytest.mark.golden
def test_marginals_stacked_on_spectra(x64):
    """Their "scat_marginal+scat_spectra" are rows of a Stack of two maps."""
    x, want = golden("input__snp"), golden("snp_scat_marginal_scat_spectra__y").reshape(-1)
    bank = peer_bank()
    phi = Stack((ScatteringSpectra(bank), ScatteringMarginals(bank, orders=(1,)))).fit(x)
    c = jax.jit(phi)(x)
    got = np.concatenate([np.asarray(c[kind]) for kind in ("Phi1", "mean", "V", "Phi2", "Phi3", "Phi4")])
    assert got.shape == (124,) and np.abs(got - want).max() <= 1e-12


@pytest.mark.golden
def test_histogram_moments_of_the_peer(x64):
    """The last 19 of its 116 numbers; 1e-7, the precision of its box sums (complex64)."""
    x, want = golden("input__snp"), golden("snp_hist_moments__y").reshape(-1)[-19:].real
    phi = ReturnHistogram(peer_bank()).fit(x)
    assert np.allclose(phi.frozen.scale[:6] ** 2, golden("snp_hist_moments__sigma2_dlnx").reshape(-1), rtol=1e-6)
    assert np.allclose(phi.frozen.scale[13:], golden("snp_hist_moments__sigma2_lnmW").reshape(-1), rtol=1e-6)
    got = np.asarray(jax.jit(phi)(x).values)
    assert np.abs(got - want).max() <= 1e-7
    assert np.allclose(jax.jit(phi)(x)["log modulus"], 0.1, rtol=1e-12)


class Slow:
    """Fields of both layers by explicit convolutions of the series and its mirror."""

    def __init__(self, bank, x):
        self.padded, self.T = bank.domain.is_padded, len(x)
        inner = list(np.asarray(bank.filters(), complex))
        outer = [*np.asarray(bank.layer(1).filters(), complex), bank.low_pass() + 0j]
        j1, j2 = bank.table["j"], np.append(bank.layer(1).table["j"], bank.layer(1).scales)
        self.W = [self.filtered(x, psi) for psi in [*inner, bank.low_pass() + 0j]]
        self.s = [np.sqrt(np.mean(np.abs(w) ** 2)) for w in self.W]
        pairs = [(n, m) for n in range(len(j1)) for m in range(len(j2)) if j1[n] <= j2[m]]
        V = [self.filtered(np.abs(self.W[n]) / self.s[n], outer[m]) for n, m in pairs]
        self.S = [w / s for w, s in zip(self.W, self.s, strict=True)] + V

    def filtered(self, x, psi):
        """x * psi on the canvas."""
        whole = np.concatenate([x, x[::-1]]) if self.padded else x
        return np.fft.ifft(np.fft.fft(whole) * psi)[: self.T]


BANKS = {
    "mirror": lambda: small_bank(),
    "periodic": lambda: small_bank(Periodic()),
    "octaves of 2 bands": lambda: small_bank(Q=2),
    "two banks": lambda: small_bank(Periodic(), Q=(2, 1)),
    "morlet": lambda: small_bank(family="morlet", Q=2),
    "haar": lambda: small_bank(Periodic(), family="haar"),
}


@pytest.mark.parametrize("make", BANKS.values(), ids=BANKS)
def test_marginals_slowly(make, rng, x64):
    bank, x = make(), rng.standard_t(4, size=64).cumsum()
    phi = ScatteringMarginals(bank, orders=(1, 1.5, 3))
    slow = Slow(bank, x)
    want = np.array([[np.mean(np.abs(S) ** q) for q in phi.orders] for S in slow.S])
    assert np.allclose(jax.jit(phi)(x).values, want.reshape(-1), rtol=1e-12)
    assert np.abs(np.asarray(phi.fields(x)) - slow.S).max() < 1e-12 * np.abs(slow.S).max()
    fitted = phi.fit(2 * x)
    assert np.allclose(jax.jit(fitted)(x).values, (want / 2.0 ** np.array(phi.orders)).reshape(-1), rtol=1e-12)
    assert np.allclose(2 * fitted.fields(x), phi.fields(x), rtol=0, atol=1e-12 * np.abs(slow.S).max())


@pytest.mark.parametrize("grids", [2, Decimated(octaves=2)], ids=str)
@pytest.mark.parametrize("boundary", [Periodic(), Reflect()], ids=["periodic", "reflect"])
def test_coarse_grids(boundary, grids, rng):
    """Moduli alias by 1e-3 on coarse grids, whatever the pad; the table is that of the full ones."""
    x = rng.standard_t(4, size=1024).astype("float32")
    banks = [wavelets.morlet((1024,), J=4, oversampling=g, boundary=boundary) for g in (grids, "full")]
    coarse, full = (ScatteringMarginals(bank) for bank in banks)
    assert coarse.table == full.table
    assert np.abs(np.asarray(jax.jit(coarse)(x).values) - jax.jit(full)(x).values).max() < 3e-3
    assert np.abs(np.asarray(coarse.fields(x)) - full.fields(x)).max() < 3e-2


@pytest.mark.parametrize("make", [BANKS["mirror"], BANKS["octaves of 2 bands"], BANKS["periodic"]])
def test_return_histogram_slowly(make, rng, x64):
    """Sums wrap on the canvas; the frozen scales are a target's."""
    bank, (x, target) = make(), rng.standard_t(4, size=(2, 64))
    c = jax.jit(ReturnHistogram(bank).fit(target))(x)
    slow, other = Slow(bank, target), Slow(bank, x)
    for j in range(3):
        d, own = (np.array([sum(y[t - i] for i in range(2**j)) for t in range(64)]) for y in (x, target))
        unit = d / np.sqrt(np.mean(own**2))
        assert np.isclose(c["asymmetry"][j], np.mean(1 / (1 + np.exp(-4 * unit))), rtol=1e-12)
        assert np.isclose(c["amplitude"][j], np.mean(np.abs(unit)) ** 2, rtol=1e-12)
    logs = lambda W: np.array([np.mean(np.log(np.abs(w) / s + 0.01) ** 2) for w, s in zip(W, slow.s, strict=True)])
    assert np.allclose(c["log modulus"], logs(other.W) / logs(slow.W) / 10, rtol=1e-12)


def path_increments(x, lag):
    """As the docstring has it, without JAX."""
    path = np.concatenate([[0], np.cumsum(x - x.mean())])
    return path[lag:] - path[:-lag]


@pytest.mark.parametrize("lag", [1, 2, 3, 7, 12, 64])
def test_window_sums(lag, rng, x64):
    x = rng.normal(size=64)
    want = [x[t : t + lag].sum() for t in range(65 - lag)]
    assert np.allclose(window_sums(jnp.asarray(x), lag), want, rtol=0, atol=1e-13)


def test_tail_edges():
    """No group is empty, the ends stand alone where three groups or more do, and groups grow inward on both sides."""
    for count, groups in itertools.product((2, 3, 7, 20, 21, 500, 4033), range(2, 34)):
        if groups > count:
            continue
        edges = tail_edges(count, groups)
        sizes = np.diff(edges)
        assert len(sizes) == groups and edges[0] == 0 and edges[-1] == count and sizes.min() > 0
        assert groups == 2 or sizes[0] == sizes[-1] == 1
        left = sizes[: groups // 2]
        assert (np.diff(left[:-1]) >= -1).all() and abs(left.sum() - sizes[::-1][: groups // 2].sum()) <= 1


def test_increment_quantiles(rng, x64):
    """Of the path and of the path of |x - <x>|, own deviations and frozen ones."""
    x, target = rng.standard_t(4, size=(2, 200))
    phi = IncrementQuantiles((200,), lags=(1, 3, 16), volatility=(2, 16), groups=9)
    own, frozen = jax.jit(phi)(x), jax.jit(phi.fit(target))(x)
    cases = [("increment", lag, lambda y: y) for lag in phi.lags]
    cases += [("volatility", lag, lambda y: np.abs(y - y.mean())) for lag in phi.volatility]
    for kind, lag, step in cases:
        rows = {"kind": f"{kind} quantile", "lag": lag}
        d = np.sort(path_increments(step(x), lag))
        edges = tail_edges(201 - lag, 9)
        means = np.array([d[a:b].mean() for a, b in itertools.pairwise(edges)])
        assert np.allclose(own.select(**rows).values, means / d.std(), rtol=1e-12, atol=1e-13)
        want = means / path_increments(step(target), lag).std()
        assert np.allclose(frozen.select(**rows).values, want, rtol=1e-12, atol=1e-13)
    assert np.allclose(jax.jit(phi)(x + 5).values, own.values, rtol=0, atol=1e-12), "the mean counts for nothing"


def test_increment_moments(rng, x64):
    """Skewness and kurtosis as scipy and `diagnostics` have them, and in units of the target's deviation."""
    x, target = rng.gamma(1.0, size=(2, 300))
    phi = IncrementMoments((300,), lags=(1, 5, 64))
    own, frozen = jax.jit(phi)(x), jax.jit(phi.fit(target))(x)
    for i, lag in enumerate(phi.lags):
        d, other = (diagnostics.path_increments(y, lag) for y in (x, target))
        assert np.isclose(own["increment skewness"][i], stats.skew(d), rtol=1e-11)
        assert np.isclose(own["increment kurtosis"][i], stats.kurtosis(d, fisher=False), rtol=1e-11)
        ratio = d.std() / other.std()
        assert np.isclose(frozen["increment kurtosis"][i], own["increment kurtosis"][i] * ratio**4, rtol=1e-11)


def test_another_length(rng, x64):
    """Groups keep their fractions: a series that is repeated has the same histogram at lag 1."""
    x = rng.standard_t(4, size=500)
    phi = IncrementQuantiles((500,), lags=(1,), volatility=(), groups=10).fit(x)
    longer = phi.at((1000,))
    assert np.array_equal(longer.frozen.scale, phi.frozen.scale)
    assert np.allclose(longer.vector(np.concatenate([x, x])), phi.vector(x), rtol=0, atol=1e-12)
    assert np.array_equal(longer.at((500,)).vector(x), phi.vector(x))
    with pytest.raises(InputError, match="finer than 250 samples can fill"):
        phi.at((250,))
    for other in (IncrementMoments((500,)), ScatteringMarginals(small_bank()), ReturnHistogram(small_bank())):
        assert other.fit(x[: other.shape[0]]).at((1000,)).shape == (1000,)


def test_one_point_maps_of_series(rng, x64):
    """`Marginals`, `Quantiles` and `PowerSpectrum` take one axis as they take two."""
    x = rng.gamma(1.0, size=60)
    w = 2 * np.pi * np.fft.fftfreq(60)
    smooth = np.fft.ifft(np.fft.fft(x - x.mean()) * np.exp(-((2 * w / np.pi) ** 2) / 2)).real
    c = jax.jit(Marginals((60,), J=1))(x)
    for j, y in enumerate((x - x.mean(), smooth)):
        assert np.isclose(c["kurtosis"][j], np.mean((y / y.std()) ** 4), rtol=1e-12)
        assert np.isclose(c["skewness"][j], np.mean((y / y.std()) ** 3), rtol=1e-12)
    groups = np.array_split(np.sort(x), 7)
    assert np.allclose(Quantiles((60,), 7)(x).values, [g.mean() / x.std(ddof=1) for g in groups], rtol=1e-12)
    want = diagnostics.power_spectrum(x, 5)[1]
    assert np.allclose(np.exp(PowerSpectrum((60,), 5)(x).values), want[~np.isnan(want)], rtol=1e-12)


@pytest.mark.golden
def test_tails_are_drawn(rng):
    """Spectra alone lose the kurtosis of 512 S&P returns (4.5 -> 3.4 to 3.8, 5 seeds); the quantiles hold it."""
    x = golden("input__snp")[:512].astype("float32")
    bank = wavelets.battle_lemarie((512,), J=3, oversampling="full", boundary=MIRROR)
    phi = Stack((ScatteringSpectra(bank), IncrementQuantiles((512,), (1, 4), (16,))), weights=(1, 0.07))
    r = synthesize(jax.random.key(0), phi, x, tolerance=6e-3, report=None)
    assert r.statuses() == ["converged"]
    for lag in (1, 4):
        drawn, target = (diagnostics.kurtosis(diagnostics.path_increments(y, lag)) for y in (r.fields[0], x))
        assert abs(drawn / target - 1) < 0.05, f"lag {lag}: kurtosis {drawn}, target {target}"


IMAGES = (8, 8)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: ScatteringMarginals(small_bank(), orders=()), "at least 1"),
        (lambda: ScatteringMarginals(small_bank(), orders=(0.5,)), "at least 1"),
        (lambda: ScatteringMarginals(small_bank(), channels=2), r"pass \(channel, time\) as a batch"),
        (lambda: ScatteringMarginals(wavelets.morlet(IMAGES, J=2, L=2)), "takes series"),
        (lambda: ScatteringMarginals(small_bank()).fit(np.ones(64)), "zero variance"),
        (lambda: ScatteringMarginals(small_bank()).fields(np.ones(63)), "has shape"),
        (lambda: ReturnHistogram(wavelets.morlet(IMAGES, J=2, L=2)), "takes series"),
        (lambda: ReturnHistogram(small_bank(), channels=3), "ScatteringSpectra.bank, channels=3"),
        (lambda: ReturnHistogram(small_bank()).fit(np.ones(64)), "zero variance"),
        (lambda: IncrementQuantiles(IMAGES), r"use \(time,\)"),
        (lambda: IncrementQuantiles((64,), channels=2), "one map a channel is not supported"),
        (lambda: IncrementQuantiles((64,)), "lags=.1, 4, 16, 64. must be different integers from 1 to 63"),
        (lambda: IncrementQuantiles((64,), lags=(1, 1)), "different integers from 1 to 63"),
        (lambda: IncrementQuantiles((64,), lags=()), "different integers from 1 to 63"),
        (lambda: IncrementQuantiles((64,), (1,), volatility=(1, 4)), "volatility=.1, 4. .* from 2 to 63"),
        (lambda: IncrementQuantiles((64,), (40,), ()), "from 2 to 25: so many are the increments"),
        (lambda: IncrementQuantiles((64,), (1,), (), groups=1), "from 2 to 64"),
        (lambda: IncrementQuantiles((64,), (1,), ()).fit(np.ones(64)), "zero variance"),
        (lambda: IncrementQuantiles((64,), (1,), ())(np.r_[np.ones(63), np.nan]), "NaN or Inf"),
        (lambda: IncrementMoments(IMAGES), r"use \(time,\)"),
        (lambda: IncrementMoments((64,), lags=(0,)), "different integers from 1 to 63"),
        (lambda: IncrementMoments((64,), (1,), channels=2), "takes one series"),
    ],
)
def test_errors(call, message):
    with pytest.raises(InputError, match=message):
        call()
