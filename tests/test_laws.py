"""The table of constructors times the laws that hold for all of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import testing
from scatjax.moments import Moments, ScatteringSpectra
from scatjax.wavelets import morlet

from .helpers.tables import BANKS, MOMENTS, OPERATORS, field_for


@pytest.mark.parametrize("make", [*OPERATORS.values(), *MOMENTS.values()], ids=[*OPERATORS, *MOMENTS])
def test_laws(make, rng):
    operator = make()
    testing.check_laws(operator, field_for(operator, rng))


@pytest.mark.parametrize("make", MOMENTS.values(), ids=MOMENTS)
def test_gradient_of_moments(make, rng, x64):
    """Forward and reverse against finite differences to 1e-6 in float64, in a field's own normalization."""
    phi = make()
    x = field_for(phi, rng).astype(np.float64)
    fitted = phi.fit(x + 0.3 * rng.normal(size=x.shape))
    own_is_smooth = not isinstance(phi, Moments) or phi.channels != 2
    maps = (fitted, phi) if own_is_smooth else (fitted,)
    weights = [jnp.asarray(rng.normal(size=len(phi.table))) for _ in maps]  # one program: they share the wavelets
    testing.check_gradient(lambda y: sum(m.vector(y) @ w for m, w in zip(maps, weights, strict=True)), x)


@pytest.mark.parametrize("make", MOMENTS.values(), ids=MOMENTS)
def test_features_of_moments(make, rng, x64):
    """Rows and Laplacian of a fitted map against finite differences and the Hessian, to 1e-6 in float64."""
    phi = make()
    x = field_for(phi, rng).astype(np.float64)
    testing.check_features(phi.fit(x + 0.3 * rng.normal(size=x.shape)), x)


PERIODIC = [name for name in MOMENTS if name not in ("edges", "reflect", "rectifiers")]


@pytest.mark.parametrize("name", PERIODIC)
def test_translation(name, rng):
    """1e-5 on full grids, 3e-4 at the default oversampling (moduli alias)."""
    phi = MOMENTS[name]()
    testing.check_translation(phi, field_for(phi, rng), 1e-5 if name == "full_grids" else 3e-4)


def _turned(x):
    """The periodic field turned by 90 degrees about the origin: y(u) = x(R u), wave vectors turn with it."""
    return np.roll(np.rot90(x), 1, axis=0)


def test_quarter_turn_permutes_angles(rng, x64):
    """Full grids: a quarter turn moves theta by 90 degrees, which is L/2 angles; past 180 the wavelet is conjugated."""
    phi = ScatteringSpectra(morlet((32, 32), J=3, L=4, oversampling="full"))
    x = field_for(phi, rng).astype(np.float64)
    before, after = map(jax.jit(phi), (x, _turned(x)))
    power = np.asarray(before["log P00"]).reshape(3, 4)
    assert np.abs(np.asarray(after["log P00"]).reshape(3, 4) - np.roll(power, 2, axis=1)).max() < 1e-10
    rows = before.table.take(before.table.rows(kind="C01", part="re"))
    cube = np.zeros((3, 3, 4, 4), complex)
    cube[rows["j2"], rows["j3"], rows["l2"], rows["l3"]] = before["C01"]
    turned = np.roll(cube, (2, 2), axis=(2, 3))
    turned[..., :2] = turned[..., :2].conj()  # l3 that passed 180 degrees
    got = np.zeros_like(cube)
    got[rows["j2"], rows["j3"], rows["l2"], rows["l3"]] = after["C01"]
    assert min(np.abs(got - turned).max(), np.abs(got - turned.conj()).max()) < 1e-10


@pytest.mark.parametrize("oversampling, tolerance", [("full", 1e-5), (2, 3e-4)])
def test_quarter_turn_leaves_isotropic(oversampling, tolerance, rng):
    phi = ScatteringSpectra(morlet((32, 32), J=3, L=4, oversampling=oversampling), isotropic=True)
    x = field_for(phi, rng)
    before, after = map(jax.jit(phi), (x, _turned(x)))
    assert np.abs(np.asarray(before.values - after.values)).max() < tolerance


def test_mirror_changes_isotropic(rng, x64):
    """Isotropic spectra see orientation in relative angles: they are not invariant to mirrors."""
    phi = ScatteringSpectra(morlet((32, 32), J=3, L=4, oversampling="full"), isotropic=True)
    x = field_for(phi, rng).astype(np.float64)
    before, after = map(jax.jit(phi), (x, x[:, ::-1].copy()))
    assert np.abs(np.asarray(before.values - after.values)).max() > 1e-4


@pytest.mark.parametrize("make", BANKS.values(), ids=BANKS)
def test_frame_bounds(make):
    """No bank amplifies by more than 2.5 in energy; what none covers is reported by the lower bound."""
    bank = make()
    testing.check_frame(bank, 0.0, 2.5)
    assert abs(bank.littlewood_paley().flat[0] - 1) < 1e-3


def test_a_wrong_law_is_seen(rng):
    """The checkers can fail: a field-dependent shift of one coefficient breaks translation."""
    phi = MOMENTS["marginals"]()
    x = field_for(phi, rng)
    broken = lambda y: type(phi(y))(phi(y).values + y[0, 0], phi.table)
    with pytest.raises(AssertionError, match="translation"):
        testing.check_translation(broken, x, 3e-4)
