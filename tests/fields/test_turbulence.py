"""The simulator against exact solutions, conservation laws, and the energy that its forcing promises."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax.errors import InputError
from scatjax.fields import Forcing, navier_stokes, velocity

KEY = jax.random.key(0)


def grid(shape):
    longest = max(shape)
    return np.meshgrid(*[2 * np.pi * np.arange(n) / longest for n in shape], indexing="ij")


def energy(w) -> float:
    return float((velocity(w) ** 2).sum(0).mean() / 2)


@pytest.mark.parametrize("shape", [(32, 32), (16, 32), (48, 24)], ids=str)
def test_taylor_green_decays_exactly(shape, x64):
    y, x = grid(shape)
    a, b = max(shape) // shape[0], max(shape) // shape[1]  # one period on the shorter side
    start = np.cos(a * y) * np.cos(b * x)
    out = navier_stokes(KEY, shape, 20, 0.05, 0.1, start=start)
    exact = start * np.exp(-0.1 * (a**2 + b**2) * 1.0)
    assert np.abs(out - exact).max() < 1e-13


def test_drag_decays_exactly(x64):
    y, x = grid((16, 16))
    start = np.cos(y) * np.cos(x)
    out = navier_stokes(KEY, (16, 16), 10, 0.1, 0.0, Forcing(2, 0.5, rate=0.0, drag=0.3), start)
    assert np.abs(out - start * np.exp(-0.3)).max() < 1e-13


def test_inviscid_flow_keeps_energy_and_enstrophy(x64):
    start = navier_stokes(KEY, (32, 32), 0, 0.1, 0.0)
    changes = []
    for steps, dt in ((50, 0.02), (100, 0.01)):
        out = navier_stokes(KEY, (32, 32), steps, dt, 0.0, start=start)
        assert float(jnp.abs(out - start).max()) > 0.5, "nothing moved"
        changes.append((abs(energy(out) / energy(start) - 1), abs(float((out**2).mean() / (start**2).mean()) - 1)))
    assert max(changes[1]) < 1e-9, f"energy and enstrophy changed by {changes[1]}"


def test_order_of_convergence_is_four(x64):
    start = navier_stokes(KEY, (32, 32), 0, 0.1, 0.0)
    run = lambda n: navier_stokes(KEY, (32, 32), n, 2.0 / n, 1e-3, start=start)
    fine = run(320)
    errors = [float(jnp.abs(run(n) - fine).max()) for n in (20, 40)]
    order = np.log2(errors[0] / errors[1])
    assert 3.6 < order < 4.6, f"order {order:.2f}, errors {errors}"


def test_advection_is_the_vorticity_equation(x64):
    """One tiny step against spectral derivatives in NumPy, written out without half planes or dealiasing."""
    n, dt, viscosity = 32, 1e-5, 0.01
    rng = np.random.default_rng(0)
    y, x = grid((n, n))
    start = sum(rng.normal() * np.cos(p * y + q * x + rng.normal()) for p in range(-3, 4) for q in range(1, 4))
    out = np.asarray(navier_stokes(KEY, (n, n), 1, dt, viscosity, start=start))
    k = np.fft.fftfreq(n, 1 / n)
    ky, kx = k[:, None], k[None, :]
    hat = np.fft.fft2(start)
    back = lambda spectrum: np.fft.ifft2(spectrum).real
    square = np.where(ky**2 + kx**2 == 0, 1, ky**2 + kx**2)
    v_y, v_x = back(-1j * kx * hat / square), back(1j * ky * hat / square)
    slope = -v_y * back(1j * ky * hat) - v_x * back(1j * kx * hat) - viscosity * back(square * hat)
    assert np.abs((out - start) / dt - slope).max() < 2e-3 * np.abs(slope).max()


@pytest.mark.parametrize("shape", [(16, 16), (16, 32)], ids=str)
def test_forcing_puts_in_the_promised_energy(shape):
    forcing, dt, runs = Forcing(3.0, 1.0, rate=0.7), 0.01, 400
    make = jax.vmap(lambda key: navier_stokes(key, shape, 1, dt, 0.0, forcing, jnp.zeros(shape)))
    w = make(jax.random.split(KEY, runs))
    energies = np.asarray(jax.vmap(lambda w: (velocity(w) ** 2).sum(0).mean() / 2)(w))
    z = (energies.mean() - 0.7 * dt) / (energies.std() / np.sqrt(runs))
    assert abs(z) < 5, f"energy a step {energies.mean():.5f}, expected {0.7 * dt:.5f} ({z:.1f} sigma)"
    power = np.abs(np.fft.fft2(np.asarray(w))).mean(0)
    longest = max(shape)
    k = np.hypot(*np.meshgrid(*[np.fft.fftfreq(n) * longest for n in shape], indexing="ij"))
    assert power[np.abs(k - 3) > 1.01].max() < 1e-4 * power.max(), "energy outside of the ring"


def test_velocity_has_the_vorticity_and_no_divergence(x64):
    w = navier_stokes(KEY, (24, 36), 0, 0.1, 0.0)
    v = np.asarray(velocity(w))
    k_y, k_x = np.fft.fftfreq(24)[:, None] * 36, np.fft.fftfreq(36)[None] * 36
    along = lambda f, k: np.fft.ifft2(1j * k * np.fft.fft2(f)).real
    assert np.abs(along(v[0], k_x) - along(v[1], k_y) - w).max() < 1e-12
    assert np.abs(along(v[0], k_y) + along(v[1], k_x)).max() < 1e-12


def test_keys_decide_and_steps_are_a_prefix():
    run = lambda key, steps: navier_stokes(
        key, (16, 16), steps, 0.05, 1e-3, Forcing(3, 1, 0.1, 0.1), jnp.zeros((16, 16))
    )
    assert jnp.array_equal(run(KEY, 5), run(KEY, 5))
    assert not jnp.array_equal(run(KEY, 5), run(jax.random.key(1), 5))


def test_dtype_follows_the_start(x64):
    start = np.ones((8, 8), np.float32)
    assert navier_stokes(KEY, (8, 8), 2, 0.1, 0.1, Forcing(2, 1, 0.1), start).dtype == jnp.float32
    assert velocity(start).dtype == jnp.float32
    assert navier_stokes(KEY, (8, 8), 2, 0.1, 0.1).dtype == jnp.float64


def test_gradient_in_the_viscosity_is_finite_and_negative(x64):
    total = lambda nu: (navier_stokes(KEY, (16, 16), 5, 0.05, nu) ** 2).mean()
    nu, h = jnp.asarray(0.01), 1e-5
    slope = float(jax.grad(total)(nu))
    assert abs(slope / float((total(nu + h) - total(nu - h)) / (2 * h)) - 1) < 1e-6 and slope < 0


def test_new_numbers_compile_nothing():
    from scatjax.fields.simulators.turbulence import _integrate

    navier_stokes(KEY, (8, 8), 3, 0.1, 0.1, Forcing(2, 1, 0.1, 0.1))
    before = _integrate._cache_size()
    navier_stokes(KEY, (8, 8), 3, 0.2, 0.3, Forcing(2, 1, 0.4, 0.5))
    assert _integrate._cache_size() == before


@pytest.mark.parametrize(
    "change, word",
    [
        ({"shape": (8,)}, "two sides"),
        ({"dt": 0.0}, "dt is positive"),
        ({"steps": -1}, "not negative"),
        ({"viscosity": -1.0}, "not negative"),
        ({"start": np.ones((8, 9))}, "(..., 8, 8)"),
        ({"start": np.ones((2, 8, 8))}, "vmap"),
        ({"start": np.full((8, 8), np.nan)}, "NaN"),
        ({"start": np.ones((8, 8), int)}, "float"),
        ({"forcing": Forcing(100, 1, 1.0)}, "wavenumber below"),
    ],
)
def test_unusable_arguments_are_refused(change, word):
    arguments = {"shape": (8, 8), "steps": 1, "dt": 0.1, "viscosity": 0.1} | change
    with pytest.raises(InputError) as caught:
        navier_stokes(KEY, **arguments)
    assert word in str(caught.value)


def test_forcing_refuses_negative_numbers():
    with pytest.raises(InputError, match="rate=-1"):
        Forcing(3, 1, rate=-1)
    with pytest.raises(InputError, match="one field"):
        velocity(np.ones(4))
