"""Every published set against its authors' code: pywph, Zhang and Mallat's B and C, rectifiers of gray and color."""

import functools
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import pairs, wavelets
from scatjax.moments import PhaseHarmonics, RectifierCovariances
from scatjax.moments.pairs.alpha import shift_set
from scatjax.moments.pairs.pywph import GaussianLowPasses

pytestmark = pytest.mark.golden
FOLDER = Path(__file__).parents[1] / "golden" / "wph"
ROW = ("j1", "l1", "k1", "j2", "l2", "k2")
POINTS = 64**2


@functools.cache
def stored(name):
    """One file of the peers."""
    with np.load(FOLDER / f"{name}.npz") as file:
        return dict(file)


@pytest.fixture(params=[np.float64, np.float32], ids=["float64", "float32"])
def dtype(request):
    """The precision of a test: float64 is enabled inside of it."""
    with jax.enable_x64(request.param is np.float64):
        yield request.param


def bank(J):
    return wavelets.bump_steerable((64, 64), J=J, L=4, oversampling="full")


def numbers(phi, values):
    """The complex numbers of the rows of a Gamma, in their order."""
    row, part = phi.gamma.parts()
    out = np.zeros(len(phi.gamma), complex)
    np.add.at(out, row, np.where(part == 0, 1, 1j) * np.asarray(values))
    return out


def rows(gamma):
    return np.stack([gamma.rows[name] for name in ROW], 1)


def agree(got, want, float64, float32, dtype, size=1.0):
    """Within a tolerance for each precision, relative to `size`."""
    error = np.abs(np.asarray(got) - want).max() / size
    tolerance = float64 if dtype is np.float64 else float32
    assert error <= tolerance, f"off by {error:.2g}, allowed {tolerance:.2g}"


def loss_and_gradient(phi, target, x, factor=1.0):
    """sum |S(y) - S(target)|^2 at y = x, as the peers sum it: a complex number is two."""
    wanted = phi.vector(target)
    return jax.jit(jax.value_and_grad(lambda y: factor * ((phi.vector(y) - wanted) ** 2).sum()))(jnp.asarray(x))


@pytest.mark.parametrize("norm", ["none", "auto"])
@pytest.mark.parametrize("dn", [0, 2])
def test_pywph(dn, norm, dtype):
    z = stored("pywph")
    gamma = pairs.pywph(4, 4, translations=dn, normalized=norm == "auto")
    n = len(z[f"idx_wph_dn{dn}"])
    assert np.array_equal(rows(gamma)[:n], z[f"idx_wph_dn{dn}"][:, :6])
    shifts = np.stack([gamma.rows["dx"], gamma.rows["dy"]], 1)
    assert np.array_equal(shifts[:n], z[f"tau_dn{dn}"]) and not shifts[n:].any()
    phi = PhaseHarmonics(bank(4), gamma)
    program = jax.jit(phi.vector)
    for name in "IW":
        got = numbers(phi, program(z[f"{name}64"].astype(dtype)))
        agree(got, z[f"{name}_dn{dn}_{norm}"], 1e-13, 2e-6, dtype)


@pytest.mark.parametrize("dn", [0, 2])
def test_pywph_normalized_by_another_field(dn, dtype):
    """White noise in the units of the dust map, and the energy that the peer descends with its gradient."""
    z = stored("pywph")
    image, white = (z[f"{name}64"].astype(dtype) for name in "IW")
    phi = PhaseHarmonics(bank(4), pairs.pywph(4, 4, translations=dn)).fit(image)
    got, order = numbers(phi, jax.jit(phi.vector)(white)), z[f"idcov_dn{dn}"]
    placed = got.copy()
    placed[order] = got[: len(order)]
    agree(placed, z[f"W_dn{dn}_auto_refI"], 1e-13, 2e-6, dtype)
    loss, slope = loss_and_gradient(phi, image, white)
    agree(loss, z[f"loss_dn{dn}"], 1e-12, 1e-5, dtype, z[f"loss_dn{dn}"])
    want = z[f"grad_W_dn{dn}"]
    agree(slope, want, 1e-12, 1e-5, dtype, np.abs(want).max())


def test_pywph_complex_map(dtype):
    """Q + iU: 2L angles, and the pseudo-covariances of S11 and of the low-passes."""
    z = stored("pywph")
    gamma = pairs.pywph(4, 4, normalized=False, complex_map=True)
    index = z["idx_wph_cplx_dn0"]
    assert np.array_equal(rows(gamma)[: len(index)], index[:, :6])
    assert np.array_equal(gamma.rows["flip"][: len(index)], index[:, 8])
    phi = PhaseHarmonics(bank(4), gamma, channels=2)
    x = np.stack([z["P64"].real, z["P64"].imag]).astype(dtype)
    agree(numbers(phi, jax.jit(phi.vector)(x)), z["P_cplx_dn0_none"], 1e-13, 2e-6, dtype)


def test_pywph_not_periodic(dtype):
    """The peer's weights are float32 here, also in double precision."""
    z = stored("pywph")
    phi = PhaseHarmonics(bank(4), pairs.pywph(4, 4, normalized=False, periodic=False))
    got = numbers(phi, jax.jit(phi.vector)(z["I64"].astype(dtype)))
    agree(got, z["I_dn0_nopbc_none"], 1e-9, 2e-6, dtype)


