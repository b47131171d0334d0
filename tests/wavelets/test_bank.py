"""The bank: canvases, grids, Littlewood-Paley, and what it says when it cannot be built."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import wavelets
from scatjax.domains import Periodic, Reflect, Zero
from scatjax.errors import InputError
from scatjax.operators import WaveletTransform
from scatjax.wavelets import FilterBank

from ..helpers.tables import BANKS

SIZES = [(16, 16), (17, 16), (15, 21), (32, 12)]


def explicit(x, bank):
    """x * psi for every band, by the FFT of the whole canvas: (J, L, *shape) complex."""
    products = np.fft.fft2(np.asarray(x, float)) * bank.filters().astype(float)
    return np.fft.ifft2(products).reshape(bank.J, bank.L, *bank.shape)


@pytest.mark.parametrize("shape", SIZES, ids=str)
def test_any_size(shape, rng, x64):
    """Odd and non-square canvases: the full transform is the explicit convolution."""
    bank = wavelets.morlet(shape, J=2, L=3, oversampling="full")
    x = rng.normal(size=shape)
    for j, w in enumerate(jax.jit(WaveletTransform(bank))(x)):
        assert np.abs(np.asarray(w["W"]) - explicit(x, bank)[j]).max() < 1e-14


@pytest.mark.parametrize("oversampling, tolerance", [(2, 1e-5), (3, 1e-5), (1, 1e-2)])
def test_coarse_grids_hold_linear_quantities(oversampling, tolerance, rng, x64):
    """The field of a scale on its own grid is the full one, subsampled; one octave cuts a tail at 3 sigma."""
    full = wavelets.morlet((64, 64), J=4, L=4, oversampling="full")
    bank = wavelets.morlet((64, 64), J=4, L=4, oversampling=oversampling)
    x, steps = rng.normal(size=(64, 64)), []
    for j, w in enumerate(jax.jit(WaveletTransform(bank))(x)):
        step = 64 // bank.grids[j][0]
        steps.append(step)
        want = explicit(x, full)[j, :, ::step, ::step]
        error = np.abs(np.asarray(w["W"]) - want).max() / np.abs(want).max()
        assert error < tolerance, f"scale {j}, step {step}: {error}"
    assert steps == [max(2 ** (j - oversampling), 1) for j in range(4)]


def test_coarse_grids_of_an_odd_canvas(rng, x64):
    """Grids that do not divide the canvas: the same Fourier coefficients."""
    full = wavelets.morlet((81, 60), J=4, L=4, oversampling="full")
    bank = wavelets.morlet((81, 60), J=4, L=4, oversampling=2)
    assert bank.grids[3][0] < 81 and 81 % bank.grids[3][0]
    x = rng.normal(size=(81, 60))
    fields = np.asarray(jax.jit(WaveletTransform(bank))(x)[3]["W"])
    grid = bank.grids[3]
    got = np.fft.fftn(fields, axes=(1, 2), norm="forward")
    want = np.fft.fftn(explicit(x, full)[3], axes=(1, 2), norm="forward")
    k = [np.r_[0 : (g + 1) // 2, -(g // 2) : 0] for g in grid]
    assert np.abs(got - want[:, k[0][:, None], k[1][None]]).max() < 1e-6 * np.abs(want).max()


@pytest.mark.parametrize("make", BANKS.values(), ids=BANKS)
def test_cropped_filters_are_the_full_ones(make, x64):
    """At two octaves what is cut is negligible: below 1e-6 of the largest value, but for tails beyond the grid."""
    full, bank = (make(oversampling=o).at((64, 64)) for o in ("full", 2))
    assert np.abs(full.filters() - bank.filters()).max() <= 1e-6 * np.abs(full.filters()).max()
    assert sum(psi.size for psi in bank.psi) <= sum(psi.size for psi in full.psi)


@pytest.mark.parametrize("make", BANKS.values(), ids=BANKS)
def test_littlewood_paley(make, x64):
    """|phi|^2 + half the sum over both signs, mode by mode."""
    bank = make(oversampling="full").at((15, 12))
    psi, phi = bank.filters(), bank.low_pass()
    total = np.zeros((15, 12))
    for k in np.ndindex(15, 12):
        mirror = (-k[0] % 15, -k[1] % 12)
        total[k] = phi[k] ** 2 + 0.5 * sum(p[k] ** 2 + p[mirror] ** 2 for p in psi)
    assert np.abs(bank.littlewood_paley() - total).max() < 1e-14
    assert np.allclose(bank.frame_bounds(), (total.min(), total.max()), rtol=0, atol=1e-14)


def test_energy_lies_within_the_frame_bounds(rng, x64):
    """low |x|^2 <= |x * phi|^2 + sum |x * psi|^2 <= high |x|^2 for any real x."""
    bank = wavelets.morlet((16, 16), J=2, L=4, oversampling="full")
    x = rng.normal(size=(16, 16))
    smooth = np.fft.ifft2(np.fft.fft2(x) * bank.low_pass()).real
    energy = (smooth**2).sum() + (np.abs(explicit(x, bank)) ** 2).sum()
    low, high = bank.frame_bounds()
    assert low * (x**2).sum() <= energy <= high * (x**2).sum()


def test_at_is_the_same_recipe(x64):
    bank = wavelets.morlet((16, 16), J=2, L=3, constants=wavelets.Cheng(), oversampling=1, boundary=Zero(1.5))
    moved, direct = (
        bank.at((32, 24), J=3),
        wavelets.morlet((32, 24), J=3, L=3, constants=wavelets.Cheng(), oversampling=1, boundary=Zero(1.5)),
    )
    assert jax.tree.structure(moved) == jax.tree.structure(direct)
    assert all(np.array_equal(a, b) for a, b in zip(*map(jax.tree.leaves, (moved, direct)), strict=True))
    assert bank.at((16, 16)).domain == bank.domain and bank.J == 2
    assert wavelets.morlet((16, 16), J=2, dtype=np.float32).at((8, 8)).phi.dtype == np.float32


def test_bank_is_a_pytree_of_filters():
    bank = wavelets.morlet((16, 16), J=2, L=4)
    assert len(jax.tree.leaves(bank)) == 3 and all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(bank))
    assert isinstance(jax.tree.map(lambda f: 2 * f, bank), FilterBank)
    assert repr(bank).startswith("FilterBank(Morlet, shape=(16, 16), J=2, L=4, Periodic, oversampling=2, float32")
    table = bank.table
    assert table["j"].tolist() == [0] * 4 + [1] * 4 and np.allclose(table["theta"][:4], np.pi * np.arange(4) / 4)
    assert np.allclose(table["xi"], [0.375] * 4 + [0.1875] * 4)


def test_default_scales():
    """As many octaves as fit, less one."""
    assert wavelets.morlet((64, 32)).J == 4 and wavelets.bump_steerable((64, 64)).L == 8
    assert wavelets.morlet((2, 2)).J == 1


def test_padded_bank_lives_on_its_torus(x64):
    bank = wavelets.morlet((16, 16), J=1, L=4, boundary=Reflect(2.0))
    assert bank.shape == (16, 16) and bank.domain.padded == (24, 24)
    assert bank.filters().shape == (4, 24, 24) and bank.low_pass().shape == (24, 24)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: wavelets.morlet((16, 16), J=5), r"J=5 needs every side >= 32, got \(16, 16\): use J <= 4"),
        (lambda: wavelets.morlet((100, 20), J=5), "use J <= 4, or a larger field"),
        (lambda: wavelets.morlet((1, 64), J=1), "use a larger field"),
        (lambda: wavelets.bump_cheng((16, 16), J=9), "use J <= 4"),
        (lambda: wavelets.morlet((16, 16), J=0), "integers of at least 1"),
        (lambda: wavelets.morlet((16, 16), J=2, L=0), "integers of at least 1"),
        (lambda: wavelets.morlet((16, 16), J=2.0), "integers of at least 1"),
        (lambda: wavelets.bump_cheng((16,), J=2), "wants 2"),
        (lambda: wavelets.morlet((16, 16, 16), J=2), r"has 3 axes; Morlet wants 2"),
        (lambda: wavelets.morlet((16, 16), J=2, oversampling="half"), "octaves >= 0, or 'full'"),
        (lambda: wavelets.morlet((16, 16), J=2, oversampling=-1), "octaves >= 0, or 'full'"),
        (lambda: wavelets.bump_cheng((16, 16), J=2, L=3), "even L, use 4"),
        (lambda: wavelets.gaussian_steerable((16, 16), J=2, L=5), "use 6"),
        (lambda: wavelets.morlet((16, 16), J=3, boundary=Reflect(3.0)), "smaller J, T or reach"),
        (lambda: wavelets.morlet((16, 16), J=2).at((16, 3)), "use J <= 1"),
    ],
)
def test_errors_name_the_remedy(call, message, unchecked):
    with pytest.raises(InputError, match=message):
        call()


def test_periodic_is_the_default():
    assert isinstance(wavelets.shannon((16, 16)).domain.boundary, Periodic)
