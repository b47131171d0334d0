"""Spectra, histograms, increments and Minkowski functionals against closed forms and independent formulas."""

import jax
import numpy as np
import pytest
from scipy import ndimage, signal, stats

from scatjax import diagnostics as d
from scatjax.domains import bands as domain
from scatjax.errors import InputError
from scatjax.fields import gaussian, read

X = read("vorticity").astype(np.float64)
R = np.random.default_rng(7).standard_t(4, 2048)


@pytest.mark.parametrize("shape", [(64, 64), (32, 64), (128,), (16, 16, 16)], ids=str)
def test_power_of_one_wave_is_in_its_band(shape):
    longest = max(shape)
    axis = shape.index(longest)
    along = np.arange(longest).reshape([-1 if a == axis else 1 for a in range(len(shape))])
    x = np.cos(2 * np.pi * 5 * along / longest) + np.zeros(shape)
    k, power = d.power_spectrum(x, bins=6)
    edges = domain.log_edges(longest, 6)
    band = np.searchsorted(edges, 5, side="right") - 1
    members = ((domain.wavenumbers(shape) >= edges[band]) & (domain.wavenumbers(shape) < edges[band + 1])).sum()
    assert np.isclose(power[band], x.size / 2 / members), f"{power[band]} in band {band}"
    others = np.delete(power, band)
    assert others[~np.isnan(others)].max() < 1e-20 and edges[band] <= k[band] < edges[band + 1]


def test_power_spectrum_is_that_of_the_law():
    law = lambda k: (k * 64) ** -2.0
    fields = [np.asarray(gaussian(key, (64, 64), law)) for key in jax.random.split(jax.random.key(0), 30)]
    got = np.mean([d.power_spectrum(x)[1] for x in fields], axis=0)
    masks = domain.bands((64, 64), domain.log_edges(64, 10))
    expected = domain.bin_means(
        np.where(domain.wavenumbers((64, 64)) > 0, law(np.maximum(domain.wavenumbers((64, 64)), 1) / 64), 0), masks
    )
    sigma = 1 / np.sqrt(30 * masks.sum((1, 2)) / 2)
    assert (np.abs(got / expected - 1) < 6 * sigma).all(), got / expected


def test_power_ratio_in_decibels():
    assert np.allclose(d.power_ratio(X, 2 * X + 3), (20 * np.log10(2),) * 2)
    assert d.decibels(np.array([1.0, 1.0]), np.array([10.0, 1.0])) == (np.sqrt(50), 10.0)


def test_welch_is_scipys_but_for_the_mean():
    k, power = d.welch(R)
    _, true = signal.welch(R - R.mean(), window=np.hanning(512), nperseg=512, detrend=False, return_onesided=False)
    true = true[:257] * (np.hanning(512) ** 2).sum()
    edges = np.unique(np.round(np.logspace(0, np.log10(257), 11))).astype(int)
    expected = [true[a:b].mean() for a, b in zip(edges[:-1], edges[1:], strict=True)]
    assert np.allclose(power, expected, rtol=1e-12) and k[0] == 1.0


def test_surrogates_keep_the_periodogram_and_lose_the_rest():
    s = d.surrogate(jax.random.key(0), X)
    assert np.allclose(d.periodogram(s), d.periodogram(X), atol=1e-8 * d.periodogram(X).max())
    assert np.isclose(s.mean(), X.mean()) and np.isclose(s.std(), X.std())
    assert d.kurtosis_over_lags(X, (1,))[0] > 4.4 and d.kurtosis_over_lags(s, (1,))[0] < 3.5
    assert not np.allclose(s, d.surrogate(jax.random.key(1), X))


def test_wasserstein_against_scipy_and_a_shift():
    y = np.random.default_rng(1).gamma(2.0, size=5000)
    z = np.random.default_rng(2).normal(size=3000)
    assert np.isclose(d.wasserstein(y, z), stats.wasserstein_distance(y, z) / y.std(), rtol=2e-3)
    assert np.isclose(d.wasserstein(y, y - 0.3 * y.std()), 0.3) and d.wasserstein(y, y[::-1]) == 0


def test_moments_against_scipy():
    y = np.random.default_rng(3).gamma(2.0, size=(40, 50))
    assert np.isclose(d.skewness(y), stats.skew(y.ravel())) and np.isclose(d.kurtosis(y), stats.kurtosis(y.ravel()) + 3)
    assert np.isclose(d.std_ratio(y, 3 * y + 1), 3)


@pytest.mark.parametrize("width", [1, 2.0, 4])
def test_smoothing_is_a_gaussian_blur(width):
    expected = ndimage.gaussian_filter(X, width, mode="wrap", truncate=8)
    assert np.abs(d.smooth(X, width) - expected).max() < 2e-3
    assert np.isclose(d.smooth(X, width).mean(), X.mean())


def test_increments_and_structure_functions_by_loops():
    x = np.random.default_rng(4).normal(size=(5, 6))
    for lag in (1, 3):
        loops = [x[(i + lag) % 5, j] - x[i, j] for i in range(5) for j in range(6)]
        loops += [x[i, (j + lag) % 6] - x[i, j] for i in range(5) for j in range(6)]
        assert np.allclose(np.sort(d.increments(x, lag).ravel()), np.sort(loops))
        expected = [np.mean(np.abs(loops) ** q) for q in (0.5, 1, 2)]
        assert np.allclose(d.structure_functions(x, (0.5, 1, 2), (lag,))[:, 0], expected)
    assert np.allclose(d.structure_error(x, 2 * x, (1, 2), (1, 2)), (1, 3))
    assert np.isclose(d.kurtosis_over_lags(x, (2,))[0], stats.kurtosis(d.increments(x, 2).ravel()) + 3)
    near = d.increments(x, 1)
    half = 0.5 * np.abs(np.quantile(near, (np.arange(2000) + 0.5) / 2000)).mean() / near.std()
    assert np.isclose(d.increment_wasserstein(x, 1.5 * x, (1,))[0], half)


