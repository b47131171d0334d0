"""Multifractal walks have the moments of their closed forms, within a stated rate of false alarms."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax.errors import InputError
from scatjax.fields import fractional_noise, multifractal, skewed_multifractal
from scatjax.fields.simulators.fractional import noise_covariance

from ..helpers.series import assert_means, draws

KEY = jax.random.key(0)
LAGS = (1, 2, 4, 8, 16, 32)


def log_covariance(lags, lam, L):
    """lam^2 ln(L / (k+1)), 0 from L - 1 on."""
    return np.array([lam**2 * np.log(L / (k + 1)) if k < L - 1 else 0.0 for k in lags])


def increments(dx, lag):
    """|X(t+l) - X(t)| along rows, at all t."""
    x = np.concatenate([np.zeros((len(dx), 1)), np.cumsum(dx.astype(np.float64), axis=1)], axis=1)
    return x[:, lag:] - x[:, :-lag]


def fourth_moment(lag, lam, L):
    """E|X(t+l) - X(t)|^4 = 3 sum_{s,t < l} exp(4 C(s - t)) for H = 1/2, slowly."""
    c = log_covariance(range(lag), lam, L)
    return 3 * sum(np.exp(4 * c[np.abs(s - np.arange(lag))]).sum() for s in range(lag))


def second_moment(lag, H, lam, L):
    """E|X(t+l) - X(t)|^2 = sum_{s,t < l} gamma(s - t) exp(C(s - t) - C(0)), slowly."""
    gamma = noise_covariance(lag, H)
    c = log_covariance(range(lag + 1), lam, L)
    return sum(gamma[abs(s - t)] * np.exp(c[abs(s - t)] - c[0]) for s in range(lag) for t in range(lag))


@pytest.mark.parametrize("L", [64, 16, 512.5])
def test_moments_of_increments_over_scales(L):
    lam, T = 0.15, 64
    dx = draws(lambda key: multifractal(key, T, lam=lam, L=L, centered=False), 1, 3000)
    fourth = np.stack([(increments(dx, lag) ** 4).mean(1) for lag in LAGS], 1)
    assert_means(fourth, [fourth_moment(lag, lam, L) for lag in LAGS], f"L={L}: fourth moment")
    second = np.stack([(increments(dx, lag) ** 2).mean(1) for lag in LAGS], 1)
    assert_means(second, LAGS, f"L={L}: second moment")


@pytest.mark.parametrize("H", [0.3, 0.8])
def test_second_moment_of_fractional_walks(H):
    lam, L, T = 0.3, 128, 64
    dx = draws(lambda key: multifractal(key, T, H, lam, L, centered=False), 2, 3000)
    second = np.stack([(increments(dx, lag) ** 2).mean(1) for lag in LAGS], 1)
    assert_means(second, [second_moment(lag, H, lam, L) for lag in LAGS], f"H={H}: second moment")


def test_exponents_are_log_normal():
    """zeta_q = q/2 - lam^2 q (q - 2)/2: slope of the closed form for q = 4, of 1600 draws for q = 1/2, 1.

    Of the draws only low orders: those of q = 3 scatter by more than the intermittency that they measure.
    """
    lags = np.array([256, 1024])
    exact = np.log([fourth_moment(lag, 0.2, 1e6) for lag in lags])
    assert abs(np.diff(exact)[0] / np.log(4) - (2 - 4 * 0.2**2)) < 0.01
    lam, T, lags = 0.3, 2048, np.array([64, 256])
    dx = draws(lambda key: multifractal(key, T, lam=lam, centered=False), 3, 1600)
    for q in (0.5, 1.0):
        moments = np.stack([(np.abs(increments(dx, lag)) ** q).mean(1) for lag in lags], 1)
        slopes = np.diff(np.log(moments.reshape(16, 100, 2).mean(1)), axis=1) / np.log(4)
        zeta = q / 2 - lam**2 * q * (q - 2) / 2
        error = 5 * slopes.std(ddof=1) / 4 + 0.01  # + what is left of the discrete steps at these lags
        assert error < zeta - q / 2, f"the test sees nothing: {error:.3f} for {zeta - q / 2:.3f} of intermittency"
        assert abs(slopes.mean() - zeta) < error, f"zeta_{q} = {slopes.mean():.3f}, expected {zeta:.3f} +- {error:.3f}"


def test_volatility_has_the_covariance_of_logarithms():
    """E|dX_s dX_t| = (2/pi) exp(C(s-t) - C(0)) for H = 1/2, s != t: the law of w alone."""
    lam, L, T = 0.4, 12, 24
    dx = np.abs(draws(lambda key: multifractal(key, T, lam=lam, L=L, centered=False), 4, 4000)).astype(np.float64)
    lags = np.arange(1, T)
    products = np.stack([(dx[:, :-k] * dx[:, k:]).mean(1) for k in lags], 1)
    c = log_covariance(range(T), lam, L)
    assert_means(products, 2 / np.pi * np.exp(c[lags] - c[0]), "E|dX dX'|")


def test_centering_is_one_factor_a_path():
    plain, centered = (multifractal(KEY, 64, lam=0.3, centered=c) for c in (False, True))
    ratio = np.asarray(centered / plain)
    assert np.ptp(ratio) < 1e-5 * ratio.mean() and abs(ratio.mean() - 1) > 1e-3


def test_without_intermittency_it_is_fractional_noise():
    noise = fractional_noise(jax.random.split(KEY)[0], 32, 0.7)
    assert np.abs(multifractal(KEY, 32, 0.7, lam=0.0) - noise).max() < 1e-6
    assert np.abs(multifractal(KEY, 32, 0.7, lam=0.5, L=1) - noise).max() < 1e-6


LEVERAGE = {"lam": 0.2, "L": 40, "K0": 0.15, "alpha": 0.5, "gamma": 0.05, "memory": 20, "centered": False}


def leverage_law(lags):
    """V and -2 K(tau) exp(2 R(tau) - V/2), the kernel correlated with itself by a loop."""
    kernel = [0.0] + [0.15 * tau**-0.5 * np.exp(-0.05 * tau) for tau in range(1, 21)] + [0.0] * 100
    overlap = lambda tau: sum(kernel[s] * kernel[s + tau] for s in range(1, 21))
    c = log_covariance(range(100), 0.2, 40)
    variance = c[0] + overlap(0)
    return variance, np.array([-2 * kernel[t] * np.exp(2 * (c[t] + overlap(t)) - variance / 2) for t in lags])


def test_leverage_of_the_skewed_walk():
    T, lags = 48, (1, 2, 5, 10, 20, 21, 30)
    dx = draws(lambda key: skewed_multifractal(key, T, **LEVERAGE), 5, 6000).astype(np.float64)
    variance, law = leverage_law(lags)
    assert law[0] < -0.15 and law[-1] == 0
    assert_means(np.stack([(dx[:, :-k] * dx[:, k:] ** 2).mean(1) for k in lags], 1), law, "leverage")
    assert_means(np.stack([(dx[:, k:] * dx[:, :-k] ** 2).mean(1) for k in lags], 1), 0.0, "reversed leverage")
    assert_means(dx**2, 1.0, "second moment at every time")
    assert_means(np.log(np.abs(dx)).mean(1), np.log(2) / -2 - np.euler_gamma / 2 - variance, "mean log volatility")


def test_without_skewness_it_is_the_multifractal_walk():
    T, count = 64, 3000
    dx = draws(lambda key: skewed_multifractal(key, T, lam=0.15, L=64, K0=0.0, memory=5, centered=False), 6, count)
    fourth = np.stack([(increments(dx, lag) ** 4).mean(1) for lag in LAGS], 1)
    assert_means(fourth, [fourth_moment(lag, 0.15, 64) for lag in LAGS], "fourth moment")


def test_kernel_of_the_past():
    from scatjax.fields.simulators.multifractals import _kernel

    slow = [0.15 * tau**-0.5 * np.exp(-0.05 * tau) for tau in range(1, 21)]
    assert np.abs(_kernel(20, 0.15, 0.5, 0.05) - slow).max() < 1e-15


def test_variance_of_the_past_under_fractional_noise():
    """V for H != 1/2 against the double sum."""
    from scatjax.fields.simulators.multifractals import _kernel, _variance

    kernel, gamma = _kernel(7, 0.3, 0.5, 0.1), noise_covariance(7, 0.8)
    slow = sum(kernel[s] * kernel[t] * gamma[abs(s - t)] for s in range(7) for t in range(7))
    assert abs(_variance(kernel, gamma[:7]) / slow - 1) < 1e-12


def test_dtype_and_mapping(x64):
    for make in (multifractal, skewed_multifractal):
        assert make(KEY, 8).dtype == jnp.float64 and make(KEY, 8).shape == (8,)
        assert make(KEY, 8, dtype=np.float32).dtype == jnp.float32
        keys = jax.random.split(KEY, 3)
        mapped = jax.vmap(lambda key, make=make: make(key, 8))(keys)
        assert np.abs(mapped - jnp.stack([make(key, 8) for key in keys])).max() < 1e-12


def test_new_numbers_compile_nothing():
    from scatjax.fields.simulators.multifractals import _skewed_walk, _walk

    run = lambda H, lam, L, K0: (multifractal(KEY, 8, H, lam, L), skewed_multifractal(KEY, 8, H, lam, L, K0))
    run(0.5, 0.2, 8, 0.1)
    before = _walk._cache_size(), _skewed_walk._cache_size()
    run(0.6, 0.3, 4.5, 0.2)
    assert (_walk._cache_size(), _skewed_walk._cache_size()) == before


@pytest.mark.parametrize(
    "arguments, word",
    [
        ({"T": 1}, "at least 2"),
        ({"H": 1.2}, "0 < H < 1"),
        ({"lam": -0.1}, "lam >= 0"),
        ({"L": 0.5}, "L >= 1"),
        ({"L": float("inf")}, "L >= 1"),
        ({"dtype": int}, "floating"),
        ({"alpha": -1.0}, "alpha >= 0"),
        ({"gamma": -1.0}, "gamma >= 0"),
        ({"K0": float("nan")}, "finite"),
        ({"memory": 0}, "memory=0 must be"),
    ],
)
def test_unusable_arguments_are_refused(arguments, word):
    makes = [skewed_multifractal, *([multifractal] if not {*arguments} & {"alpha", "gamma", "K0", "memory"} else [])]
    for make in makes:
        with pytest.raises(InputError, match=word):
            make(KEY, **({"T": 8} | arguments))
