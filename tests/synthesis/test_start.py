"""Initial laws by their mean, variance and spectrum."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax.energies import Whitened
from scatjax.errors import InputError
from scatjax.synthesis import Given, SameSpectrum, White
from scatjax.synthesis.start import Reference, Refined

KEYS = jax.random.split(jax.random.key(0), 2000)


def reference(fields):
    """What a start may know of a stack (n, [channel], y, x)."""
    fields = jnp.asarray(fields)
    return Reference(fields, fields.mean((0, -2, -1)), fields.std((-2, -1)).mean(0))


def draws(start, count=2000):
    return np.asarray(jax.jit(jax.vmap(start, (0, None)))(KEYS[:count], 0))


def test_white_takes_the_targets_mean_and_deviation(rng):
    """Each channel its own."""
    fields = rng.normal(size=(1, 2, 6, 5)) * np.array([1.0, 3.0])[:, None, None] + np.array([5.0, -1.0])[:, None, None]
    x = draws(White().prepare(reference(fields.astype("f4")), (2, 6, 5), 2))
    assert x.shape == (2000, 2, 6, 5) and x.dtype == np.float32
    assert np.allclose(x.mean((0, 2, 3)), fields.mean((0, 2, 3)), atol=0.05)
    assert np.allclose(x.std((0, 2, 3)), fields.std((0, 2, 3)), rtol=0.02)
    neighbors = (x[..., 1:] - x[..., 1:].mean()) * (x[..., :-1] - x[..., :-1].mean())
    assert not np.allclose(x[0], x[1]) and np.isfinite(neighbors).all()


def test_white_takes_what_is_given():
    start = White(mean=2, std=0.5).prepare(reference(np.zeros((1, 8, 8), "f4")), (8, 8), 2)
    x = draws(start)
    assert abs(x.mean() - 2) < 0.01 and abs(x.std() - 0.5) < 0.01


@pytest.mark.parametrize("shape", [(8, 8), (7, 10)], ids=str)
def test_same_spectrum(shape, rng):
    """The mean periodogram of many draws is the target's, mode by mode; the mean is kept; the law is Gaussian."""
    fields = rng.normal(size=(1, *shape)).cumsum(2).astype("f4") + 4
    x = draws(SameSpectrum().prepare(reference(fields), shape, 2))
    power = (np.abs(np.fft.fft2(x, norm="ortho")) ** 2).mean(0).ravel()[1:]
    want = (np.abs(np.fft.fft2(fields[0], norm="ortho")) ** 2).ravel()[1:]
    assert np.abs(power / want - 1).max() < 6 * np.sqrt(2 / 2000)  # six standard errors of a real mode
    assert np.allclose(x.mean((1, 2)), fields.mean(), atol=1e-4)
    z = (x - x.mean(0)) / x.std(0)
    assert abs((z**4).mean() - 3) < 0.05


def colored(rng, n=1):
    """Three channels that go together by mode: one is the sum, the other the shifted copy of another."""
    a, b = rng.normal(size=(2, n, 8, 10)).cumsum(-1)
    return np.stack([a, a + 0.5 * b, np.roll(a, 2, -1)], 1).astype("f4") + np.array([1, 2, 3], "f4")[:, None, None]


@pytest.mark.parametrize("n", [1, 3])
def test_channels_keep_their_cross_spectra(n, rng):
    """Mode by mode, phases included; drawn apart, the channels of a color image would have every hue."""
    fields = colored(rng, n)
    x = draws(SameSpectrum().prepare(reference(fields), fields.shape[1:], 2))
    assert x.dtype == np.float32 and np.allclose(x.mean((-2, -1)), fields.mean((0, -2, -1)), atol=1e-4)
    spectra = lambda y: np.einsum("naij,nbij->abij", np.fft.fft2(y, norm="ortho"), np.fft.fft2(y, norm="ortho").conj())
    got, want = spectra(x) / len(x), spectra(fields) / n
    size = np.sqrt(np.einsum("aaij->aij", want)[:, None] * np.einsum("aaij->aij", want)[None])
    off = np.abs(got - want)[..., 1:, 1:] / size[..., 1:, 1:]
    assert off.max() < 6 * np.sqrt(2 / 2000), off.max()


def test_smoothed_channels_keep_their_correlations(rng):
    fields = colored(rng)
    x = draws(SameSpectrum(0.5).prepare(reference(fields), (3, 8, 10), 2), 500)
    flat = lambda y: (y - y.mean((-2, -1), keepdims=True)).swapaxes(0, 1).reshape(3, -1)
    assert np.abs(np.corrcoef(flat(x)) - np.corrcoef(flat(fields))).max() < 0.06
    other = draws(SameSpectrum(0.5).prepare(reference(fields), (3, 16, 20), 2), 200)
    assert other.shape == (200, 3, 16, 20) and np.abs(np.corrcoef(flat(other)) - np.corrcoef(flat(fields))).max() < 0.08


