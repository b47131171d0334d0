"""Scattering spectra against the slow NumPy statement of their formula, row by row: any size, mask, pad, two fields."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import wavelets
from scatjax.domains import Reflect
from scatjax.errors import InputError
from scatjax.moments import ScatteringSpectra
from scatjax.wavelets import morlet

from ..helpers.reference import Spectra, convolve, eroded


def filters(bank):
    """(J, L, *torus) in float64."""
    return bank.filters().astype(float).reshape(bank.J, bank.L, *bank.domain.padded)


def check(c, want, tolerance=1e-12):
    """All rows; the first wrong one is named."""
    got = np.asarray(c.values)
    error = np.abs(got - want) / np.maximum(1, np.abs(want))
    worst = int(error.argmax())
    assert error.max() <= tolerance, f"{c.table.names()[worst]}: {got[worst]} against {want[worst]}"


def full_bank(shape, L, J=2, **kw):
    return morlet(shape, J=J, L=L, oversampling="full", **kw)


@pytest.mark.parametrize("normalization", ["P00", "P11"])
@pytest.mark.parametrize("shape, L, isotropic", [((9, 12), 2, False), ((8, 8), 3, True), ((11, 8), 2, True)], ids=str)
def test_one_field(shape, L, isotropic, normalization, rng, x64):
    bank = full_bank(shape, L)
    x = rng.normal(size=shape) + 0.3
    c = jax.jit(ScatteringSpectra(bank, isotropic=isotropic, normalization=normalization))(x)
    check(c, Spectra(x[None], filters(bank), normalization=normalization).vector(c.table))


def test_three_scales(rng, x64):
    """j1 < j2 < j3 exists; the finest scale is not the outer one."""
    bank = full_bank((16, 13), 1, J=3)
    x = rng.normal(size=(16, 13)).cumsum(0)
    c = jax.jit(ScatteringSpectra(bank))(x)
    assert len(c.select(kind="C11", j1=0, j2=1, j3=2).table) == 2
    check(c, Spectra(x[None], filters(bank)).vector(c.table))


@pytest.mark.parametrize("isotropic", [False, True])
def test_two_fields(isotropic, rng, x64):
    bank = full_bank((9, 8), 2)
    x = rng.normal(size=(2, 9, 8)) + np.array([0.5, -1])[:, None, None]
    x[1] += 0.7 * np.roll(x[0], 1, axis=0)
    c = jax.jit(ScatteringSpectra(bank, isotropic=isotropic, channels=2))(x)
    check(c, Spectra(x, filters(bank)).vector(c.table))


def hole(shape, rng):
    """Weights in [0, 1] with a hole of a few pixels."""
    mask = 0.5 + 0.5 * rng.random(shape)
    mask[3:5, 6:8] = 0
    return mask


MASKS = [(True, None, False), (False, None, True), (True, 2, True)]


@pytest.mark.parametrize("isotropic, channels, remove_edges", MASKS)
def test_mask(isotropic, channels, remove_edges, rng, x64):
    """<X> = sum w X / sum w with the weights eroded by 2^j pixels; what stands under the mask counts for nothing."""
    shape = (16, 17)
    bank, mask = full_bank(shape, 2), hole(shape, rng)
    x = rng.normal(size=(channels or 1, *shape)) + 0.2
    known = np.where(mask > 0, x, 0)
    mean = (mask * known).sum((1, 2), keepdims=True) / mask.sum()
    filled = np.where(mask > 0, x, mean)
    scales = [eroded(mask, 2**j, periodic=not remove_edges) for j in range(2)]
    hidden = np.where(mask > 0, x, np.nan)
    phi = ScatteringSpectra(bank, isotropic=isotropic, channels=channels, mask=mask, remove_edges=remove_edges)
    c = jax.jit(phi)(hidden if channels else hidden[0])
    check(c, Spectra(filled, filters(bank), mask, scales).vector(c.table))


def test_removed_edges(rng, x64):
    """The canvas is not periodic: 2^j pixels at each side are left out."""
    bank = full_bank((12, 14), 2)
    x = rng.normal(size=(12, 14)).cumsum(1)
    scales = [np.pad(np.ones((12 - 2 * w, 14 - 2 * w)), w) for w in (1, 2)]
    c = jax.jit(ScatteringSpectra(bank, isotropic=True, remove_edges=True))(x)
    check(c, Spectra(x[None], filters(bank), None, scales).vector(c.table))


def test_padded_boundary(rng, x64):
    """Reflect: fields of the padded canvas, averaged over the original support only."""
    bank = full_bank((16, 16), 2, J=1, boundary=Reflect(2.0))
    x = rng.normal(size=(16, 16)).cumsum(0)
    padded = np.pad(x, bank.domain.widths, mode="reflect")
    support = bank.domain.support()
    c = jax.jit(ScatteringSpectra(bank))(x)
    check(c, Spectra(padded[None], filters(bank), support, [support]).vector(c.table))


@pytest.mark.parametrize("shape", [(12, 12), (9, 14)])
def test_ends(shape, rng, x64):
    """log <|(x - <x>) * phi|^2> and log <|x * sqrt(1 - LP)|^2>: no band is free."""
    bank = full_bank(shape, 2)
    x = rng.normal(size=shape) + 2.0
    c = jax.jit(ScatteringSpectra(bank, isotropic=True, ends=True))(x)
    centered = x - x.mean()
    low = np.abs(convolve(centered, bank.low_pass())) ** 2
    corner = np.abs(convolve(centered, np.sqrt(np.maximum(1 - bank.littlewood_paley(), 0)))) ** 2
    assert np.allclose(c["log low"], np.log(low.mean()), rtol=0, atol=1e-12)
    assert np.allclose(c["log corner"], np.log(corner.mean()), rtol=0, atol=1e-12)
    rest = jax.jit(ScatteringSpectra(bank, isotropic=True))(x)
    assert np.array_equal(np.delete(c.values, [3, 4]), rest.values)


def test_other_outer_filters(rng, x64):
    """`outer` replaces psi_3, not psi_1 and psi_2."""
    bank, other = full_bank((9, 8), 2), wavelets.bump_cheng((9, 8), J=2, L=2, oversampling="full")
    x = rng.normal(size=(9, 8))
    c = jax.jit(ScatteringSpectra(bank, outer=filters(other)))(x)
    slow = Spectra(x[None], filters(bank))
    slow.second = lambda c, j, l, j3, l3: convolve(slow.modulus(c, j, l), filters(other)[j3, l3])
    check(c, slow.vector(c.table))


def test_frozen_normalization(rng, x64):
    """fit divides by the target's power, a stack's mean power; numerators stay the field's own."""
    bank = full_bank((8, 9), 2)
    x, target = rng.normal(size=(8, 9)), 3 * rng.normal(size=(3, 8, 9)).cumsum(1)
    phi = ScatteringSpectra(bank).fit(target)
    c = jax.jit(phi)(x)
    own, frozen = Spectra(x[None], filters(bank)), Spectra(x[None], filters(bank))
    stack = [Spectra(t[None], filters(bank)) for t in target]
    frozen.power = lambda channel, j, l: np.mean([one.power(0, j, l) for one in stack])
    divided = np.isin(c.table["kind"], ["C01", "C11"])
    check(c, np.where(divided, frozen.vector(c.table), own.vector(c.table)))
    assert phi.fitted and not ScatteringSpectra(bank).fitted
    assert np.allclose(phi.reference_variance, target.var((1, 2), ddof=1).mean())


