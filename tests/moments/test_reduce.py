"""Harmonics over angles and scales: isometries, their basis written out, and what `keep` keeps."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.fft import dct

from scatjax.coefficients import Coefficients
from scatjax.errors import InputError
from scatjax.moments import PowerSpectrum, Quantiles, Reduced, ScatteringSpectra, Stack, reduced, whitening
from scatjax.wavelets import morlet

SHAPE = (16, 16)


@pytest.fixture(scope="module")
def spectra():
    """Isotropic and full maps of two angle counts, even and odd, each with two sets of numbers, float64.

    The rotations are linear: any numbers will do, and none are asked for that a field must have.
    """
    out = {}
    with jax.enable_x64(True):
        rng = np.random.default_rng(0)
        for L in (2, 3):
            bank = morlet(SHAPE, J=3, L=L, oversampling="full")
            for isotropic in (True, False):
                phi = ScatteringSpectra(bank, isotropic=isotropic)
                out[L, isotropic] = phi, Coefficients(jnp.asarray(rng.normal(size=(2, len(phi.table)))), phi.table)
    return out


CASES = [(L, isotropic) for L in (2, 3) for isotropic in (True, False)]


def turned(phi, values):
    """The reduced map's rows from the numbers of phi."""
    for rotation in phi.rotations:
        values = jax.jit(jax.vmap(rotation))(values)
    return np.asarray(values)


@pytest.mark.parametrize("angles, scales", [(True, True), (True, False), (False, True)])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_isometry(case, angles, scales, spectra, x64):
    """|difference| of two fields' numbers is kept to 1e-12, whichever transforms are chosen."""
    phi, c = spectra[case]
    small = reduced(phi, angles=angles, scales=scales)
    after, before = turned(small, c.values), np.asarray(c.values)
    assert after.shape == (2, len(small.table))
    for a, b in ((after[0], before[0]), (after[1] - after[0], before[1] - before[0])):
        assert abs((a**2).sum() / (b**2).sum() - 1) < 1e-12
    for kind in ("mean/std", "log P00", "log S1"):
        assert np.array_equal(after[:, small.table.rows(kind=kind)], before[:, phi.table.rows(kind=kind)])


def test_matrices_are_orthogonal(spectra, x64):
    for phi, _ in spectra.values():
        for rotation in reduced(phi).rotations:
            for matrix in map(np.asarray, rotation.matrix):
                assert np.abs(matrix @ matrix.T - np.eye(len(matrix))).max() < 1e-14


