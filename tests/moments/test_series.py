"""Scattering spectra of series: scatspectra's golden outputs, a slow NumPy statement, exact laws, Gaussian truth."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import wavelets
from scatjax.domains import Periodic
from scatjax.energies import Matching
from scatjax.errors import InputError
from scatjax.moments import Quantiles, ScatteringSpectra, Stack, invariant
from scatjax.synthesis import synthesize
from scatjax.wavelets import ScatSpectra

from ..helpers.programs import run
from ..helpers.spectra_of_series import FAMILIES, MIRROR, Slow, golden, peer_bank, series

KINDS = {"Phi1": "spars", "mean": "mean", "Phi2": "variance", "Phi3": "skewness", "Phi4": "kurtosis"}


def check(c, stored, tolerance=1e-12):
    """All kinds, in the peer's order, |got - want| <= tolerance max(1, |want|)."""
    for kind, theirs in KINDS.items():
        want = stored["y"][..., stored["type"] == theirs]
        got = np.asarray(c[kind])
        assert got.shape == want.shape, kind
        error = np.abs(got - want) / np.maximum(1, np.abs(want))
        assert error.max() <= tolerance, f"{kind}: {error.max()}"


@pytest.mark.golden
@pytest.mark.parametrize("name", ["snp", "helium", "gauss", "brown"])
@pytest.mark.parametrize("option", ["", "_nopad", "_raw"])
def test_golden(name, option, x64):
    bank = peer_bank(boundary=Periodic() if option == "_nopad" else MIRROR)
    phi = ScatteringSpectra(bank, normalization=None if option == "_raw" else "P00")
    check(run(phi, series(name)), golden(f"{name}_scat_spectra{option}"))


@pytest.mark.golden
@pytest.mark.parametrize("name", ["snp", "helium", "gauss", "brown"])
def test_golden_in_float32(name):
    x = series(name).astype("float32")
    c = run(ScatteringSpectra(peer_bank(dtype="float32")), x)
    stored = golden(f"{name}_scat_spectra")
    for kind in ("Phi1", "Phi3", "Phi4"):
        want = stored["y"][stored["type"] == KINDS[kind]]
        assert np.abs(np.asarray(c[kind]) - want).max() <= 5e-6, kind
    power = stored["y"][stored["type"] == "variance"].real
    assert np.allclose(c["Phi2"], power, rtol=5e-6, atol=0)


@pytest.mark.golden
@pytest.mark.parametrize("case, family", [("snp_morlet", "morlet"), ("snp_bump", "bump"), ("snp_meyer", "meyer")])
def test_golden_families(case, family, x64):
    check(run(ScatteringSpectra(peer_bank(family)), series("snp")), golden(case))


@pytest.mark.golden
def test_golden_normed(x64):
    """A fitted map divides power and mean too; their `keep_ps` off."""
    x = series("snp")
    phi = ScatteringSpectra(peer_bank()).fit(x)
    c = run(phi, x)
    check(c, golden("snp_scat_spectra_normed"))
    stored = golden("snp_scat_spectra_noskewred")
    distinct = [row for row in c.table.rows(kind="Phi3") if c.table["j1"][row] != c.table["j2"][row]]
    got = type(c)(c.values[np.array(distinct)], c.table.take(distinct))["Phi3"]
    assert np.abs(got - stored["y"][stored["type"] == "skewness"]).max() <= 1e-12


@pytest.mark.golden
def test_golden_channels(x64):
    """Two series: all ordered pairs; a graph takes some of them."""
    x = np.stack([series("snp"), series("helium")])
    c = run(ScatteringSpectra(peer_bank(), channels=2), x)
    assert len(c["Phi3"]) + len(c["Phi4"]) + len(c["Phi2"]) + len(c["Phi1"]) + len(c["mean"]) == 374
    check(c, golden("multi_snp_helium"))
    some = run(ScatteringSpectra(peer_bank(), channels=2, graph=[(1, 0)]), x)
    assert np.array_equal(some["Phi3"], c.select(channel="ba")["Phi3"])
    assert set(some.table["channel"]) == {"a", "b", "ba"}


@pytest.mark.golden
def test_golden_batch(x64):
    """Each series its own power, or the mean power of the batch: a map fitted to a stack."""
    x = np.stack([series("snp"), series("brown")])
    phi = ScatteringSpectra(peer_bank())
    check(run(phi, x), golden("batch_eachps"))
    fitted = phi.fit(x)
    c = run(fitted, x)
    stored = golden("batch_batchps")
    for kind in ("Phi1", "Phi3", "Phi4"):
        want = stored["y"][:, stored["type"] == KINDS[kind]]
        assert np.abs(np.asarray(c[kind]) - want).max() <= 1e-12 * np.abs(want).max(), kind
    power = np.asarray(fitted.frozen.scale[:7] ** 2)[:6]
    assert np.allclose(
        np.asarray(c["Phi2"])[:, :6] * power, stored["y"][:, stored["type"] == "variance"][:, :6], rtol=1e-12
    )


