"""Denoising: that noise is taken out, by its definition, with its floor; gaps, samplers of noise, and bad input."""

import os
import signal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import wavelets
from scatjax.coefficients import Table
from scatjax.errors import InputError
from scatjax.moments import AbstractPlain, Gamma, Marginals, PhaseHarmonics, RectifierCovariances
from scatjax.moments.covariances import pairs
from scatjax.synthesis import Given, SameSpectrum, White, denoise
from scatjax.synthesis.denoising.gaps import filled, fitted_with_gaps
from scatjax.synthesis.denoising.noises import draw_noises
from scatjax.synthesis.denoising.spectrum_under_noise import ring_numbers, smooth_spectrum, subtracted

SHAPE = (32, 32)
KEY = jax.random.key(3)
BANK = wavelets.bump_steerable(SHAPE, J=3, L=4)
PHI = PhaseHarmonics(BANK, pairs.pywph(J=3, L=4))


def red(seed, side=32):
    """A field of steep spectrum with variance 1: noise of its own variance prevails at its small scales."""
    k = np.hypot(*np.meshgrid(*(np.fft.fftfreq(side) * side,) * 2))
    white = np.random.default_rng(seed).normal(size=(side, side))
    x = np.fft.ifft2(np.fft.fft2(white) / (1 + (k / 3) ** 2)).real
    return ((x - x.mean()) / x.std()).astype(np.float32)


X = red(0)
NOISE = np.random.default_rng(1).normal(size=SHAPE).astype(np.float32)
D = X + NOISE


def fine(x):
    """Power of the wave numbers beyond 10."""
    power = np.abs(np.fft.fft2(np.asarray(x, float))) ** 2 / x.size**2
    k = np.hypot(*np.meshgrid(*(np.fft.fftfreq(len(x)) * len(x),) * 2))
    return power[k > 10].sum()


@pytest.fixture(scope="module")
def restored():
    return denoise(KEY, PHI, D, White(std=1.0), num_noises=6, report=None)


def test_noise_is_taken_out(restored):
    """Were the noise ignored, the data would match their own moments and be returned: error 1, 20 times the power."""
    u = np.asarray(restored.fields[0])
    error = np.sqrt(np.mean((u - X) ** 2))
    assert restored.statuses() == ["converged"] and restored.residual[0] <= 0.2 * restored.floor[0]
    assert error < 0.7, f"pixel error {error}, that of the data is {np.std(D - X)}"
    assert 0.4 < fine(u) / fine(X) < 2.5 and fine(D) / fine(X) > 10
    assert "6 noises" in str(restored)


def test_the_data_are_no_solution():
    """From the data the residual starts far above the floor, and the descent alone takes the power down."""
    first = denoise(KEY, PHI, D, White(std=1.0), num_noises=6, start=Given(D), max_steps=1, report=None)
    assert first.residual[0] > 2 * first.floor[0] and np.allclose(first.fields[0], D, atol=1e-6)
    last = denoise(KEY, PHI, D, White(std=1.0), num_noises=6, start=Given(D), report=None)
    assert last.statuses() == ["converged"] and fine(last.fields[0]) < 0.3 * fine(D)


class Power(AbstractPlain):
    """The mean square alone, whose law under noise is known."""

    shape: tuple[int, ...] = eqx.field(static=True, default=SHAPE)
    channels: int | None = eqx.field(static=True, default=None)
    table: Table = eqx.field(static=True, default=Table(kind=["power"]))

    def numbers(self, x):
        return jnp.mean(x**2)[None]

    def at(self, shape):
        return Power(shape)


def test_floor_of_a_known_law():
    """Var <(u+n)^2> = (4 s^2 <u^2> + 2 s^4) / N for white noise of variance s^2."""
    options = dict(start=Given(X), max_steps=1, tolerance=0.0, report=None)
    r = denoise(KEY, Power(), D, White(std=0.5), num_noises=200, **options)
    variance = (4 * 0.25 * np.mean(X**2) + 2 * 0.25**2) / X.size * (1 + 1 / 200)
    assert np.isclose(r.floor[0], np.sqrt(variance) / np.mean(D**2), rtol=0.15)


def test_residual_is_its_definition():
    """| mean_i phi(u + n_i) - phi(d) | / | phi(d) |, over the centered noises of the key."""
    r = denoise(KEY, Power(), D, White(std=0.5), num_noises=3, start=Given(X), max_steps=1, tolerance=0.0, report=None)
    noises = np.asarray(draw_noises(jax.random.fold_in(KEY, 0), White(std=0.5), 3, SHAPE, 2, D.dtype), float)
    want = abs(np.mean([np.mean((X + n) ** 2) for n in noises]) / np.mean(D.astype(float) ** 2) - 1)
    assert np.isclose(r.residual[0], want, rtol=1e-3)