def basis(L):
    """1/sqrt L; sqrt(2/L) cos, sin; (-1)^n/sqrt L."""
    n = np.arange(L)
    rows = [np.ones(L) / np.sqrt(L)]
    for k in range(1, (L + 1) // 2):
        rows += [f(2 * np.pi * k * n / L) * np.sqrt(2 / L) for f in (np.cos, np.sin)]
    return np.array(rows + [(-1.0) ** n / np.sqrt(L)] * (L % 2 == 0))


@pytest.mark.parametrize("L", [2, 3])
def test_real_harmonics(L, spectra, x64):
    """C11[j1,j2,j3] of isotropic spectra: the basis along l2 and along l3."""
    phi, c = spectra[L, True]
    small = reduced(phi, scales=False)
    values = turned(small, c.values)[0]
    for where in ({"j1": 0, "j2": 1, "j3": 2}, {"j1": 1, "j2": 1, "j3": 1}):
        grid = np.asarray(c.select(kind="C11", **where).values)[0].reshape(L, L)
        want = basis(L) @ grid @ basis(L).T
        rows = small.table.rows(kind="C11", **where)
        got = np.full((L, L), np.nan)
        got[small.table["k2"][rows], small.table["k3"][rows]] = values[rows]
        assert np.abs(got - want).max() < 1e-14


@pytest.mark.parametrize("L", [2, 3])
def test_complex_harmonics(L, spectra, x64):
    """Full C01: l3 extended to 2L by conjugates, both angles transformed, one of each pair +-k times sqrt 2."""
    phi, c = spectra[L, False]
    small = reduced(phi, scales=False)
    values, where = turned(small, c.values)[0], {"kind": "C01", "j2": 0, "j3": 2}
    X = np.asarray(c.select(**where)["C01"])[0].reshape(L, L)
    F = np.fft.fft2(np.concatenate([X, X.conj()], axis=1), norm="ortho") / np.sqrt(2)
    rows = small.table.rows(**where)
    assert len(rows) == 2 * L**2
    for row in rows:
        k = (int(small.table["k2"][row]), int(small.table["k3"][row]))
        alone = k == (-k[0] % L, -k[1] % (2 * L))
        part = F[k].imag if small.table["part"][row] == "im" else F[k].real
        assert abs(values[row] - part * (1 if alone else np.sqrt(2))) < 1e-14, k
    assert abs(np.sum(values[rows] ** 2) - np.sum(np.abs(X) ** 2)) < 1e-14


def test_cosines(spectra, x64):
    """DCT-II over j3 at fixed a = j3 - j2; over j2 at fixed a = j2 - j1, b = j3 - j2."""
    phi, c = spectra[2, True]
    small = reduced(phi, angles=False)
    values = turned(small, c.values)[0]
    for a in range(3):
        series = [float(c.select(kind="C01", j2=j3 - a, j3=j3, l3=1).values[0, 0]) for j3 in range(a, 3)]
        rows = small.table.rows(kind="C01", a=a, l3=1)
        assert small.table["q"][rows].tolist() == list(range(3 - a))
        assert np.abs(values[rows] - dct(np.array(series), norm="ortho")).max() < 1e-14
    for a, b in ((0, 0), (0, 1), (1, 0), (1, 1)):
        where = [(j2 - a, j2, j2 + b) for j2 in range(a, 3 - b)]
        series = [float(c.select(kind="C11", j1=i, j2=j, j3=k, l2=1, l3=0).values[0, 0]) for i, j, k in where]
        rows = small.table.rows(kind="C11", a=a, b=b, l2=1, l3=0)
        assert np.abs(values[rows] - dct(np.array(series), norm="ortho")).max() < 1e-14


@pytest.fixture(scope="module")
def ensemble():
    """A reduced isotropic map, eight fields, and their numbers."""
    phi = reduced(ScatteringSpectra(morlet(SHAPE, J=2, L=2), isotropic=True))
    fields = np.random.default_rng(1).normal(size=(8, *SHAPE)).cumsum(1).astype(np.float32)
    return phi, fields, np.asarray(jax.jit(phi)(fields).values)


def test_keep_against_numpy(ensemble):
    """|mean| / std > tau, ddof 1; mean, P00 and S1 stay."""
    phi, fields, values = ensemble
    stays = ~np.isin(phi.table["kind"], ["C01", "C11"])
    keep = (np.abs(values.mean(0)) / values.std(0, ddof=1) > 2) | stays
    small = phi.keep(fields)
    assert stays.sum() < len(small.table) < len(phi.table) and small.table == phi.table.take(keep)
    assert np.allclose(jax.jit(small)(fields).values, values[:, keep], rtol=1e-5, atol=1e-6)
    assert small.keep(fields, 1e9).table == phi.table.take(stays)


def test_no_threshold_keeps_every_row(ensemble):
    """tau = 0 drops only what is zero in every field: with the isometry, the loss is that of the spectra."""
    phi, fields, values = ensemble
    small = phi.keep(fields, 0)
    assert isinstance(small, Reduced) and small.table == phi.table and np.all(values != 0)


def test_fit_and_at_keep_the_basis(ensemble):
    phi, fields, _ = ensemble
    small = Reduced(phi.phi, phi.rotations, phi.kept[::2], phi.table.take(np.arange(0, len(phi.table), 2)))
    fitted = small.fit(fields[0])
    assert fitted.fitted and not small.fitted and fitted.table == small.table
    assert fitted.reference_variance.shape == (1,)
    moved = fitted.at((24, 20))
    assert moved.shape == (24, 20) and moved.table == small.table and moved.fitted


def test_errors(ensemble):
    phi, fields, _ = ensemble
    with pytest.raises(InputError, match="at least two fields"):
        phi.keep(fields[:1])
    with pytest.raises(InputError, match="at least two fields"):
        phi.keep(fields[0])
    with pytest.raises(InputError, match="takes scattering spectra, not a map of"):
        reduced(Quantiles(SHAPE, 4))


def test_whitening_counts_rows_that_vary(rng):
    """1 / deviation over an ensemble, of mean square 1; rows that are constant do not set the scale."""
    phi = Stack([PowerSpectrum((16, 16), 3), Quantiles((16, 16), 2)])
    fields = rng.standard_normal((9, 16, 16))
    weights = whitening(phi, fields)
    deviation = np.asarray(phi(fields).values, float).std(0, ddof=1)
    free = np.maximum(deviation, np.median(deviation) / 10)
    np.testing.assert_allclose(weights * free, (weights * free)[0], rtol=1e-5)
    assert np.mean(weights**2) == pytest.approx(1)
    with pytest.raises(InputError, match="no row varies"):
        whitening(phi, np.repeat(fields[:1], 3, axis=0))
    with pytest.raises(InputError, match="at least two fields"):
        whitening(phi, fields[0])