@pytest.mark.golden
def test_golden_loss_and_gradient(x64):
    """mean |Phi - Phi*|^2 / mean |Phi*|^2 over complex coefficients is the squared residual of the energy."""
    stored, x = golden("snp_loss_grad"), series("snp")
    phi = ScatteringSpectra(peer_bank()).fit(x)
    target = run(phi, x)
    energy, norm = Matching(phi, target), float(np.sum(np.square(target.values)))
    energy_over_norm = lambda y: jnp.sum(energy.residual(y) ** 2) / norm
    value, gradient = jax.jit(jax.value_and_grad(energy_over_norm))(stored["x0"])
    assert np.isclose(value, stored["loss"], rtol=1e-12)
    assert np.isclose(norm / 97, stored["loss_norm"], rtol=1e-12)
    assert np.abs(gradient - stored["grad"]).max() <= 1e-12 * np.abs(stored["grad"]).max()


@pytest.mark.golden
def test_golden_gradient_in_float32():
    """2e-6 of the largest slope, and of the loss."""
    stored, x = golden("snp_loss_grad"), series("snp").astype("float32")
    phi = ScatteringSpectra(peer_bank(dtype="float32")).fit(x)
    target = run(phi, x).values
    energy = lambda y: jnp.sum((phi.vector(y) - target) ** 2) / jnp.sum(target**2)
    value, gradient = jax.jit(jax.value_and_grad(energy))(stored["x0"].astype("float32"))
    assert np.isclose(value, stored["loss"], rtol=2e-6)
    assert np.abs(gradient - stored["grad"]).max() <= 2e-6 * np.abs(stored["grad"]).max()


@pytest.mark.parametrize("T, Q, boundary", [(48, 1, MIRROR), (45, (2, 1), MIRROR), (50, 2, Periodic())], ids=str)
@pytest.mark.parametrize("family", ["morlet", "battle_lemarie", "bump"])
def test_slow_statement(family, T, Q, boundary, rng, x64):
    """Any length, several bands an octave in one layer or both, the tables' order."""
    bank = FAMILIES[family]((T,), J=3, Q=Q, oversampling="full", boundary=boundary)
    x = rng.normal(size=T).cumsum()
    c = run(ScatteringSpectra(bank), x)
    for kind, want in Slow(bank, x).expected().items():
        assert np.allclose(c[kind], want, rtol=1e-12, atol=1e-12 * np.abs(want).max()), kind


@pytest.mark.parametrize("family", [wavelets.shannon, wavelets.meyer])
def test_peers_families_with_several_bands(family, rng, x64):
    """scatspectra's Shannon and Meyer with Q per layer."""
    bank = family((60,), J=2, Q=(2, 1), constants=ScatSpectra(), oversampling="full")
    x = rng.normal(size=60)
    c = run(ScatteringSpectra(bank), x)
    assert len(c["Phi1"]) == 4
    slow = Slow(bank, x).expected()
    assert np.allclose(c["Phi1"], slow["Phi1"], rtol=1e-12) and np.allclose(c["Phi2"], slow["Phi2"], rtol=1e-12)
    real = np.asarray(c["Phi3"])
    assert np.allclose(real.real, np.real(slow["Phi3"]), rtol=0, atol=1e-12), (
        "imaginary rows of the low-pass are left out"
    )


def test_haar_is_complex(rng, x64):
    """Filters that are complex in Fourier."""
    bank = wavelets.haar((32,), J=2, oversampling="full")
    x = rng.normal(size=32)
    c = run(ScatteringSpectra(bank), x)
    for kind, want in Slow(bank, x).expected().items():
        assert np.allclose(c[kind], want, rtol=0, atol=1e-12), kind


def test_gap(rng, x64):
    """A mask: what it hides, NaN too, counts for nothing; each statistic keeps 2^j samples away from it."""
    bank = wavelets.battle_lemarie((128,), J=2, oversampling="full")
    x, mask = rng.normal(size=128), np.ones(128, bool)
    mask[60:70] = False
    phi = ScatteringSpectra(bank, mask=mask)
    x[60:70] = np.nan
    c = run(phi, x)
    filled = np.where(mask, x, x[mask].mean())
    away = np.array([all(mask[(t + np.arange(-2, 3)) % 128]) for t in range(128)])
    slow = Slow(bank, filled, away.astype(float)).expected()
    assert np.allclose(c["Phi1"][1], slow["Phi1"][1], rtol=1e-12, atol=0)
    rows = c.table.rows(kind="Phi3", j1=1, j2=1)
    assert np.isclose(complex(*c.values[rows].tolist()), slow["Phi3"][2], rtol=1e-12, atol=0)
    assert np.allclose(phi(x).values, c.values, rtol=1e-12) and np.isfinite(phi.fit(x).frozen.scale).all()
    drawn = synthesize(jax.random.key(0), invariant(phi), x, tolerance=0.05, report=None)
    assert drawn.statuses() == ["converged"] and np.isfinite(drawn.fields).all()
    with pytest.raises(InputError, match="first at index .60,.*mask=np.isfinite"):
        ScatteringSpectra(bank)(x)


