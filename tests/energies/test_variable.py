"""A table of variables times the laws of a variable; then what each of them promises."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax.energies import Centered, Composed, Fixed, Increments, Pixels, Whitened
from scatjax.errors import InputError

SHAPE = (12, 15)


def _colored(shape, seed=0, slope=1.5):
    """Noise of power spectrum |k|^-2 slope."""
    noise = np.random.default_rng(seed).standard_normal(shape)
    k = np.sqrt(sum(q**2 for q in np.meshgrid(*map(np.fft.fftfreq, shape[-2:]), indexing="ij")))
    k[0, 0] = k[k > 0].min()
    return np.fft.ifft2(np.fft.fft2(noise) * k**-slope).real


def _mask():
    return np.random.default_rng(1).random(SHAPE) < 0.4


VARIABLES = {
    "pixels": lambda x: Pixels(),
    "whitened": lambda x: Whitened.of(x),
    "tilted": lambda x: Whitened.of(x, tilt=1),
    "fixed": lambda x: Fixed(_mask(), x),
    "centered": lambda x: Centered(jnp.mean(x)),
    "increments": lambda x: Increments(),
    "whitened then centered": lambda x: Composed(Centered(jnp.mean(x)), Whitened.of(x)),
    "increments then fixed": lambda x: Composed(Increments(), Fixed(_mask(), Increments().encode(x))),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("make", VARIABLES.values(), ids=VARIABLES)
def test_laws(make, dtype, x64):
    x = jnp.asarray(_colored(SHAPE), dtype)
    variable = make(x)
    tolerance = 1e-13 if dtype == "float64" else 2e-5
    v = variable.encode(x)
    scale = float(jnp.max(jnp.abs(x)))
    back = variable.decode(v)
    assert v.dtype == x.dtype and back.dtype == x.dtype and back.shape == x.shape
    np.testing.assert_allclose(back, x, atol=tolerance * scale, err_msg="decode(encode(x)) = x")
    np.testing.assert_allclose(variable.encode(back), v, atol=tolerance * float(jnp.max(jnp.abs(v))))
    many = jax.vmap(variable.decode)(jnp.stack([v, 2 * v]))
    np.testing.assert_allclose(many[1], variable.decode(2 * v), atol=tolerance * scale, err_msg="vmap = one")
    assert bool(jnp.isfinite(jax.grad(lambda u: jnp.sum(variable.decode(u) ** 2))(v)).all())


def test_whitening_flattens_the_spectrum(x64):
    x = jnp.asarray(_colored((64, 64)), "float64")
    power = np.abs(np.fft.fft2(Whitened.of(x, smoothing_octaves=0.5).encode(x))) ** 2 / x.size
    k = np.hypot(*np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64), indexing="ij"))
    rings = [power[(k >= low) & (k < 2 * low)].mean() for low in (0.03, 0.06, 0.12, 0.24)]
    np.testing.assert_allclose(rings, 1.0, atol=0.15)  # the field itself spans a factor of 500
    np.testing.assert_allclose(power.mean(), 1.0, atol=0.1)


def test_tilt_is_a_power_of_the_frequency(x64):
    """Beyond the spectrum's the amplitude grows as |k|, up to 1/2 cycle a sample; its mean square stays."""
    x = _colored((16, 16))
    plain, tilted = (np.asarray(Whitened.of(x, tilt=t).amplitude) for t in (0, 1))
    ratio = (tilted / plain)[0, 1:] / np.fft.rfftfreq(16)[1:]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-12)
    whole = lambda a: np.concatenate([a, a[:, 1:-1]], axis=1)
    assert np.mean(whole(tilted) ** 2) == pytest.approx(np.mean(whole(plain) ** 2), rel=1e-12)


def test_white_noise_decodes_to_the_targets_variance(x64, rng):
    stack = np.stack([_colored((32, 32), seed) for seed in range(20)])
    variable = Whitened.of(stack, dimension=2)
    noise = jnp.asarray(rng.standard_normal((200, 32, 32)))
    made = np.asarray(jax.vmap(variable.decode)(noise))
    made = made - made.mean((1, 2), keepdims=True)
    centered = stack - stack.mean((1, 2), keepdims=True)
    np.testing.assert_allclose(made.var(), centered.var(), rtol=0.15)


def test_each_channel_has_its_own_spectrum(x64):
    x = np.stack([_colored(SHAPE), 100 * _colored(SHAPE, 1)])
    both = Whitened.of(x, channels=2)
    one = Whitened.of(x[1])
    np.testing.assert_allclose(both.encode(jnp.asarray(x))[1], one.encode(jnp.asarray(x[1])), rtol=1e-10)


def test_odd_one_dimensional_series(x64, rng):
    x = jnp.asarray(rng.standard_normal(101).cumsum())
    variable = Whitened.of(x)
    np.testing.assert_allclose(variable.decode(variable.encode(x)), x, atol=1e-12)


def test_fixed_keeps_and_frees(rng):
    values, mask = rng.standard_normal((2, *SHAPE)).astype("float32"), _mask()
    variable = Fixed(mask, values)  # one mask for both channels
    v = jnp.asarray(rng.standard_normal(2 * int((~mask).sum())).astype("float32"))
    x = np.asarray(variable.decode(v))
    np.testing.assert_array_equal(x[:, mask], values[:, mask])
    np.testing.assert_array_equal(x[:, ~mask].ravel(), v)
    np.testing.assert_array_equal(variable.encode(jnp.asarray(x)), v)


def test_centered_by_channel(rng):
    x = jnp.asarray(rng.standard_normal((2, 5, 6)).astype("float32"))
    made = Centered(jnp.array([1.0, -3.0])).decode(x)
    np.testing.assert_allclose(made.mean((1, 2)), [1.0, -3.0], atol=1e-6)
    np.testing.assert_allclose(np.diff(made, axis=-1), np.diff(x, axis=-1), atol=1e-5)


def test_errors_name_the_remedy(rng):
    x = rng.standard_normal(SHAPE)
    for bad, remedy in (
        (lambda: Fixed(np.ones(SHAPE, bool), x), "free some"),
        (lambda: Fixed(np.ones((3, 3), bool), x), "last axes"),
        (lambda: Fixed(np.ones(SHAPE), x), "pass booleans"),
        (lambda: Whitened.of(np.ones(SHAPE)), "zero variance"),
        (lambda: Whitened.of(x, channels=2), "give `dimension` and `channels`"),
        (lambda: Whitened.of(x, smoothing_octaves=0), "must be positive"),
        (lambda: Whitened.of(x.astype("float32")).decode(jnp.ones((4, 4))), "make it anew"),
        (lambda: Centered(jnp.ones(3)).decode(jnp.ones(SHAPE)), "one mean a channel"),
    ):
        with pytest.raises(InputError, match=remedy):
            bad()
