"""Gaussian and lognormal fields: their spectrum, within a stated rate of false alarms, and their exact properties."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from scatjax.errors import InputError
from scatjax.fields import gaussian, lognormal
from scatjax.fields.simulators.gaussian_fields import frequencies, power_on_grid

FALSE_ALARM = 1e-6  # of each test below, over seeds; the seed is fixed
LAW = lambda k: (k + 0.05) ** -2.0
draw = lambda make: jax.jit(jax.vmap(make))


def worst_p(z: np.ndarray) -> float:
    """Bonferroni p-value of the largest of standard normal (or chi2-made) deviates."""
    return float(min(1.0, 2 * z.size * stats.norm.sf(np.abs(z).max())))


@pytest.mark.parametrize("shape", [(256,), (16, 16), (15, 10), (6, 5, 4)], ids=str)
def test_periodogram_has_the_spectrum(shape):
    draws = 400
    x = np.asarray(draw(lambda key: gaussian(key, shape, LAW))(jax.random.split(jax.random.key(1), draws)))
    axes = tuple(range(1, x.ndim))
    power = np.abs(np.fft.fftn(x, axes=axes)) ** 2 / np.prod(shape)
    true = LAW(frequencies(shape))
    true.flat[0] = 0
    assert power.reshape(draws, -1)[:, 0].max() < 1e-8 * true.max(), "the mean mode is not zero"
    alone = _self_conjugate(shape)
    ratio = power.sum(0).reshape(-1)[1:] / true.reshape(-1)[1:]
    freedom = np.where(alone, draws, 2 * draws).reshape(-1)[1:]  # a real mode has one degree of freedom
    p = stats.chi2.cdf(ratio * freedom / draws, freedom)
    lowest = 2 * p.size * np.minimum(p, 1 - p).min()
    assert lowest > FALSE_ALARM, f"{shape}: p = {lowest:.1e}"


def _self_conjugate(shape):
    grids = np.meshgrid(*[np.arange(n) for n in shape], indexing="ij")
    return np.all([(2 * g) % n == 0 for g, n in zip(grids, shape, strict=True)], axis=0)


def test_modes_are_gaussian():
    x = np.asarray(draw(lambda key: gaussian(key, (64,), LAW))(jax.random.split(jax.random.key(2), 500)))
    z = np.fft.fft(x)[:, 1:32].real / np.sqrt(32 * LAW(frequencies((64,)))[1:32])
    p = stats.kstest(z.ravel(), "norm").pvalue
    assert p > FALSE_ALARM, f"p = {p:.1e}"
    squares = ((z**2).mean(0) - 1) * np.sqrt(500 / 2)
    products = (z[:, 1:] * z[:, :-1]).mean(0) * np.sqrt(500)
    assert worst_p(np.concatenate([squares, products])) > FALSE_ALARM


def test_pixel_variance_is_the_mean_of_the_spectrum():
    x = np.asarray(
        draw(lambda key: gaussian(key, (32, 32), lambda k: 0 * k + 4.0))(jax.random.split(jax.random.key(3), 50))
    )
    expected = 4.0 * (1 - 1 / 1024)
    assert abs(x.var() / expected - 1) < 5 * np.sqrt(2 / x.size)


def test_arrays_and_callables_agree_and_the_mean_mode_is_kept():
    power = power_on_grid((8, 12), LAW)
    key = jax.random.key(0)
    assert jnp.array_equal(gaussian(key, (8, 12), LAW), gaussian(key, (8, 12), power))
    assert jnp.array_equal(gaussian(key, (8, 12), LAW), gaussian(key, (8, 12), jnp.asarray(power, jnp.float32)))
    only_mean = np.zeros((4, 4))
    only_mean[0, 0] = 16.0
    x = np.asarray(gaussian(key, (4, 4), only_mean))
    assert np.ptp(x) < 1e-6 and abs(x.mean()) > 0.01


def test_asymmetric_arrays_are_made_symmetric():
    power = np.zeros(8)
    power[1] = 2.0
    assert power_on_grid((8,), power).tolist() == [0, 1, 0, 0, 0, 0, 0, 1]


def test_traces_and_differentiates():
    amplitude = lambda a: (gaussian(jax.random.key(0), (8, 8), a * jnp.ones((8, 8))) ** 2).sum()
    value, slope = jax.jit(jax.value_and_grad(amplitude))(jnp.asarray(2.0))
    assert abs(float(value / slope) - 2.0) < 1e-5


def test_dtype(x64):
    key = jax.random.key(0)
    assert gaussian(key, (8,), LAW).dtype == jnp.float64
    assert gaussian(key, (8,), LAW, dtype=np.float32).dtype == jnp.float32
    assert lognormal(key, (8,), LAW, 0.5, dtype=np.float32).dtype == jnp.float32


def test_lognormal_mean_and_variance():
    draws, sigma = 200, 0.5
    make = draw(lambda key: lognormal(key, (32, 32), lambda k: (k + 0.1) ** -1.0, sigma))
    x = np.asarray(make(jax.random.split(jax.random.key(4), draws)))
    assert x.min() > 0
    for got, true in ((x.mean((1, 2)), 1.0), ((x**2).mean((1, 2)), np.exp(sigma**2))):
        z = (got.mean() - true) / got.std(ddof=1) * np.sqrt(draws)
        assert 2 * stats.norm.sf(abs(z)) > FALSE_ALARM, f"{got.mean():.4f} is not {true:.4f}"


@pytest.mark.parametrize(
    "spectrum, word",
    [
        (np.ones(7), "(8,)"),
        (-np.ones(8), "negative"),
        (np.full(8, np.nan), "negative or non-finite"),
        (lambda k: k - 0.2, "negative"),
    ],
)
def test_unusable_spectra_are_refused(spectrum, word):
    with pytest.raises(InputError) as caught:
        gaussian(jax.random.key(0), (8,), spectrum)
    assert word in str(caught.value)


def test_unusable_arguments_are_refused():
    with pytest.raises(InputError, match="positive sides"):
        gaussian(jax.random.key(0), (), LAW)
    with pytest.raises(InputError, match="floating"):
        gaussian(jax.random.key(0), (8,), LAW, dtype=int)
    with pytest.raises(InputError, match="zero everywhere"):
        lognormal(jax.random.key(0), (8,), np.zeros(8), 1.0)
