"""Poisson and Hawkes counts have their closed forms, at a stated rate of false alarms, and agree with a slow loop."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from scatjax.errors import InputError
from scatjax.fields import hawkes, poisson_jumps

from ..helpers.series import FALSE_ALARM, assert_means, draws

KEY = jax.random.key(0)


@pytest.mark.parametrize("rate", [0.05, 1.0, 30.0])
def test_poisson_jumps_are_skellam(rate):
    x = draws(lambda key: poisson_jumps(key, 50, rate), 1, 2000)
    assert (x == np.round(x)).all()
    k = np.arange(-3, 4) if rate < 5 else np.arange(-15, 16)
    observed = np.array([(x == n).sum() for n in k])
    expected = stats.skellam.pmf(k, rate / 2, rate / 2)
    rest = np.append(observed, x.size - observed.sum()), np.append(expected, 1 - expected.sum()) * x.size
    keep = rest[1] > 5
    observed, expected = (np.append(part[keep], part[~keep].sum()) for part in rest)
    observed, expected = observed[expected > 0], expected[expected > 0]
    p = stats.chi2.sf(((observed - expected) ** 2 / expected).sum(), len(expected) - 1)
    assert p > FALSE_ALARM, f"rate={rate}: p = {p:.1e}"
    assert_means((x**2).mean(1), rate, "variance")
    assert_means((x[:, 1:] * x[:, :-1]).mean(1), 0.0, "covariance at lag 1")


def test_no_rate_no_jumps():
    assert (poisson_jumps(KEY, 20, 0.0) == 0).all()


PARAMETERS = {"calm": (0.3, 0.2, 1.0), "critical": (0.1, 0.8, 1.0), "fast": (0.5, 6.0, 10.0), "dense": (5.0, 0.5, 1.0)}


@pytest.mark.parametrize("name", PARAMETERS)
def test_hawkes_has_its_stationary_mean_and_covariance(name):
    mu, alpha, beta = PARAMETERS[name]
    T, lags = 40, (0, 1, 2, 5, 10)
    n = draws(lambda key: hawkes(key, T, mu, alpha, beta), 2, 1500).astype(np.float64)
    mean = mu / (1 - alpha / beta)
    kappa = beta - alpha
    a = alpha * mean * (2 * beta - alpha) / (2 * kappa**3)
    covariance = [a * (np.exp(kappa) + np.exp(-kappa) - 2) * np.exp(-kappa * k) for k in lags]
    covariance[0] = mean + 2 * a * (np.exp(-kappa) - 1 + kappa)
    assert_means(n, mean, f"{name}: mean at every step")
    d = n - mean
    assert_means(np.stack([(d[:, : T - k] * d[:, k:]).mean(1) for k in lags], 1), covariance, f"{name}: covariance")


def thinned(rng, T, mu, alpha, beta):
    """Ogata's thinning from an empty past: events one by one under a bound, in NumPy."""
    t, excess, counts = 0.0, 0.0, np.zeros(T)
    while True:
        bound = mu + excess
        wait = rng.exponential(1 / bound)
        t, excess = t + wait, excess * np.exp(-beta * wait)
        if t >= T:
            return counts
        if rng.random() < (mu + excess) / bound:
            counts[int(t)] += 1
            excess += alpha


def test_hawkes_agrees_with_thinning_from_an_empty_past(rng):
    """The whole law of the counts of a transient, not its moments alone."""
    arguments, T = (0.4, 1.2, 1.5), 6
    ours = draws(lambda key: hawkes(key, T, *arguments, warmup=0), 3, 3000)
    slow = np.stack([thinned(rng, T, *arguments) for _ in range(3000)])
    for name, one, other in (("total", ours.sum(1), slow.sum(1)), ("last", ours[:, -1], slow[:, -1])):
        table = np.stack([np.bincount(np.minimum(part, 12).astype(int), minlength=13) for part in (one, other)])
        p = stats.chi2_contingency(table[:, table.sum(0) > 20]).pvalue
        assert p > FALSE_ALARM, f"{name}: p = {p:.1e}"


def test_hawkes_from_an_empty_past_grows_as_it_must():
    """E lambda(t) = Lambda - (Lambda - mu) e^{-(beta-alpha) t}."""
    mu, alpha, beta, T = 0.5, 0.9, 1.2, 12
    n = draws(lambda key: hawkes(key, T, mu, alpha, beta, warmup=0), 4, 3000)
    kappa, final = beta - alpha, mu / (1 - alpha / beta)
    t = np.arange(T + 1)
    assert_means(n, final - (final - mu) * -np.diff(np.exp(-kappa * t)) / kappa, "mean")


def test_without_excitation_it_is_poisson():
    n = draws(lambda key: hawkes(key, 50, 1.5, 0.0, 1.0), 5, 1000)
    assert_means(n.mean(1), 1.5, "mean")
    assert_means(((n - 1.5) ** 2).mean(1), 1.5, "variance")


def test_keys_dtype_and_mapping(x64):
    poisson = lambda key, **dtype: poisson_jumps(key, 16, 2.0, **dtype)
    for make in (poisson, lambda key, **dtype: hawkes(key, 16, 0.5, 0.5, 1.0, **dtype)):
        assert make(KEY).dtype == jnp.float64 and make(KEY).shape == (16,)
        assert make(KEY, dtype=np.float32).dtype == jnp.float32
        keys = jax.random.split(KEY, 4)
        mapped = jax.vmap(make)(keys)
        assert jnp.array_equal(mapped, jnp.stack([make(key) for key in keys])), "one lane depends on another"
        assert not jnp.array_equal(mapped[0], mapped[1])


def test_new_numbers_compile_nothing():
    from scatjax.fields.simulators.jumps import _counts, _jumps

    hawkes(KEY, 8, 0.5, 0.5, 1.0), poisson_jumps(KEY, 8, 1.0)
    before = _counts._cache_size(), _jumps._cache_size()
    hawkes(KEY, 8, 0.6, 0.4, 1.5, warmup=3), poisson_jumps(KEY, 8, 2.0)
    assert (_counts._cache_size(), _jumps._cache_size()) == before


@pytest.mark.parametrize(
    "arguments, word",
    [
        ({"T": 1}, "at least 2"),
        ({"mu": 0.0}, "mu > 0"),
        ({"alpha": -0.1}, "alpha >= 0"),
        ({"alpha": 1.0}, "alpha/beta < 1"),
        ({"beta": 0.2}, "alpha/beta < 1"),
        ({"warmup": -1}, "warmup=-1 must be"),
        ({"mu": 1e9}, "use a smaller T"),
        ({"mu": float("inf")}, "mu > 0"),
        ({"dtype": int}, "floating"),
    ],
)
def test_unusable_hawkes_is_refused(arguments, word):
    with pytest.raises(InputError, match=word):
        hawkes(KEY, **({"T": 8, "mu": 0.5, "alpha": 0.5, "beta": 1.0} | arguments))


@pytest.mark.parametrize(
    "arguments, word",
    [
        ({"T": 1}, "at least 2"),
        ({"rate": -1.0}, "0 <= rate"),
        ({"rate": 1e7}, "0 <= rate"),
        ({"dtype": int}, "floating"),
    ],
)
def test_unusable_jumps_are_refused(arguments, word):
    with pytest.raises(InputError, match=word):
        poisson_jumps(KEY, **({"T": 8, "rate": 1.0} | arguments))
