"""Statistics of series of returns and their bootstrap errors, against closed forms and independent formulas."""

import numpy as np
import pytest
from scipy import optimize, signal, stats

from scatjax import diagnostics as d
from scatjax.errors import InputError

R = 0.01 * np.random.default_rng(7).standard_t(4, 2048)


def autoregressive(rng: np.random.Generator, phi: float, length: int) -> np.ndarray:
    return signal.lfilter([1], [1, -phi], rng.standard_normal(length + 200))[200:]


def test_histogram_by_counting():
    edges = np.linspace(-2, 3, 11)
    held = d.increment_histogram(R, (1, 8), edges)
    for row, lag in enumerate((1, 8)):
        z = d.path_increments(R, lag)
        z = (z - z.mean()) / z.std()
        counts = [((z >= a) & (z < b)).sum() for a, b in zip(edges[:-1], edges[1:], strict=True)]
        np.testing.assert_allclose(held.density[row], np.array(counts) / len(z) / 0.5)
    fine = np.linspace(-2, 3, 10_001)
    averages = stats.norm.pdf((fine[1:] + fine[:-1]) / 2).reshape(10, -1).mean(1)
    np.testing.assert_allclose(held.gaussian, averages, rtol=1e-6)
    np.testing.assert_allclose(held.centers, np.arange(10) / 2 - 1.75)


@pytest.mark.parametrize(
    "draw, skewness, kurtosis",
    [("laplace", 0, 6), ("standard_exponential", 2, 9), ("standard_normal", 0, 3)],
)
def test_moments_of_sums_of_independent_returns(draw, skewness, kurtosis):
    """Cumulants add: skewness falls as l^-1/2, excess kurtosis as 1/l."""
    lags = (1, 2, 4, 8, 16)
    rng = np.random.default_rng(3)
    paths = [getattr(rng, draw)(size=20_000) for _ in range(30)]
    for statistic, expected in (
        (d.path_skewness, skewness / np.sqrt(lags)),
        (d.path_kurtosis, 3 + (kurtosis - 3) / np.array(lags)),
    ):
        got = np.array([statistic(r, lags) for r in paths])
        error = got.std(0, ddof=1) / np.sqrt(len(paths))
        bias = 4 * np.array(lags) / 20_000
        assert (np.abs(got.mean(0) - expected) < 4 * error + bias).all(), (got.mean(0), expected, error)
    assert np.isclose(d.path_kurtosis(R, (3,))[0], stats.kurtosis(d.path_increments(R, 3), fisher=False))
    assert np.isclose(d.path_skewness(R, (3,))[0], stats.skew(d.path_increments(R, 3)))


def test_smile_by_loops_calls_and_a_root_finder():
    """The reference prices every strike as a call and inverts scipy's normal law by brentq."""
    points, maturity = (-1.5, -0.5, 0.0, 1.0), 5
    moves = np.array([(R[t : t + maturity] - R.mean()).sum() for t in range(len(R) + 1 - maturity)])
    z = np.exp(moves) / np.exp(moves).mean()
    expected = []
    for point in points:
        strike = np.exp(point * R.std() * maturity**0.5)
        price = np.maximum(z - strike, 0).mean()

        def gap(sigma, strike=strike, price=price):
            s = sigma * maturity**0.5
            near = -np.log(strike) / s + s / 2
            return stats.norm.cdf(near) - strike * stats.norm.cdf(near - s) - price

        expected.append(optimize.brentq(gap, 1e-4, 1.0, xtol=1e-14))
    np.testing.assert_allclose(d.smile(R, (maturity,), points)[0], expected, rtol=1e-9)
    np.testing.assert_allclose(d.smile(R, (maturity,), points, sampling_rate=252)[0], np.sqrt(252) * np.array(expected))


def test_smile_of_gaussian_returns_is_flat_at_sigma():
    """100 paths of 8192: within 4 standard errors, and the bias T/2N of a path whose mean is removed."""
    rng, maturities = np.random.default_rng(0), (1, 5, 20)
    paths = [0.3 + 0.02 * rng.standard_normal(8192) for _ in range(100)]
    got = np.array([d.smile(r, maturities, (-1.5, -0.5, 0, 1, 1.5)) for r in paths])
    error = got.std(0, ddof=1) / 10
    gap = got.mean(0) - 0.02 * (1 - np.array(maturities) / 2 / 8192)[:, None]
    assert (np.abs(gap) < 4 * error).all() and error.max() < 0.02 * 0.01, (gap / error, error)


def test_smile_sees_tails_and_falls():
    fat = d.smile(R, (1,), (-2, 0, 2))[0]
    assert fat[0] > 1.05 * fat[1] < fat[2]
    falls = R - 0.08 * (np.random.default_rng(1).random(len(R)) < 0.01)
    left, right = d.smile(falls, (5,), (-1.5, 1.5))[0]
    assert left > 1.1 * right
    assert np.isnan(d.smile(R, (1,), (50.0,)))