def test_noises_are_centered_and_keep_their_law():
    """Their sum vanishes, their variance does not shrink; laws, samplers and stacks are alike."""
    fields = np.asarray(draw_noises(KEY, White(std=2.0), 5, (64, 64), 2, np.float32))
    assert np.abs(fields.sum(0)).max() < 1e-4 and abs(fields.std() - 2) < 0.03 and fields.dtype == np.float32
    sampler = lambda key: 2.0 * np.asarray(jax.random.normal(key, (64, 64)))
    drawn = np.asarray(draw_noises(KEY, sampler, 5, (64, 64), 2, np.float32))
    stack = np.stack([sampler(jax.random.fold_in(KEY, i)) for i in range(5)])
    assert np.array_equal(drawn, draw_noises(KEY, stack, 99, (64, 64), 2, np.float32))


def test_smooth_spectrum_under_noise(rng):
    """Of 200 draws of ring powers the estimate has no bias to speak of, 3 dB below the noise; rings of one mode too."""
    k = np.arange(1.0, 33.0)
    S, modes = 40 / k**2.5, np.round(2 * np.pi * k)
    noise = np.full(32, S[16])
    power = (S + noise) * rng.gamma(modes / 2, 2 / modes, (200, 32))
    found = np.log([smooth_spectrum(p, noise, modes, k, 0.3) for p in power])
    assert np.abs(found.mean(0) - np.log(S))[2:28].max() < 0.2
    subtraction = np.log(np.maximum(power - noise, 1e-3 * noise))
    assert found.std(0)[20:].max() < 0.5 * subtraction.std(0)[20:].min()


def test_start_has_the_power_of_the_field():
    """Ring powers of filtered data, down to a tenth of the noise's; the mean is kept."""
    x = red(5, 64).astype(float)
    rng = np.random.default_rng(6)
    y = subtracted(x + 3.0 + rng.normal(size=x.shape), rng.normal(size=(10, 64, 64)))
    ring = ring_numbers(x.shape)
    assert abs(y.mean() - 3) < 0.1
    power = lambda f: np.bincount(ring.ravel(), (np.abs(np.fft.fft2(f)) ** 2).ravel())
    seen = power(x) > 0.1 * np.bincount(ring.ravel()) * x.size
    ratio = 10 * np.log10(power(y) / power(x))[seen][2:]
    assert len(ratio) > 10 and np.abs(ratio).max() < 2 and np.sqrt((ratio**2).mean()) < 0.8


def test_gaps_are_filled_and_their_data_do_not_matter():
    """NaN or anything else in the gap gives the same bits; the gap gets the variance of the field."""
    mask = np.ones(SHAPE, bool)
    mask[8:20, 10:24] = False
    phi = PhaseHarmonics(BANK, pairs.pywph(J=3, L=4, classes=("S11", "S00", "L")))
    results = []
    for value in (np.nan, 100.0):
        d = np.where(mask, X + 0.2 * NOISE, np.float32(value)).astype(np.float32)
        r = denoise(KEY, phi, d, White(std=0.2), num_noises=4, mask=mask, max_steps=15, report=None)
        results.append(np.asarray(r.fields[0]))
    assert np.array_equal(*results) and np.isfinite(results[0]).all()
    gap, known = results[0][~mask], results[0][mask]
    assert 0.3 < gap.std() / known.std() < 1.7 and np.sqrt(np.mean((known - X[mask]) ** 2)) < 0.3
    assert np.array_equal(filled(KEY, X.astype(float), mask)[mask], X.astype(float)[mask])


def test_samples_of_one_key():
    """Each sample has noises of its own; sample 0 does not depend on the others; float64 stays."""
    draw = lambda n: denoise(KEY, Power(), D, White(std=1.0), num_noises=3, num_samples=n, max_steps=3, report=None)
    two, one = draw(2), draw(1)
    assert two.fields.shape == (2, *SHAPE) and two.floor.shape == (2,) and len(two.statuses()) == 2
    assert np.array_equal(two.fields[0], one.fields[0]) and not np.allclose(two.fields[0], two.fields[1], atol=1e-3)


def test_channels_and_float64(x64):
    pair = np.stack([X, X[::-1]]).astype(np.float64)
    powers = Gamma(kind="P", j1=[0, 1, 0, 1], j2=[0, 1, 0, 1], k1=1, k2=1, c1=[0, 0, 1, 1], c2=[0, 0, 1, 1])
    phi = PhaseHarmonics(BANK, powers, channels=2)
    r = denoise(KEY, phi, pair + NOISE, White(std=1.0), num_noises=3, max_steps=3, report=None)
    assert r.fields.shape == (1, 2, *SHAPE) and r.fields.dtype == jnp.float64
    assert np.sqrt(np.mean((np.asarray(r.fields[0]) - pair) ** 2)) < 0.8