@pytest.mark.parametrize("boundary", [MIRROR, Periodic()], ids=["mirror", "periodic"])
def test_exact_laws(boundary, rng, x64):
    """x -> c x: nothing; -x flips Phi3 and the mean; x(-t) conjugates, whatever the boundary (1e-12)."""
    bank = wavelets.battle_lemarie((300,), J=4, oversampling="full", boundary=boundary)
    phi = jax.jit(ScatteringSpectra(bank))
    x = rng.standard_t(4, size=300).cumsum()
    c, scaled, negative, reverse = phi(x), phi(3 * x), phi(-x), phi(x[::-1].copy())
    for kind in ("Phi1", "Phi3", "Phi4"):
        sign = -1.0 if kind == "Phi3" else 1.0
        assert np.allclose(scaled[kind], c[kind], rtol=0, atol=1e-12)
        assert np.allclose(negative[kind], sign * c[kind], rtol=0, atol=1e-12)
        assert np.allclose(reverse[kind], np.conj(c[kind]), rtol=0, atol=1e-12)
    assert np.abs(np.imag(c["Phi3"])).max() > 0.01, "a path has a direction of time"
    if isinstance(boundary, Periodic):
        assert np.allclose(phi(np.roll(x, 37)).values, c.values, rtol=0, atol=1e-11 * np.abs(c.values).max())


def test_band_limited_grids(rng):
    """The default grids of a periodic bank: within 1e-3 of the full ones, which moduli alias."""
    x = rng.standard_t(4, size=1024).astype("float32")
    coarse, full = (
        run(ScatteringSpectra(wavelets.battle_lemarie((1024,), J=6, oversampling=grids)), x)
        for grids in (2, "full")
    )
    for kind in ("Phi1", "Phi3", "Phi4"):
        assert np.abs(np.asarray(coarse[kind]) - np.asarray(full[kind])).max() < 1e-3, kind


def test_gradient(rng, x64):
    """Finite differences, mirrored and masked."""
    bank = wavelets.battle_lemarie((64,), J=3, oversampling="full", boundary=MIRROR)
    phi = ScatteringSpectra(bank, mask=np.arange(64) < 60).fit(rng.normal(size=64))
    x, direction = rng.normal(size=(2, 64))
    energy = jax.jit(lambda y: jnp.sum(phi.vector(y) ** 2))
    slope = jnp.vdot(jax.jit(jax.grad(energy))(x), direction)
    step = 1e-5
    difference = (energy(x + step * direction) - energy(x - step * direction)) / (2 * step)
    assert np.isclose(slope, difference, rtol=1e-7)


def test_another_length(rng, x64):
    """`at` keeps the frozen divisors; a longer path of the same process has near moments."""
    x = rng.normal(size=256)
    phi = ScatteringSpectra(wavelets.battle_lemarie((256,), J=3, oversampling="full", boundary=MIRROR)).fit(x)
    longer = phi.at((512,))
    assert np.array_equal(longer.frozen.scale, phi.frozen.scale) and longer.bank.domain.padded == (1024,)
    same = longer.at((256,))
    assert np.array_equal(same.vector(x), phi.vector(x))


def test_counts():
    """J = 6, 8, 9, 10 have 97, 182, 239, 307 complex numbers; two channels 374, 936."""
    for J, count in {6: 97, 8: 182, 9: 239, 10: 307}.items():
        c = jax.eval_shape(ScatteringSpectra(wavelets.battle_lemarie((2**12,), J=J)), jnp.zeros(2**12))
        assert (c.table["part"] != "im").sum() == count
    for J, count in {6: 374, 9: 936}.items():
        table = ScatteringSpectra(wavelets.battle_lemarie((2**12,), J=J), channels=2).table
        assert (table["part"] != "im").sum() == count


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda b: ScatteringSpectra(b, isotropic=True), "options of images"),
        (lambda b: ScatteringSpectra(b, normalization="P11"), "'P00' .* or None"),
        (lambda b: ScatteringSpectra(b, channels=2, graph=[(0, 2)]), "graph="),
        (lambda b: ScatteringSpectra(b, channels=2, graph=[(0, 1), (0, 1)]), "different pairs"),
        (lambda b: Stack((ScatteringSpectra(b, mask=np.ones(64)), Quantiles((64,), 4))), "have a mask and others"),
        (lambda b: ScatteringSpectra(wavelets.battle_lemarie((64,), J=6), remove_edges=True), "use J <= 4"),
        (lambda b: wavelets.meyer((64,), J=3, Q=2), "use constants=ScatSpectra"),
        (lambda b: ScatteringSpectra(b).fit(np.ones(64)), "zero variance"),
        (lambda b: ScatteringSpectra(b).fit((-1.0) ** np.arange(64)), "no power in the band psi.j="),
        (lambda b: ScatteringSpectra(b)(np.zeros(63)), "shape"),
        (lambda b: wavelets.battle_lemarie((64,), J=7), "J"),
        (lambda b: wavelets.battle_lemarie((64,), J=3, boundary=MIRROR), "redone"),
    ],
)
def test_errors(call, message):
    with pytest.raises(InputError, match=message):
        call(wavelets.battle_lemarie((64,), J=3))