def test_default_grids_are_close(rng):
    """Moduli alias on coarse grids: 1e-3 at the default two octaves, windows included."""
    k = np.hypot(*np.meshgrid(*map(np.fft.fftfreq, (64, 64)), indexing="ij"))
    x = np.fft.ifft2(np.fft.fft2(rng.normal(size=(64, 64))) / (0.03 + k)).real.astype(np.float32)
    mask = np.ones((64, 64))
    mask[20:24, 30:36] = 0
    banks = [morlet((64, 64), J=4, L=1, oversampling=o) for o in (2, "full")]
    make = lambda bank: jax.jit(ScatteringSpectra(bank, isotropic=True, mask=mask))(x)
    coarse, exact = (np.asarray(make(bank).values) for bank in banks)
    assert 0 < np.abs(coarse - exact).max() < 1e-3


COUNTS = [(1, 1), (2, 3), (3, 4), (4, 4)]


@pytest.mark.parametrize("J, L", COUNTS)
def test_counts(J, L):
    """The formulas of Cheng et al. 2023, less the rows that are zero by structure."""
    bank, B = morlet((32, 32), J=J, L=L), J * (J + 1) * (J + 2) // 6
    pairs = J * (J + 1) // 2
    count = lambda **kw: len(ScatteringSpectra(bank, **kw).table)
    full, isotropic = 1 + 2 * J * L + L**2 * J * (J + 1) + 2 * L**3 * B, 1 + 2 * J + L * pairs + L**2 * B
    zeros = L**2 * pairs  # the imaginary parts of C11's diagonal (j1, l1) = (j2, l2)
    assert count() == full - zeros
    assert count(isotropic=True) == isotropic
    assert count(ends=True) == full - zeros + 2
    # P11: the diagonal of C11 is 1 and has no row; log P11 has one row per pair
    assert count(normalization="P11") == full - 2 * L**2 * pairs + L**2 * pairs
    assert count(isotropic=True, normalization="P11") == isotropic
    assert count(channels=2) == 2 + 4 * J * L + 8 * L**3 * B
    assert count(isotropic=True, channels=2) == 2 + 4 * J + 4 * L**2 * B


