"""Every statistic of SihaoCheng/scattering_transform, in float64 to 1e-12 and in float32 to 5e-6."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax.moments import ScatteringMeans, ScatteringSpectra, sparsity_and_shape

from ..helpers import peers

pytestmark = pytest.mark.golden
COMPLEX = {"C01": ("j2", "j3", "l2", "l3"), "C11": ("j1", "j2", "j3", "l1", "l2", "l3")}


def entries(stored, c, kind):
    """The peer's array at the rows of a kind."""
    rows = c.table.take(c.table.rows(kind=kind, part="re"))
    return stored[(slice(None), *(rows[name] for name in COMPLEX[kind]))]


def check(got, want, tolerance):
    """|got - want| <= tolerance max(1, |want|), with the two numbers named where they differ most."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape
    error = np.abs(got - want) / np.maximum(1, np.abs(want))
    worst = np.unravel_index(error.argmax(), error.shape)
    assert error.max() <= tolerance, f"{got[worst]} against {want[worst]} at {worst}"


@pytest.mark.parametrize("M", peers.SIZES)
def test_without_crop(M, x64):
    c = jax.jit(ScatteringSpectra(peers.bank(M)))(peers.fields(M))
    for kind in COMPLEX:
        check(c[kind], entries(peers.golden(f"exact_morlet_{M}")[kind], c, kind), 1e-12)


@pytest.mark.parametrize("M, family", [(64, "morlet"), (128, "morlet"), (64, "BS"), (64, "gau"), (64, "shannon")])
def test_spectra(M, family, x64):
    bank, stored = peers.bank(M, family), peers.golden(f"cov_{family}_{M}_J{peers.SIZES[M]}_L4")
    index = peers.golden(f"cov_morlet_{M}_J{peers.SIZES[M]}_L4")["index_for_synthesis"]
    c = jax.jit(ScatteringSpectra(bank, outer=peers.cropped(bank)))(peers.fields(M))
    check(c["mean/std"][:, 0], stored["mean"] / np.sqrt(stored["var"]), 1e-12)
    check(jnp.exp(c["log P00"]), stored["P00"].reshape(4, -1), 1e-12)
    check(jnp.exp(c["log S1"]), stored["S1"].reshape(4, -1), 1e-12)
    for kind in COMPLEX:
        check(c[kind], entries(stored[kind], c, kind), 1e-12)
    check(c.values, peers.without_structural_zeros(stored["for_synthesis"], index), 1e-12)


@pytest.mark.parametrize("M", peers.SIZES)
def test_isotropic(M, x64):
    bank, stored = peers.bank(M), peers.golden(f"cov_morlet_{M}_J{peers.SIZES[M]}_L4")
    c = jax.jit(ScatteringSpectra(bank, isotropic=True, outer=peers.cropped(bank)))(peers.fields(M))
    check(c.values, stored["for_synthesis_iso"], 1e-12)
    t = c.table.take(c.table.rows(kind="C11"))
    check(c["C11"], stored["C11_iso"][:, t["j1"], t["j2"], t["j3"], t["l2"], t["l3"]], 1e-12)


@pytest.mark.parametrize("M", peers.SIZES)
def test_float32(M):
    bank, stored = peers.bank(M), peers.golden(f"cov_morlet_{M}_J{peers.SIZES[M]}_L4")
    c = jax.jit(ScatteringSpectra(bank, isotropic=True, outer=peers.cropped(bank)))(peers.fields(M).astype(np.float32))
    assert c.values.dtype == jnp.float32
    check(c.values, stored["for_synthesis_iso"], 5e-6)


@pytest.mark.parametrize("M", peers.SIZES)
def test_normalized_by_p11(M, x64):
    bank, stored = peers.bank(M), peers.golden(f"cov_morlet_{M}_normP11")
    spectra = lambda **kw: ScatteringSpectra(bank, normalization="P11", outer=peers.cropped(bank), **kw)
    c = jax.jit(spectra())(peers.fields(M))
    check(c.values, stored["for_synthesis"], 1e-12)
    check(c["C01"], entries(stored["C01"], c, "C01"), 1e-12)
    check(jax.jit(spectra(isotropic=True))(peers.fields(M)).values, stored["for_synthesis_iso"], 1e-12)


@pytest.mark.parametrize("M", peers.SIZES)
def test_two_fields(M, x64):
    bank, stored = peers.bank(M), peers.golden(f"cov2fields_{M}")
    x = peers.fields(M)[:2]
    for isotropic, key in ((False, "for_synthesis"), (True, "for_synthesis_iso")):
        c = jax.jit(ScatteringSpectra(bank, isotropic=isotropic, channels=2, outer=peers.cropped(bank)))(x)
        whole = jax.jit(ScatteringSpectra(bank, isotropic=isotropic, channels=2))(x)
        not_cropped = c.table["kind"] == "Corr00"  # the peer crops the covariances with moduli only
        check(np.where(not_cropped, whole.values, c.values), stored[key][0], 1e-12)


@pytest.mark.parametrize("M", peers.SIZES)
def test_edges_removed(M, x64):
    stored, bank = peers.golden(f"cov_morlet_{M}_removeedge"), peers.bank(M)
    c = jax.jit(peers.edges_removed(bank, isotropic=False))(peers.fields(M))
    check(jnp.exp(c["log P00"]), stored["P00"].reshape(4, -1), 1e-7)
    check(jnp.exp(c["log S1"]), stored["S1"].reshape(4, -1), 1e-7)
    check(c["C01"], entries(stored["C01"], c, "C01"), 1e-7)
    check(jax.jit(peers.edges_removed(bank, isotropic=True))(peers.fields(M)).values, stored["for_synthesis_iso"], 1e-7)


@pytest.mark.parametrize("M", peers.SIZES)
@pytest.mark.parametrize("suffix", ["", "_iso"])
@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-12), (np.float32, 2e-6)])
def test_loss_and_gradient(M, suffix, dtype, tolerance, x64):
    """mean((S(x) - S(x0))^2) 1e8 with the power of x[0] as reference; relative errors."""
    bank, stored = peers.bank(M), peers.golden(f"grad_for_synthesis{suffix}_{M}")
    index = peers.golden(f"cov_morlet_{M}_J{peers.SIZES[M]}_L4")["index_for_synthesis"]
    phi = ScatteringSpectra(bank, isotropic=bool(suffix), outer=peers.cropped(bank))
    phi = phi.fit(peers.fields(M)[0].astype(dtype))
    target = stored["target"][0] if suffix else peers.without_structural_zeros(stored["target"][0], index)
    target, count = jnp.asarray(target, dtype), stored["target"].size
    loss = lambda x: jnp.sum((phi.vector(x) - target) ** 2) / count * 1e8
    value, gradient = jax.jit(jax.value_and_grad(loss))(jnp.asarray(stored["x0"][0], dtype))
    assert abs(float(value) - stored["loss"]) <= tolerance * stored["loss"]
    error = np.abs(np.asarray(gradient) - stored["grad"][0]).max()
    assert error <= tolerance * np.abs(stored["grad"]).max()


@pytest.mark.parametrize("M", peers.SIZES)
def test_means(M, x64):
    """S1, S2, P00, P11 and the reduced numbers; the peer's nested crops are a bank of one octave of oversampling."""
    bank, stored = peers.bank(M, oversampling=1), peers.golden(f"coef_morlet_{M}")
    c = jax.jit(ScatteringMeans(bank, power=True))(peers.fields(M))
    for kind, key in (("log S1", "S1"), ("log P00", "P00")):
        check(jnp.exp(c[kind]), stored[key].reshape(4, -1), 1e-12)
    rows = c.table.take(c.table.rows(kind="log S2"))
    for kind, key in (("log S2", "S2"), ("log P11", "P11")):
        check(jnp.exp(c[kind]), stored[key][:, rows["j1"], rows["j2"], rows["l1"], rows["l2"]], 1e-12)
    both = jnp.concatenate([c["log S1"], c["log S2"]], axis=1)
    check(both, stored["for_synthesis"], 1e-12)
    isotropic = jax.jit(ScatteringMeans(bank, isotropic=True))(peers.fields(M))
    check(isotropic.values, stored["for_synthesis_iso"], 1e-12)
    for got, key in zip(sparsity_and_shape(isotropic), ("s21", "s22"), strict=True):
        upper = np.triu_indices(peers.SIZES[M])
        check(got, stored[key][:, upper[0], upper[1]], 1e-12)
