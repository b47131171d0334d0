"""The line search against SciPy's own translation of MINPACK-2, trial by trial, and where we differ from it."""

import jax.numpy as jnp
import numpy as np
import pytest

from scatjax.samplers import StrongWolfe

FUNCTIONS = {
    "parabola": (lambda t: (t - 3) ** 2, lambda t: 2 * (t - 3)),
    "More-Thuente 1": (lambda t: -t / (t**2 + 2), lambda t: (t**2 - 2) / (t**2 + 2) ** 2),
    "More-Thuente 2": (
        lambda t: (t + 0.004) ** 5 - 2 * (t + 0.004) ** 4,
        lambda t: 5 * (t + 0.004) ** 4 - 8 * (t + 0.004) ** 3,
    ),
    "wavy": (lambda t: 0.1 * t**2 - t - 0.9 * np.sin(3 * t) / 3, lambda t: 0.2 * t - 1 - 0.9 * np.cos(3 * t)),
    "steep wall": (lambda t: np.exp(4 * t) - 8 * t, lambda t: 4 * np.exp(4 * t) - 8),
}


def _ours(function, slope, first, curvature, trials=30, resolution=0.1):
    rule = StrongWolfe(decrease=1e-3, curvature=curvature, resolution=resolution, max_trials=trials)
    number = lambda v: jnp.asarray(v, jnp.result_type(float))
    search = rule.begin(number(function(0.0)), number(slope(0.0)), number(first))
    steps = []
    for _ in range(trials):
        t = float(search.step)
        steps.append(t)
        value, g = number(function(t)), number(slope(t))
        search, accepted, failed = rule.advance(search, value, g, jnp.isfinite(value) & jnp.isfinite(g))
        if accepted or failed:
            return steps, bool(accepted)
    raise AssertionError(f"no end after {trials} trials: {steps}")


def _minpack(function, slope, first, curvature, trials=30):
    from scipy.optimize._dcsrch import DCSRCH

    steps = []

    def phi(t):
        steps.append(float(t))
        return function(t)

    search = DCSRCH(phi, slope, 1e-3, curvature, 0.1, 0.0, 1e10)
    search(first, phi0=function(0.0), derphi0=slope(0.0), maxiter=trials)
    return steps


@pytest.mark.parametrize("curvature", [0.9, 0.1, 0.001])
@pytest.mark.parametrize("first", [1e-3, 0.3, 1.0, 20.0])
@pytest.mark.parametrize("functions", FUNCTIONS.values(), ids=FUNCTIONS)
def test_every_trial_is_minpacks(functions, first, curvature, x64):
    expected = _minpack(*functions, first, curvature)
    steps, _ = _ours(*functions, first, curvature)
    np.testing.assert_allclose(steps, expected, rtol=1e-9, err_msg="the trials")


@pytest.mark.parametrize("functions", FUNCTIONS.values(), ids=FUNCTIONS)
def test_what_is_accepted_is_strong_wolfe(functions, x64):
    function, slope = functions
    steps, accepted = _ours(function, slope, 1.0, 0.5, resolution=1e-12)
    t = steps[-1]
    assert accepted
    assert function(t) <= function(0.0) + 1e-3 * t * slope(0.0)
    assert abs(slope(t)) <= 0.5 * abs(slope(0.0))


def test_not_finite_trials_are_shortened(x64):
    function = lambda t: (t - 0.01) ** 2 - np.log(0.02 - t) * 1e-4 if t < 0.02 else np.nan
    slope = lambda t: 2 * (t - 0.01) + 1e-4 / (0.02 - t) if t < 0.02 else np.nan
    steps, accepted = _ours(function, slope, 5.0, 0.9)
    assert accepted and 0 < steps[-1] < 0.02
    assert len(steps) < 10


def test_a_hopeless_search_fails(x64):
    steps, accepted = _ours(lambda t: np.nan if t > 0 else 0.0, lambda t: -1.0, 1.0, 0.9)
    assert not accepted and len(steps) <= 30
    steps, accepted = _ours(lambda t: 1.0 * t, lambda t: 1.0 if t > 0 else -1.0, 1.0, 0.9)
    assert not accepted