def test_smoothed_spectrum(rng):
    """The spectrum of `Whitened.of` and not one field's: its modes are smooth where the periodogram is noise."""
    field = rng.normal(size=(1, 1024)).cumsum(1).astype("f4")
    known = Reference(jnp.asarray(field), jnp.asarray(field.mean()), jnp.asarray(field.std()))
    x = draws(SameSpectrum(smoothing_octaves=0.5).prepare(known, (1024,), 1), 400)
    power = (np.abs(np.fft.rfft(x, norm="ortho")) ** 2).mean(0)[1:]
    want = np.asarray(Whitened.of(field[0], floor=1e-12).amplitude)[1:] ** 2
    assert np.abs(power / want - 1).max() < 6 * np.sqrt(2 / 400)
    with pytest.raises(InputError, match="positive, or None"):
        SameSpectrum(smoothing_octaves=0).prepare(known, (1024,), 1)


def test_same_spectrum_of_a_stack_and_of_channels(rng):
    fields = rng.normal(size=(3, 2, 6, 6)).astype("f4") * np.array([1.0, 4.0], "f4")[:, None, None]
    x = draws(SameSpectrum().prepare(reference(fields), (2, 6, 6), 2))
    centered = fields - fields.mean((2, 3), keepdims=True)
    assert np.allclose(x.var((0, 2, 3)), (centered**2).mean((0, 2, 3)), rtol=0.05)


def test_same_spectrum_on_another_canvas(rng):
    """Interpolated in cycles a pixel: the variance stays that of the target, and the low modes stay strong."""
    fields = rng.normal(size=(1, 12, 12)).cumsum(1).cumsum(2).astype("f4")
    start = SameSpectrum().prepare(reference(fields), (24, 18), 2)
    x = draws(start, 500)
    assert x.shape == (500, 24, 18)
    power = (np.abs(np.fft.fft2(x, norm="ortho")) ** 2).mean(0)
    assert power[2, 0] > 20 * power[12, 9] and power[0, 0] < np.inf
    old = np.abs(np.fft.fft2(fields[0], norm="ortho")) ** 2
    assert np.allclose(power[4, 0], old[2, 0], rtol=0.5) and np.allclose(power[12, 9], old[6, 6], rtol=0.5)


def test_given_counts_around(rng):
    fields = rng.normal(size=(2, 3, 4)).astype("f4")
    start = Given(fields).prepare(reference(fields), (3, 4), 2)
    assert np.array_equal(start(KEYS[0], 3), fields[1]) and np.array_equal(start(KEYS[1], 0), fields[0])
    one = Given(fields[0]).prepare(reference(fields), (3, 4), 2)
    assert np.array_equal(one(KEYS[0], 5), fields[0])


def test_refined_keeps_the_coarse_wave_numbers(rng):
    """An even coarse canvas lends -2..2 of its -3..2: the Nyquist row has no mirror on the finer grid."""
    coarse, white = rng.normal(size=(2, 6, 6)).astype("f4"), White(mean=0.0, std=1.0)
    start = Refined(white, jnp.asarray(coarse)).prepare(reference(np.zeros((1, 12, 12), "f4")), (12, 12), 2)
    got, noise = (np.fft.fft2(np.asarray(x), norm="forward") for x in (start(KEYS[0], 1), start.law(KEYS[0], 1)))
    want, k = np.fft.fft2(coarse[1], norm="forward"), [0, 1, 2, -2, -1]
    assert np.abs(got[np.ix_(k, k)] - want[np.ix_(k, k)]).max() < 1e-6
    rest = np.ones((12, 12), bool)
    rest[np.ix_(k, k)] = False
    assert np.abs(got - noise)[rest].max() < 1e-6


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda r: Given(np.full((3, 4), np.nan)), "start holds 12 values that are NaN"),
        (
            lambda r: Given(np.ones((3, 5))).prepare(r, (3, 4), 2),
            r"start has shape \(3, 5\), expected \(samples, 3, 4\)",
        ),
        (lambda r: Given(np.ones((1, 1, 3, 4))).prepare(r, (3, 4), 2), r"expected \(samples, 3, 4\)"),
        (lambda r: SameSpectrum()(KEYS[0], 0), "pass it as start=SameSpectrum"),
        (lambda r: SameSpectrum().prepare(Reference(None, r.mean, r.std), (3, 4), 2), "use White"),
    ],
)
def test_errors(call, message):
    with pytest.raises(InputError, match=message):
        call(reference(np.ones((1, 3, 4), "f4")))
