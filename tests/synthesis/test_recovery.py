"""Recovery: an image comes back up to a translation, is moved onto the target, and what is refused."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import wavelets
from scatjax.errors import InputError
from scatjax.moments import Marginals, PhaseHarmonics
from scatjax.moments.covariances import pairs
from scatjax.synthesis import Given, recover

SHAPE = (16, 16)
KEY = jax.random.key(1)


def disk(side):
    """A bright disk before a dim ramp: edges and no symmetry."""
    y, x = np.meshgrid(*(np.arange(side) / side,) * 2, indexing="ij")
    return (0.2 + 0.3 * np.cos(2 * np.pi * x) ** 2 * y + 0.5 * (np.hypot(y - 0.4, x - 0.3) < 0.25)).clip(0, 1)


X = disk(16)


@functools.cache
def phi():
    """In float64."""
    gamma = pairs.mallat_zhang_rochette(J=3, L=4, scale_steps=2, means=False)
    return PhaseHarmonics(wavelets.bump_steerable(SHAPE, J=3, L=4, dtype="float64"), gamma)


def test_an_image_comes_back(x64):
    """The best of three runs, wherever it ended; from coefficients there is nothing to lie upon."""
    r = recover(KEY, phi(), X, num_samples=3, max_steps=300, lanes=1, report=None)  # one program for all tests
    assert r.fields.dtype == jnp.float64 and r.psnr.shape == (3,) and r.shifts.shape == (3, 2)
    assert r.psnr.max() > 30, f"PSNR {r.psnr}, residual {r.residual}"
    error = -10 * np.log10(((np.asarray(r.fields) - X) ** 2).mean((1, 2)))
    assert np.allclose(error, r.psnr, atol=1e-6), "the fields are not where the target lies"
    assert -10 * np.log10(((np.asarray(r.best) - X) ** 2).mean()) > 30 and "PSNR" in str(r)
    fitted = phi().fit(X)
    again = recover(KEY, fitted, fitted(X), num_samples=1, max_steps=2, report=None)
    assert again.psnr is None and again.shifts is None and again.statuses() == ["step_limit"]


def test_a_moved_start_is_moved_back(x64):
    """From the image itself, moved: done at the first evaluation, and the shift is told."""
    moved = np.roll(X, (3, -5), (0, 1))
    r = recover(KEY, phi(), X, num_samples=1, start=Given(moved), report=None)
    assert r.statuses() == ["converged"] and r.shifts.tolist() == [[13, 5]]
    assert r.steps.tolist() == r.evaluations.tolist() == [1]
    assert np.array_equal(r.fields[0], X) and np.isinf(r.psnr[0])


def test_a_lost_run_has_no_psnr():
    start = Given(np.full(SHAPE, 1e30, np.float32) * X.astype(np.float32))
    r = recover(KEY, Marginals(SHAPE, J=1), X.astype(np.float32), num_samples=1, start=start, max_steps=2, report=None)
    assert r.statuses() == ["not_finite"] and (np.isnan(r.psnr[0]) or r.psnr[0] < -100)


def test_channels_are_refused(unchecked):
    gamma = pairs.pywph_cross(J=3, L=4)
    two = PhaseHarmonics(wavelets.bump_steerable(SHAPE, J=3, L=4), gamma, channels=2)
    with pytest.raises(InputError, match="phi takes 2 channels: recover one image"):
        recover(KEY, two, np.stack([X, X]).astype(np.float32))


def test_a_mask_is_refused():
    """Before the runs, not after them."""
    mask = np.ones(SHAPE, bool)
    mask[2, 2] = False
    gamma = pairs.pywph(J=2, L=4, classes=["S11"])
    with pytest.raises(InputError, match="phi has a mask"):
        recover(KEY, PhaseHarmonics(wavelets.bump_steerable(SHAPE, J=2, L=4), gamma, mask=mask), X.astype(np.float32))
