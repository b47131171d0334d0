"""Every published set against its authors' code: pywph, Zhang and Mallat's B and C, rectifiers of gray and color."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import pairs, wavelets
from scatjax.moments import PhaseHarmonics, RectifierCovariances
from scatjax.moments.covariances.pairs.alpha import shift_set
from scatjax.moments.covariances.pairs.regaldo import GaussianLowPasses

from ..helpers import GOLDEN
from ..helpers.covariances import QUICK, numbers

pytestmark = pytest.mark.golden
FOLDER = GOLDEN / "wph"
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


def moments(phi, x):
    """The numbers of a field."""
    return jax.jit(phi.vector, compiler_options=QUICK)(x)


@pytest.fixture(params=[np.float64, pytest.param(np.float32, marks=pytest.mark.slow)], ids=["float64", "float32"])
def often(request):
    """As `dtype`; float32 only with `-m slow`."""
    with jax.enable_x64(request.param is np.float64):
        yield request.param


def bank(J):
    return wavelets.bump_steerable((64, 64), J=J, L=4, oversampling="full")


def rows(gamma):
    return np.stack([gamma.rows[name] for name in ROW], 1)


def agree(got, want, float64, float32, dtype, size=1.0):
    """Within a tolerance for each precision, relative to `size`."""
    error = np.abs(np.asarray(got) - want).max() / size
    tolerance = float64 if dtype is np.float64 else float32
    assert error <= tolerance, f"off by {error:.2g}, allowed {tolerance:.2g}"


@eqx.filter_jit(compiler_options=QUICK)
def descended(phi, wanted, x, masks):
    """Moments of x and, for each mask over them, sum |S(x) - wanted|^2 as the peers sum it, with its gradient."""
    got, pull = jax.vjp(phi.vector, jnp.asarray(x))
    left = (got - wanted)[None] * masks
    return got, (left**2).sum(1), jax.vmap(lambda r: pull(2 * r)[0])(left)


def first(phi, x, masks):
    """The moments of a target."""
    return descended(phi, np.zeros(len(phi.table), x.dtype), x, masks)[0]


def places(gamma, other):
    """Where the real numbers of another Gamma stand among those of a Gamma that holds its rows."""
    names = {name: row for row, name in enumerate(gamma.table().names())}
    return np.array([names[name] for name in other.table().names()])


def masks_of(gamma, *others, dtype):
    masks = np.zeros((len(others), len(gamma.parts()[0])), dtype)
    for mask, other in zip(masks, others, strict=True):
        mask[places(gamma, other)] = 1
    return masks


@pytest.mark.parametrize("dn", [0, 2])
def test_pywph_rows(dn):
    z, gamma = stored("pywph"), pairs.pywph(4, 4, translations=dn)
    n = len(z[f"idx_wph_dn{dn}"])
    assert np.array_equal(rows(gamma)[:n], z[f"idx_wph_dn{dn}"][:, :6])
    shifts = np.stack([gamma.rows["dx"], gamma.rows["dy"]], 1)
    assert np.array_equal(shifts[:n], z[f"tau_dn{dn}"]) and not shifts[n:].any()


def test_pywph_without_normalization(often):
    """Fields less their own means; the rows without shifts are among those with them."""
    z = stored("pywph")
    gamma, few = (pairs.pywph(4, 4, translations=dn, normalized=False) for dn in (2, 0))
    phi = PhaseHarmonics(bank(4), gamma)
    program = jax.jit(phi.vector, compiler_options=QUICK)
    for name in "IW":
        got = np.asarray(program(z[f"{name}64"].astype(often)))
        agree(numbers(gamma, got), z[f"{name}_dn2_none"], 1e-13, 2e-6, often)
        agree(numbers(few, got[places(gamma, few)]), z[f"{name}_dn0_none"], 1e-13, 2e-6, often)


def test_pywph(often):
    """Each field in its own units, white noise in those of the dust map, and the energy that the peer descends."""
    z = stored("pywph")
    image, white = (z[f"{name}64"].astype(often) for name in ("I", "W"))
    gamma, few = (pairs.pywph(4, 4, translations=dn) for dn in (2, 0))
    masks = masks_of(gamma, few, gamma, dtype=often)
    phi = PhaseHarmonics(bank(4), gamma)
    fitted = phi.fit(image)
    wanted = first(fitted, image, masks)
    got, loss, slope = descended(fitted, wanted, white, masks)
    values = {"I_dn{}_auto": wanted, "W_dn{}_auto": first(phi.fit(white), white, masks), "W_dn{}_auto_refI": got}
    for name, value in values.items():
        for dn, set_, chosen in ((2, gamma, slice(None)), (0, few, places(gamma, few))):
            want = z[name.format(dn)]
            size = np.abs(want).max() if often is np.float32 else 1.0  # white noise is up to 6 in the map's units
            agree(numbers(set_, np.asarray(value)[chosen]), want, 1e-13, 2e-6, often, size)
    for n, dn in enumerate((0, 2)):
        agree(loss[n], z[f"loss_dn{dn}"], 1e-12, 1e-5, often, z[f"loss_dn{dn}"])
        want = z[f"grad_W_dn{dn}"]
        agree(slope[n], want, 1e-12, 1e-5, often, np.abs(want).max())


def test_pywph_complex_map(often):
    """Q + iU: 2L angles, and the pseudo-covariances of S11 and of the low-passes."""
    z = stored("pywph")
    gamma = pairs.pywph(4, 4, normalized=False, complex_map=True)
    index = z["idx_wph_cplx_dn0"]
    assert np.array_equal(rows(gamma)[: len(index)], index[:, :6])
    assert np.array_equal(gamma.rows["flip"][: len(index)], index[:, 8])
    phi = PhaseHarmonics(bank(4), gamma, channels=2)
    x = np.stack([z["P64"].real, z["P64"].imag]).astype(often)
    agree(numbers(gamma, moments(phi, x)), z["P_cplx_dn0_none"], 1e-13, 2e-6, often)


def test_pywph_not_periodic(often):
    """The peer's weights are float32 here, also in double precision."""
    z = stored("pywph")
    gamma = pairs.pywph(4, 4, normalized=False, periodic=False)
    got = moments(PhaseHarmonics(bank(4), gamma), z["I64"].astype(often))
    agree(numbers(gamma, got), z["I_dn0_nopbc_none"], 1e-9, 2e-6, often)