def test_bootstrap_error_of_a_mean_is_that_of_politis_and_romano():
    """Their lemma 1: N Var* = C(0) + 2 sum_k (1 - k/N)(1 - 1/b)^k C(k), C the cyclic autocovariance; ours divides."""
    r, block = autoregressive(np.random.default_rng(5), 0.7, 256), 8
    x = r - r.mean()
    covariance = np.array([(x * np.roll(x, -k)).mean() for k in range(len(r))])
    k = np.arange(1, len(r))
    expected = covariance[0] + 2 * ((1 - k / len(r)) * (1 - 1 / block) ** k * covariance[1:]).sum()
    expected /= 1 - (2 * block - 1) / len(r)
    got = d.bootstrap(np.mean, r, block=block, samples=4000).error
    assert abs(got / np.sqrt(expected / len(r)) - 1) < 0.05, "4 standard errors of 4000 resamples"


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.8])
def test_bootstrap_error_of_an_autoregressive_mean(phi):
    """The true error is 1/((1 - phi) sqrt N); blocks of 64 see all but 2 phi / (1 - phi^2) / 64 of its square."""
    rng = np.random.default_rng(11)
    paths = [autoregressive(rng, phi, 4096) for _ in range(40)]
    errors = [d.bootstrap(np.mean, r, seed, block=64, samples=100).error for seed, r in enumerate(paths)]
    true = 1 / (1 - phi) / np.sqrt(4096)
    assert abs(np.mean(errors) / true - 1) < 0.06 + phi / (1 - phi**2) / 64, np.mean(errors) / true
    assert np.std(errors) < 0.25 * true


STATISTICS = {
    "standard deviation": (np.std, {}, 1.0),
    "volatility": (d.volatility_autocorrelation, {"lags": 3}, 0.0),
    "leverage": (d.leverage, {"lags": 3}, 0.0),
    "structure": (d.path_structure_functions, {"orders": (2,), "lags": (1, 4)}, np.array([[1.0, 4.0]])),
}


@pytest.mark.parametrize("name", STATISTICS)
def test_bands_cover_the_truth_of_white_noise(name):
    """Bands of 90 % on 200 paths of 1024; those of two paths fail to meet at 2 points in 100: both to 4 errors."""
    statistic, arguments, truth = STATISTICS[name]
    rng = np.random.default_rng(2)
    bands = []
    for seed in range(200):
        e = d.bootstrap(statistic, rng.standard_normal(1024), seed, samples=60, **arguments)
        bands.append((e.low, e.high))
    low, high = np.array(bands).swapaxes(0, 1)
    cover = np.mean((low <= truth) & (truth <= high))
    apart = np.mean((low[::2] > high[1::2]) | (low[1::2] > high[::2]))
    assert 0.81 < cover < 0.97 and apart < 0.08, f"{name}: {cover:.3f} covered, {apart:.3f} false alarms"


def test_resamples_are_blocks_of_the_series():
    r = np.arange(500.0)
    drawn = d.resamples(r, seed=1, block=20, samples=40)
    joints = np.mod(np.diff(drawn, axis=1), 500) != 1
    assert drawn.shape == (40, 500) and abs(joints.mean() * 20 - 1) < 0.15
    counts = np.bincount(drawn.astype(int).ravel(), minlength=500)
    assert counts.min() > 0 and abs(counts.mean() - 40) < 1e-9
    np.testing.assert_array_equal(drawn, d.resamples(r, seed=1, block=20, samples=40))
    assert (drawn != d.resamples(r, seed=2, block=20, samples=40)).any()
    assert d.resamples(r.astype("float32"), samples=2).dtype == np.float32, "a map of float32 is not given float64"
    e = d.bootstrap(np.mean, r, seed=1, block=20, samples=40)
    assert np.isclose(e.error, drawn.mean(1).std(ddof=1) / np.sqrt(1 - 39 / 500)) and e.value == r.mean()


def test_what_few_resamples_reach_has_no_error():
    r = R.copy()
    e = d.bootstrap(d.smile, r, samples=20, maturities=(1,), moneyness=(0.0, 50.0))
    assert np.isfinite(e.error[0, 0]) and np.isnan(e.error[0, 1]) and np.isnan(e.low[0, 1])


@pytest.mark.parametrize(
    "call, word",
    [
        (lambda: d.increment_histogram(R, (1,), (1.0, 0.0)), "ascend"),
        (lambda: d.increment_histogram(np.ones(8), (1,)), "constant"),
        (lambda: d.smile(R, (5000,)), "between 1 and 2047"),
        (lambda: d.smile(R, (1,), (np.inf,)), "finite"),
        (lambda: d.smile(1e5 * R), "log returns"),
        (lambda: d.smile(R, sampling_rate=-1), "positive"),
        (lambda: d.bootstrap(np.mean, R, level=90), "between 0 and 1"),
        (lambda: d.bootstrap(np.mean, R, samples=1), "at least 2"),
        (lambda: d.bootstrap(np.mean, R, block=0), "between 1 and 512"),
        (lambda: d.bootstrap(np.mean, np.full(4, np.nan)), "NaN"),
        (lambda: d.resamples(np.ones((2, 4))), "one field (x)"),
        (lambda: d.resamples(np.arange(3.0)), "4 or more"),
        (lambda: d.bootstrap(d.increment_histogram, R), "h.density"),
    ],
)
def test_unusable_series_name_the_remedy(call, word):
    with pytest.raises(InputError) as caught:
        call()
    assert word in str(caught.value)
