"""Fractional noise and motion have their covariance: exactly in the embedding, in draws at a stated rate of alarms."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from scatjax.errors import InputError
from scatjax.fields import fractional_brownian, fractional_noise, path
from scatjax.fields.simulators.embedding import embedded
from scatjax.fields.simulators.fractional import noise_covariance

from ..helpers.series import FALSE_ALARM, assert_means, draws

KEY = jax.random.key(0)
HURST = (0.02, 0.3, 0.5, 0.7, 0.98)


def brownian_covariance(T, H):
    s, t = np.meshgrid(np.arange(1.0, T + 1), np.arange(1.0, T + 1), indexing="ij")
    return (s ** (2 * H) + t ** (2 * H) - np.abs(s - t) ** (2 * H)) / 2


@pytest.mark.parametrize("H", HURST)
@pytest.mark.parametrize("T", [2, 3, 37, 1024])
def test_the_spectrum_is_that_of_the_covariance(H, T):
    """Nothing random: the periodic series has the covariances asked for, and no eigenvalue was cut away."""
    k = np.arange(T + 1.0)
    direct = (np.abs(k + 1) ** (2 * H) + np.abs(k - 1) ** (2 * H) - 2 * k ** (2 * H)) / 2
    power = embedded(direct)
    assert power.min() > 0, "an eigenvalue of fractional noise is not positive"
    assert np.abs(np.fft.ifft(power)[: T + 1] - direct).max() < 1e-12
    assert np.abs(noise_covariance(T, H) - direct).max() < 1e-14 * T ** (2 * H)


def test_covariance_at_long_lags_is_that_of_the_series():
    """k^2H - 2 + .. loses 6 digits at k = 10^6, H = .9 when the powers are subtracted as they stand."""
    H, k = 0.9, 10**6
    a = 2 * H
    expansion = k ** (a - 2) * (a * (a - 1) / 2 + a * (a - 1) * (a - 2) * (a - 3) / 24 / k**2)
    assert abs(noise_covariance(k, H)[-1] / expansion - 1) < 1e-8


@pytest.mark.parametrize("H", HURST)
def test_noise_has_its_covariance(H):
    T, count = 12, 4000
    x = draws(lambda key: fractional_noise(key, T, H), 1, count)
    lags = np.abs(np.subtract.outer(np.arange(T), np.arange(T)))
    upper = np.triu_indices(T)
    products = (x[:, :, None] * x[:, None, :])[:, *upper]
    assert_means(products, noise_covariance(T, H)[lags][upper], f"H={H}: covariance")
    assert_means(x, 0.0, f"H={H}: mean")


@pytest.mark.parametrize("H", [0.2, 0.8])
def test_motion_is_white_after_its_own_root(H):
    """All of the law at once: L^-1 x is standard normal for the Cholesky factor of the covariance."""
    T, count = 32, 500
    x = draws(lambda key: fractional_brownian(key, T, H), 2, count)
    z = np.linalg.solve(np.linalg.cholesky(brownian_covariance(T, H)), x.T.astype(float))
    p = stats.kstest(z.ravel(), "norm").pvalue
    assert p > FALSE_ALARM, f"H={H}: p = {p:.1e}"
    upper = np.triu_indices(T)
    assert_means((z[:, None] * z[None])[upper].T, np.eye(T)[upper], f"H={H}: whitened covariance")


def test_motion_is_self_similar_and_starts_after_zero():
    H, T = 0.7, 256
    x = draws(lambda key: fractional_brownian(key, T, H), 3, 3000)
    t = np.array([1, 4, 16, 64, 256])
    assert_means(x[:, t - 1] ** 2, t ** (2 * H), "variance")


def test_paths_are_sums_of_increments(x64, rng):
    dx = rng.normal(size=(3, 50))
    assert np.abs(path(dx) - np.cumsum(dx, 1)).max() < 1e-13
    assert np.abs(np.diff(path(dx), axis=1) - dx[:, 1:]).max() < 1e-13
    for wrong in (np.arange(3), np.float64(1.0), np.ones(3) * 1j):
        with pytest.raises(InputError, match="increments"):
            path(wrong)


def test_keys_decide_and_mapping_is_a_loop():
    keys = jax.random.split(KEY, 3)
    mapped = jax.vmap(lambda key: fractional_noise(key, 16, 0.3))(keys)
    assert np.abs(mapped - jnp.stack([fractional_noise(key, 16, 0.3) for key in keys])).max() < 1e-6
    assert jnp.array_equal(fractional_noise(KEY, 16, 0.3), fractional_noise(KEY, 16, 0.3))
    assert not jnp.array_equal(mapped[0], mapped[1])


def test_another_exponent_compiles_nothing():
    from scatjax.fields.simulators.embedding import stationary

    fractional_noise(KEY, 16, 0.3)
    before = stationary._cache_size()
    fractional_noise(KEY, 16, 0.4)
    assert stationary._cache_size() == before


def test_dtype(x64):
    for make in (fractional_noise, fractional_brownian):
        assert make(KEY, 8, 0.3).dtype == jnp.float64
        assert make(KEY, 8, 0.3, dtype=np.float32).dtype == jnp.float32


@pytest.mark.parametrize(
    "arguments, word",
    [
        ({"T": 1}, "at least 2"),
        ({"H": 0.0}, "0 < H < 1"),
        ({"H": 1.0}, "0 < H < 1"),
        ({"H": float("nan")}, "0 < H < 1"),
        ({"dtype": int}, "floating"),
    ],
)
def test_unusable_arguments_are_refused(arguments, word):
    for make in (fractional_noise, fractional_brownian):
        with pytest.raises(InputError, match=word):
            make(KEY, **({"T": 8, "H": 0.3} | arguments))


def test_traced_parameters_are_refused(unchecked):
    with pytest.raises(InputError, match="H is traced: pass a Python number"):
        jax.jit(lambda H: fractional_noise(KEY, 8, H))(0.3)
    with pytest.raises(InputError, match="T is traced"):
        jax.jit(lambda T: fractional_noise(KEY, T, 0.3))(8)
    with pytest.raises(InputError, match="T=8.5 must be a whole number"):
        fractional_noise(KEY, 8.5, 0.3)


def test_a_covariance_without_embedding_is_refused():
    with pytest.raises(InputError, match="no circulant embedding"):
        embedded(np.array([1.0, 0.9, 0.0]))