def test_pywph_cross(dtype):
    z = stored("pywph")
    gamma = pairs.pywph_cross(4, 4, normalized=False)
    index = z["idx_wph_cross"]
    assert np.array_equal(rows(gamma)[: len(index)], index[:, :6])
    phi = PhaseHarmonics(bank(4), gamma, channels=2)
    got = numbers(gamma, moments(phi, np.stack([z["I64"], z["W64"]]).astype(dtype)))
    agree(got, z["IW_cross_none"], 1e-13, 2e-6, dtype)


def test_zhang_mallat(dtype):
    """Model C, and B whose rows are among C's: moments, loss and gradient."""
    z = stored("zhang_mallat_bc")
    x, w = (stored("pywph")[name].astype(dtype) for name in ("I64", "W64"))
    models = {m: make(3, 4, angle_steps=2, shift_steps=2) for m, make in MODELS.items()}
    gamma, masks = models["C"], masks_of(models["C"], *models.values(), dtype=dtype)
    phi = PhaseHarmonics(bank(3), gamma).fit(x)
    wanted = first(phi, x, masks)
    got, loss, slope = descended(phi, wanted, w, masks)
    for n, (model, few) in enumerate(models.items()):
        for value, name in ((wanted, "S_x"), (got, "S_w_refx")):
            chosen = np.asarray(value)[places(gamma, few)]
            agree(numbers(few, chosen), z[f"{model}_{name}"] @ [1, 1j], 1e-13, 5e-6, dtype)
        agree(loss[n], z[f"{model}_loss"], 1e-13, 5e-6, dtype, z[f"{model}_loss"])
        want = z[f"{model}_grad_w"]
        agree(slope[n], want, 1e-13, 5e-6, dtype, np.abs(want).max())


MODELS = {"B": pairs.zhang_mallat_b, "C": pairs.zhang_mallat_c}


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
    head = gamma.select(kind="C").rows.take(np.arange(384) * 21)
    for side in (1, 2):
        place = 16 * head[f"j{side}"] + 4 * head[f"l{side}"] + head[f"k{side}"]
        assert np.array_equal(place, z[f"gray_idx_la{side}"])
    phi = RectifierCovariances(alpha_bank(dtype), gamma).fit(gray)
    masks = np.full((1, len(gamma)), 1e-3 * POINTS, dtype)
    wanted = first(phi, gray, masks)
    got, (loss,), (slope,) = descended(phi, wanted, white, masks)
    slope = slope * masks[0, 0]
    for value, name in ((wanted, "gray_S_obs"), (got, "gray_S_white_refobs")):
        table = np.asarray(value).reshape(388, 21)[:, order] * POINTS
        agree(table, z[name], 1e-13, 1e-6, dtype, np.abs(z[name]).max())
    agree(loss, z["gray_loss"], 1e-13, 1e-6, dtype, z["gray_loss"])
    agree(slope, z["gray_grad"], 1e-13, 1e-6, dtype, np.abs(z["gray_grad"]).max())


def test_alpha_color(often):
    """The peer's table has zeros where two channels are not shifted; ours has no such rows."""
    z = stored("alpha")
    color, gamma = z["color"].astype(often), pairs.alpha_color(3, 4, scale_steps=2)
    phi = RectifierCovariances(alpha_bank(often), gamma, channels=3).fit(color)
    r, got = gamma.rows, np.zeros(z["color_kept"].shape)
    names = ("kind", "c1", "j1", "l1", "k1", "c2", "j2", "l2", "k2")
    other = np.any([r[name][1:] != r[name][:-1] for name in names], axis=0)
    line = np.concatenate([[0], np.cumsum(other)])
    same = (z["shifts"][None] == np.stack([r["dy"], r["dx"]], 1)[:, None]).all(2)
    assert (same.sum(1) == 1).all() and line[-1] == len(got) - 1
    got[line, same.argmax(1)] = np.asarray(moments(phi, color)) * POINTS
    assert not got[~z["color_kept"]].any()
    agree(got[z["color_kept"]], z["color_S_obs"], 1e-13, 1e-6, often, np.abs(z["color_S_obs"]).max())


def test_filters(x64):
    """The authors' Matlab at L=8, whose low-pass sums fewer periods (1e-4), and the four low-passes of pywph."""
    z = stored("filters")
    made = wavelets.bump_steerable((64, 64), J=6, L=8, oversampling="full")
    psi = made.filters().reshape(6, 8, 64, 64)
    assert np.abs(psi[:, [1, 6]] - z["psi"]).max() < 1e-14
    assert np.abs(made.low_pass()[:33, :33] - z["phi"]).max() < 1e-4
    low = GaussianLowPasses(2).filters(bank(3))
    assert low.shape == (4, 64, 64) and np.abs(low[:, :33, :33] - z["low"]).max() < 1e-14
