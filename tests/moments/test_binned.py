"""The power in bands as a constraint: what the floor of its logarithm does."""

import jax.numpy as jnp
import numpy as np
import pytest

from scatjax.errors import InputError
from scatjax.moments import PowerSpectrum, Quantiles, Stack

SHAPE = (32, 32)


def band_limited(rng) -> np.ndarray:
    """White noise without the wave numbers beyond 2/3 of Nyquist along an axis, as simulations leave it."""
    k = np.abs(np.fft.fftfreq(32)) * 32
    keep = (k[:, None] < 32 / 3) & (k < 32 / 3)
    return np.fft.ifft2(np.fft.fft2(rng.standard_normal(SHAPE)) * keep).real.astype("float32")


def test_fit_sets_a_floor_that_an_empty_band_meets():
    x = band_limited(np.random.default_rng(0))
    values = np.asarray(PowerSpectrum(SHAPE, 8).fit(x)(x).values)
    assert abs(values[-1] - np.log(1e-12 * x.var())) < 1e-3, values
    assert values[:-1].min() > -5, values


def test_a_floor_that_is_given_is_kept_in_a_stack_too():
    x = band_limited(np.random.default_rng(1))
    floor = 0.01 * float(x.var())
    phi = Stack((Quantiles(SHAPE, 4), PowerSpectrum(SHAPE, 8, floor=floor))).fit(x)
    assert abs(float(phi(x).values[-1]) - np.log(floor)) < 1e-5
    assert phi.maps[1].floor.dtype == jnp.float32


def test_bands_belong_to_their_canvas():
    with pytest.raises(InputError, match="ends=True"):
        PowerSpectrum(SHAPE).at((64, 64))
