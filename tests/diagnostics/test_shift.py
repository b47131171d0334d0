"""The best circular shift and its PSNR, against a loop over all shifts."""

import itertools

import numpy as np
import pytest

from scatjax.diagnostics import aligned, best_shift
from scatjax.errors import InputError


@pytest.mark.parametrize("shape", [(7,), (6, 8), (3, 4, 5)])
def test_against_every_shift(rng, shape):
    """The formula of the sheet, one shift after the other."""
    a, b = rng.random(shape), rng.random(shape)
    axes = tuple(range(len(shape)))
    squares = {
        shift: ((a - np.roll(b, shift, axes)) ** 2).sum() for shift in itertools.product(*map(range, shape))
    }
    best = min(squares, key=squares.get)
    shift, psnr = best_shift(a, b)
    assert shift == best and np.isclose(psnr, -10 * np.log10(squares[best] / a.size), rtol=0, atol=1e-9)
    assert np.array_equal(aligned(a, b), np.roll(b, best, axes))


def test_noise_of_a_known_size_on_a_moved_copy(rng):
    """A shift of the candidate is undone, and the PSNR is that of the noise; float32 stays float32."""
    x = rng.random((32, 24)).astype(np.float32)
    noise = rng.normal(size=x.shape)
    noise *= 1e-2 / np.sqrt((noise**2).mean())
    moved = np.roll(x + noise.astype(np.float32), (5, -7), (0, 1))
    shift, psnr = best_shift(x, moved)
    assert shift == (27, 7) and abs(psnr - 40) < 1e-3
    back = aligned(x, moved)
    assert back.dtype == np.float32 and np.abs(back - x).max() < 0.1


def test_nearly_equal_fields_lose_no_digit(rng):
    """Sums of squares differ by 1e-14 of themselves here: the formula as it is written would give noise."""
    x = 1 + rng.random((16, 16))
    assert abs(best_shift(x, x + 1e-8)[1] - 160) < 1e-3
    assert best_shift(x, x) == ((0, 0), float("inf"))


@pytest.mark.parametrize(
    "a, b, message",
    [
        (np.ones((4, 4)), np.ones((4, 5)), "crop them to one shape"),
        (np.ones((4, 4)), np.full((4, 4), np.nan), "candidate holds 16 values that are NaN"),
        (np.ones((4, 4), int), np.ones((4, 4)), "target has dtype int64"),
    ],
)
def test_bad_input(a, b, message):
    with pytest.raises(InputError, match=message):
        best_shift(a, b)