def test_ctrl_c_keeps_the_best(monkeypatch):
    stop = lambda progress: os.kill(os.getpid(), signal.SIGINT)
    r = denoise(KEY, Power(), D, White(std=1.0), num_samples=2, num_noises=3, tolerance=0.0, report=stop)
    assert r.statuses() == ["interrupted"] * 2 and np.isfinite(r.fields).all() and np.isinf(r.residual[1])


STACK = np.random.default_rng(2).normal(size=(4, *SHAPE)).astype(np.float32)
BAD = [
    (dict(noise=STACK[:, :16]), r"noise has shape \(4, 16, 32\), expected \(n >= 2, 32, 32\)"),
    (dict(noise=STACK[:1]), r"expected \(n >= 2, 32, 32\)"),
    (dict(noise=lambda key: jnp.zeros((3, 3))), r"noise\(key\) gives shape \(3, 3\), the data has \(32, 32\)"),
    (dict(noise=0 * STACK), "noise is zero"),
    (dict(noise=White()), r"give White\(std=1.0\)"),
    (dict(noise=STACK + 1), "noise has the mean 0.98"),
    (dict(noise=np.where(STACK > 3, np.nan, STACK)), "noise holds"),
    (dict(noise=SameSpectrum()), "SameSpectrum needs a field"),
    (dict(noise=STACK, num_samples=2), "num_samples=2 of one stack of noises are one field"),
    (dict(num_noises=1), "num_noises=1 must be an integer of at least 2"),
    (dict(phi=PHI.fit(10 * X)), "phi was fitted to a field of variance"),
    (dict(data=D[None]), r"data has shape \(1, 32, 32\): pass one field"),
    (dict(data=np.where(D > 3, np.nan, D).astype(np.float32)), "are NaN or Inf"),
    (dict(mask=np.ones((3, 3), bool)), r"mask has shape \(3, 3\) and dtype bool: pass booleans of shape \(32, 32\)"),
    (dict(mask=np.ones(SHAPE)), "dtype float64: pass booleans"),
    (dict(mask=np.zeros(SHAPE, bool)), "not all false"),
    (dict(mask=D > 0), "mask= needs PhaseHarmonics"),
    (dict(phi=PHI, mask=D > -3, weights=np.ones(3)), f"give {len(PHI.table)} numbers, one a row of phi"),
    (dict(start=Given(X[:8])), r"start has shape \(8, 32\)"),
    (dict(tolerance=-1.0), "tolerance=-1.0 must be 0 or positive"),
    (dict(num_samples=0), "num_samples=0 must be"),
    (dict(key=1), "key=1 must be a JAX key"),
]


@pytest.mark.parametrize("arguments, message", BAD, ids=[" ".join(a) + str(i) for i, (a, _) in enumerate(BAD)])
def test_bad_arguments(arguments, message, unchecked):
    """One line that names the argument and the remedy."""
    given = dict(key=KEY, phi=Marginals(SHAPE, J=1), data=D, noise=White(std=1.0), max_steps=1, report=None) | arguments
    with pytest.raises(InputError, match=message) as error:
        denoise(**given)
    assert "\n" not in str(error.value)


MORLET = wavelets.morlet(SHAPE, J=2, L=2)
EDGED = {
    "border": lambda: RectifierCovariances(MORLET, pairs.alpha_gray(2, 2, scale_steps=0, all_shifts=False)),
    "cropped": lambda: PhaseHarmonics(BANK, pairs.pywph(3, 4, classes=["S11", "S00"], periodic=False)),
    "complex": lambda: PhaseHarmonics(BANK, pairs.pywph(3, 4, classes=["S11"], complex_map=True), channels=2),
}


@pytest.mark.parametrize("name", EDGED)
def test_known_and_all_pixels_are_measured_alike(name):
    """One unknown pixel: edges of the set are the same in both, so that the moments of one field are nearly, too."""
    mask = np.ones(SHAPE, bool)
    mask[10, 10] = False
    x = np.stack([red(4), red(5)]) if name == "complex" else red(4)
    both, target = fitted_with_gaps(EDGED[name](), x, mask)
    values = np.asarray(both.vector(x))
    known, whole = np.split(values, 2)
    assert np.allclose(values[: len(known)], target[: len(known)], atol=1e-5)
    assert np.linalg.norm(known - whole) < 0.05 * np.linalg.norm(known)