def test_counts_of_the_sheets_table():
    rows = {4: (2913, 369, 2753, 10306, 1298), 5: (5001, 631, None, 18002, 2262)}
    for J, (full, isotropic, p11, two, two_isotropic) in rows.items():
        bank = morlet((64, 64), J=J, L=4)
        zeros = 16 * J * (J + 1) // 2
        kinds = [dict(isotropic=iso, channels=n) for n in (None, 2) for iso in (False, True)]
        got = [len(ScatteringSpectra(bank, **kind).table) for kind in kinds]
        assert got == [full - zeros, isotropic, two, two_isotropic]
        assert p11 is None or len(ScatteringSpectra(bank, normalization="P11").table) == p11


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda b: ScatteringSpectra(b, normalization="P01"), "use 'P00'"),
        (lambda b: ScatteringSpectra(b, channels=3), "one field, or two"),
        (lambda b: ScatteringSpectra(b, channels=0), "positive integer"),
        (lambda b: ScatteringSpectra(b, channels=2, normalization="P11"), "normalized by P00"),
        (lambda b: ScatteringSpectra(b, mask=np.zeros((16, 16))), "leaves no sample at scale j=0"),
        (lambda b: ScatteringSpectra(b, mask=np.ones((16, 15))), r"mask has shape \(16, 15\), expected"),
        (lambda b: ScatteringSpectra(b, mask=np.ones((2, 16, 16))), "one mask for all fields"),
        (lambda b: ScatteringSpectra(b, mask=-np.ones((16, 16))), "weights >= 0"),
        (lambda b: ScatteringSpectra(b, mask=np.full((16, 16), np.nan)), "all finite"),
        (lambda b: ScatteringSpectra(b, mask=np.ones((16, 16))).at((32, 32)), "belongs to its canvas"),
        (lambda b: ScatteringSpectra(b).fit(np.ones((16, 16), np.float32)), "zero variance"),
        (lambda b: ScatteringSpectra(b).fit(np.full((2, 16, 16), 1e6, np.float32)), "zero variance"),
        (lambda b: ScatteringSpectra(b).fit(np.full((16, 16), np.nan)), "first at index"),
        (lambda b: ScatteringSpectra(b).fit(np.tile((-1.0) ** np.arange(16), (16, 1))), "no power in the band psi.j="),
    ],
)
def test_errors(call, message):
    with pytest.raises(InputError, match=message):
        call(morlet((16, 16), J=2, L=2))


def test_a_small_hole_that_a_wide_wavelet_sees_everywhere():
    mask = np.ones((16, 16))
    mask[::5, ::5] = 0
    with pytest.raises(InputError, match="leaves no sample at scale j=1, whose wavelets see 2: use J <= 1"):
        ScatteringSpectra(morlet((16, 16), J=2, L=2), mask=mask)


def test_structure_and_complex_rows(rng):
    bank = morlet((16, 16), J=1, L=2)
    c = jax.jit(ScatteringSpectra(bank))(rng.normal(size=(3, 16, 16)).astype(np.float32))
    assert c.values.dtype == jnp.float32 and c["C01"].dtype == jnp.complex64 and c["C01"].shape == (3, 4)
    diagonal = c.table.take(c.table.rows(kind="C11", part="re"))
    same = (diagonal["j1"] == diagonal["j2"]) & (diagonal["l1"] == diagonal["l2"])
    assert np.all(np.asarray(c["C11"].imag)[:, same] == 0) and np.any(np.asarray(c["C11"].imag)[:, ~same] != 0)