def test_pywph_cross(dtype):
    z = stored("pywph")
    gamma = pairs.pywph_cross(4, 4, normalized=False)
    index = z["idx_wph_cross"]
    assert np.array_equal(rows(gamma)[: len(index)], index[:, :6])
    phi = PhaseHarmonics(bank(4), gamma, channels=2)
    got = numbers(phi, jax.jit(phi.vector)(np.stack([z["I64"], z["W64"]]).astype(dtype)))
    agree(got, z["IW_cross_none"], 1e-13, 2e-6, dtype)


@pytest.mark.parametrize("model", ["B", "C"])
def test_zhang_mallat(model, dtype):
    z = stored("zhang_mallat_bc")
    x, w = (stored("pywph")[name].astype(dtype) for name in ("I64", "W64"))
    make = {"B": pairs.zhang_mallat_b, "C": pairs.zhang_mallat_c}[model]
    phi = PhaseHarmonics(bank(3), make(3, 4, angle_steps=2, shift_steps=2)).fit(x)
    program = jax.jit(phi.vector)
    for field, name in ((x, "S_x"), (w, "S_w_refx")):
        want = z[f"{model}_{name}"] @ [1, 1j]
        agree(numbers(phi, program(field)), want, 1e-13, 5e-6, dtype)
    loss, slope = loss_and_gradient(phi, x, w)
    agree(loss, z[f"{model}_loss"], 1e-13, 5e-6, dtype, z[f"{model}_loss"])
    want = z[f"{model}_grad_w"]
    agree(slope, want, 1e-13, 5e-6, dtype, np.abs(want).max())


def alpha_bank(dtype):
    """Kymatio's Morlets with the peer's own filters, which are complex64 there: 1.2e-7 from the formula."""
    z = stored("alpha")
    made = wavelets.morlet((64, 64), J=3, L=4, oversampling="full", constants=wavelets.Kymatio())
    assert all(np.abs(np.asarray(made.psi[j]) - z["psi"][j]).max() < 3e-7 for j in range(3))
    assert np.abs(np.asarray(made.phi) - z["phi"]).max() < 3e-7
    filters = tuple(jnp.asarray(psi.astype(dtype)) for psi in z["psi"]), jnp.asarray(z["phi"].astype(dtype))
    return eqx.tree_at(lambda b: (b.psi, b.phi), made, filters)


def test_alpha_gray(dtype):
    z = stored("alpha")
    gray, white = z["gray"].astype(dtype), stored("alpha")["white"].astype(dtype)
    moves = shift_set(3)
    order = np.lexsort(moves.T[::-1] % 64)
    assert np.array_equal(moves[order], z["shifts"])
    gamma = pairs.alpha_gray(3, 4)
    first = gamma.select(kind="C").rows.take(np.arange(384) * 21)
    for side in (1, 2):
        place = 16 * first[f"j{side}"] + 4 * first[f"l{side}"] + first[f"k{side}"]
        assert np.array_equal(place, z[f"gray_idx_la{side}"])
    phi = RectifierCovariances(alpha_bank(dtype), gamma).fit(gray)
    program = jax.jit(phi.vector)
    for x, name in ((gray, "gray_S_obs"), (white, "gray_S_white_refobs")):
        got = np.asarray(program(x)).reshape(388, 21)[:, order] * POINTS
        agree(got, z[name], 1e-13, 1e-6, dtype, np.abs(z[name]).max())
    loss, slope = loss_and_gradient(phi, gray, white, 1e-6 * POINTS**2)
    agree(loss, z["gray_loss"], 1e-13, 1e-6, dtype, z["gray_loss"])
    agree(slope, z["gray_grad"], 1e-13, 1e-6, dtype, np.abs(z["gray_grad"]).max())


def test_alpha_color(dtype):
    """The peer's table has zeros where two channels are not shifted; ours has no such rows."""
    z = stored("alpha")
    color, gamma = z["color"].astype(dtype), pairs.alpha_color(3, 4, scale_steps=2)
    phi = RectifierCovariances(alpha_bank(dtype), gamma, channels=3).fit(color)
    r, got = gamma.rows, np.zeros(z["color_kept"].shape)
    names = ("kind", "c1", "j1", "l1", "k1", "c2", "j2", "l2", "k2")
    other = np.any([r[name][1:] != r[name][:-1] for name in names], axis=0)
    line = np.concatenate([[0], np.cumsum(other)])
    same = (z["shifts"][None] == np.stack([r["dy"], r["dx"]], 1)[:, None]).all(2)
    assert (same.sum(1) == 1).all() and line[-1] == len(got) - 1
    got[line, same.argmax(1)] = np.asarray(jax.jit(phi.vector)(color)) * POINTS
    assert not got[~z["color_kept"]].any()
    agree(got[z["color_kept"]], z["color_S_obs"], 1e-13, 1e-6, dtype, np.abs(z["color_S_obs"]).max())


def test_filters(x64):
    """The authors' Matlab at L=8, whose low-pass sums fewer periods (1e-4), and the four low-passes of pywph."""
    z = stored("filters")
    made = wavelets.bump_steerable((64, 64), J=6, L=8, oversampling="full")
    psi = made.filters().reshape(6, 8, 64, 64)
    assert np.abs(psi[:, [1, 6]] - z["psi"]).max() < 1e-14
    assert np.abs(made.low_pass()[:33, :33] - z["phi"]).max() < 1e-4
    low = GaussianLowPasses(2).filters(bank(3))
    assert low.shape == (4, 64, 64) and np.abs(low[:, :33, :33] - z["low"]).max() < 1e-14
