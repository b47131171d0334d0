"""Series drawn with scattering spectra: to the tolerance, from a past, of another length, and when it cannot be had."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import fields
from scatjax.domains import SymmetricOn
from scatjax.energies import Centered, Composed, Fixed, Whitened
from scatjax.moments import ScatteringSpectra
from scatjax.samplers import LBFGS, LevenbergMarquardt
from scatjax.synthesis import SameSpectrum, synthesize
from scatjax.wavelets import battle_lemarie


@pytest.fixture(scope="module")
def returns():
    """A skewed multifractal walk's increments."""
    return np.asarray(fields.skewed_multifractal(jax.random.key(0), 1024, lam=0.2), "float32")


def spectra(T, **options):
    return ScatteringSpectra(battle_lemarie((T,), J=5, **options))


@pytest.mark.slow
@pytest.mark.parametrize("boundary", ["mirror", "periodic"])
def test_to_the_tolerance_of_the_paper(boundary, returns):
    """6e-3 within 250 evaluations, from white noise; the statistics are recomputed from the fields."""
    options = {"oversampling": "full", "boundary": SymmetricOn(redone=True)} if boundary == "mirror" else {}
    phi = spectra(1024, **options)
    result = synthesize(jax.random.key(0), phi, returns, num_samples=3, max_steps=250, tolerance=6e-3, report=None)
    assert result.statuses() == ["converged"] * 3
    phi = phi.fit(returns)
    target = phi.vector(returns)
    residual = [float(jnp.linalg.norm(phi.vector(y) - target) / jnp.linalg.norm(target)) for y in result.fields]
    assert np.allclose(residual, result.residual, rtol=1e-3) and max(residual) <= 6e-3


@pytest.mark.slow
def test_polished_to_rounding(x64):
    """Dual Levenberg-Marquardt from 6e-3 to 1e-6 in at most 15 steps, on the whitened and centered variable."""
    x = np.asarray(fields.multifractal(jax.random.key(1), 1024, lam=0.2))
    x = x - x.mean()
    variable = Composed(Centered(0.0), Whitened.of(x))
    near = synthesize(
        jax.random.key(0), spectra(1024), x, variable=variable, start=SameSpectrum(0.5), tolerance=6e-3, report=None
    )
    end = synthesize(
        jax.random.key(0), spectra(1024), x, variable=variable, start=SameSpectrum(0.5), tolerance=1e-6, report=None,
        solver=[LBFGS(), LevenbergMarquardt()], max_steps=[int(near.steps[0]), 15],
    )  # fmt: skip
    assert near.statuses() == end.statuses() == ["converged"]
    assert float(end.residual[0]) <= 1e-6 < float(near.residual[0])


def test_the_past_is_kept_to_the_bit(returns):
    """The first half fixed, the second half drawn: other futures for other samples, the moments matched."""
    past = np.arange(1024) < 512
    result = synthesize(
        jax.random.key(0), spectra(1024), returns, num_samples=2, variable=Fixed(past, returns), tolerance=6e-3,
        report=None,
    )  # fmt: skip
    drawn = np.asarray(result.fields)
    assert result.statuses() == ["converged"] * 2
    assert np.array_equal(drawn[:, :512], np.stack([returns[:512]] * 2))
    assert abs(np.corrcoef(drawn[:, 512:])[0, 1]) < 0.3 and abs(np.corrcoef(drawn[0, 512:], returns[512:])[0, 1]) < 0.3


def test_another_length(returns):
    """Moments of 1024 samples, a path of 1500."""
    phi = spectra(1024).fit(returns)
    result = synthesize(jax.random.key(0), phi, returns, shape=(1500,), tolerance=6e-3, report=None)
    assert result.fields.shape == (1, 1500) and result.statuses() == ["converged"]


def test_a_tolerance_that_cannot_be_met(returns):
    """The step limit ends it, with the best path and its residual."""
    result = synthesize(jax.random.key(0), spectra(1024), returns, max_steps=40, tolerance=1e-12, report=None)
    longer = synthesize(jax.random.key(0), spectra(1024), returns, max_steps=80, tolerance=1e-12, report=None)
    assert result.statuses() == ["step_limit"] and np.isfinite(result.fields).all()
    assert float(longer.residual[0]) < float(result.residual[0]) < 0.2


def test_two_series_together(rng):
    """Channels: the cross spectra of the pair are matched too."""
    first = rng.normal(size=512).cumsum()
    x = np.stack([np.diff(first, prepend=0), np.roll(np.diff(first, prepend=0), 1) + 0.5 * rng.normal(size=512)])
    x = x.astype("float32")
    phi = ScatteringSpectra(battle_lemarie((512,), J=4), channels=2)
    result = synthesize(jax.random.key(0), phi, x, tolerance=0.02, report=None)
    assert result.statuses() == ["converged"]
    y = np.asarray(result.fields[0])
    lagged = lambda z: np.corrcoef(z[0][:-1], z[1][1:])[0, 1]
    assert abs(lagged(y) - lagged(x)) < 0.1 < lagged(x)
