"""Levenberg–Marquardt on scattering spectra reaches the rounding floor: from noise, and after L-BFGS (slow)."""

import jax
import numpy as np
import pytest

from scatjax import LBFGS, LevenbergMarquardt, ScatteringSpectra, Status, synthesize
from scatjax.wavelets import morlet

from ..helpers import peers


@pytest.mark.slow
def test_dual_steps_from_white_noise():
    """A Quijote map at 64²: 369 moments to a relative residual of 1e-6 in at most 20 steps, float32."""
    x = peers.fields(64)[1].astype(np.float32)
    phi = ScatteringSpectra(morlet(x.shape, J=4, L=4), isotropic=True)
    assert len(phi.table) == 369
    r = synthesize(jax.random.key(0), phi, x, solver=LevenbergMarquardt(), max_steps=20, tolerance=1e-6, report=None)
    assert bool((r.status == Status.converged).all()), str(r)
    assert int(r.evaluations[0]) <= 20 * (369 + 30)  # K products per step and a few dampings


@pytest.mark.slow
def test_polish_after_lbfgs():
    """A Quijote map at 128²: 1e-8 in at most 10 steps after 200 evaluations of L-BFGS, float32.

    A polish starts near: with the default damping of 1 the first four steps only lower it (1.2e-8 after 10).
    """
    x = peers.fields(128)[1].astype(np.float32)
    phi = ScatteringSpectra(morlet(x.shape, J=5, L=4), isotropic=True)
    solvers, limits = [LBFGS(), LevenbergMarquardt(damping=1e-3)], [200, 10]
    r = synthesize(jax.random.key(0), phi, x, solver=solvers, max_steps=limits, tolerance=1e-8, report=None)
    assert float(r.residual[0]) <= 1e-8, str(r)