def test_second_structure_function_is_the_power_spectrum():
    """S_2(l) = (2/N) sum_k P(k) (1 - cos(2 pi f l)) along each axis."""
    power = d.periodogram(X) / X.size
    f = np.fft.fftfreq(128)
    for lag in (1, 5):
        weight = 1 - np.cos(2 * np.pi * f * lag)
        expected = (power * weight[:, None]).sum() + (power * weight[None]).sum()
        assert np.isclose(d.structure_functions(X, (2,), (lag,))[0, 0], expected)


def test_minkowski_of_shapes():
    """A disc, a ring and a pair of squares: area, boundary and Euler characteristic by hand."""
    ring = np.zeros((16, 16))
    ring[3:8, 3:8] = 1
    ring[5, 5] = 0
    assert np.allclose(d.minkowski(ring, [1.0])[:, 0] * 256, (24, 24, 0))
    two = np.zeros((16, 16))
    two[1:3, 1:3] = two[8:10, 8:12] = 1
    assert np.allclose(d.minkowski(two, [1.0])[:, 0] * 256, (12, 20, 2))


def test_minkowski_euler_characteristic_is_components_minus_holes():
    z = d.smooth(X, 1)
    z[0], z[:, 0] = z.min(), z.min()  # no set wraps around
    for level in (0.5, 1.5):
        b = (z - z.mean()) / z.std() > level
        components = ndimage.label(b)[1]
        holes = ndimage.label(~b, np.ones((3, 3)))[1] - 1
        assert np.isclose(d.minkowski(z, [level])[2, 0] * z.size, components - holes)


def test_minkowski_of_white_noise_has_its_closed_form():
    n = 512
    x = np.random.default_rng(5).standard_normal((n, n))
    levels = np.array([-1.0, 0.0, 1.0, 2.0])
    p = stats.norm.sf(levels)
    expected = np.stack([p, 4 * p * (1 - p), p - 2 * p**2 + p**4])
    assert np.abs(d.minkowski(x, levels) - expected).max() < 6 * 2 / n, d.minkowski(x, levels) - expected


def test_minkowski_error_is_relative_to_the_target():
    y = np.random.default_rng(6).standard_normal(X.shape)
    a, b = d.minkowski(X), d.minkowski(y)
    assert np.allclose(
        d.minkowski_error(X, y), [np.sqrt(((u - v) ** 2).sum() / (u**2).sum()) for u, v in zip(a, b, strict=True)]
    )


def test_path_increments_and_errors_by_loops():
    path = [0.0]
    for r in R - R.mean():
        path.append(path[-1] + r)
    for lag in (1, 64, len(R)):
        expected = [path[t + lag] - path[t] for t in range(len(path) - lag)]
        assert np.allclose(d.path_increments(R, lag), expected)
    assert np.allclose(d.path_structure_error(R, 3 * R), (2, 8, 26, 80))


def test_volatility_and_leverage_by_loops():
    a = np.abs(R) - np.abs(R).mean()
    n = len(R)
    rho = [np.mean([a[t] * a[t + tau] for t in range(n - tau)]) / (a**2).mean() for tau in (1, 2, 3)]
    lev = [np.mean([R[t] * R[t + tau] ** 2 for t in range(n - tau)]) / R.std() ** 3 for tau in (1, 2, 3)]
    assert np.allclose(d.volatility_autocorrelation(R, 3), rho) and np.allclose(d.leverage(R, 3), lev)
    assert np.isclose(d.leverage(R[::-1], 1)[0], np.mean(R[1:] * R[:-1] ** 2) / R.std() ** 3)


@pytest.mark.parametrize(
    "call, word",
    [
        (lambda: d.power_spectrum(np.arange(4)), "float"),
        (lambda: d.periodogram(np.full(4, np.nan)), "NaN"),
        (lambda: d.kurtosis(np.ones(4)), "constant"),
        (lambda: d.wasserstein(np.ones(4), R), "target is constant"),
        (lambda: d.power_ratio(X, X[1:]), "one shape"),
        (lambda: d.minkowski(R), "(y, x)"),
        (lambda: d.minkowski(np.stack([X, X])), "one field at a time"),
        (lambda: d.increments(X, 128), "between 1 and 127"),
        (lambda: d.structure_error(np.ones((17, 17)), X[:17, :17]), "leave that lag out"),
        (lambda: d.path_increments(X, 1), "one field (x)"),
        (lambda: d.leverage(R, 5000), "2047"),
        (lambda: d.welch(R[:100]), "segment=512"),
        (lambda: d.compare(X, X[:16, :16]), "one shape"),
        (lambda: d.compare(X[:16, :16], X[:16, :16]), "at least 17"),
        (lambda: d.bispectrum(np.ones((8, 8))), "constant"),
        (lambda: d.band_bispectrum(np.random.default_rng(0).normal(size=(6, 6)), 9), "fewer bins"),
    ],
)
def test_unusable_input_names_the_remedy(call, word):
    with pytest.raises(InputError) as caught:
        call()
    assert word in str(caught.value)


def test_float32_and_jax_arrays_are_taken():
    x = jax.numpy.asarray(X, "float32")
    assert np.isclose(d.kurtosis(x), d.kurtosis(X), rtol=1e-6)
    assert d.increments(x, 1).dtype == np.float64
