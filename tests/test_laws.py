"""The table of constructors times the laws that hold for all of them."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import testing
from scatjax.moments import Moments, ScatteringSpectra
from scatjax.operators import Off, Scattering
from scatjax.wavelets import morlet

from .helpers.tables import ALL_BANKS, COMPLEX, MOMENTS, OPERATORS, TRANSFORMS, field_for


@pytest.mark.parametrize("make", [*OPERATORS.values(), *MOMENTS.values()], ids=[*OPERATORS, *MOMENTS])
def test_laws(make, rng):
    operator = make()
    testing.check_laws(operator, field_for(operator, rng))


@pytest.mark.parametrize("make", COMPLEX.values(), ids=COMPLEX)
def test_laws_of_complex_fields(make, rng):
    """All but the first: what is complex gives real numbers."""
    operator = make()
    x = field_for(operator, rng) + 1j * field_for(operator, rng)
    for check in (testing.check_batch, testing.check_structure, testing.check_no_retrace):
        check(operator, x)


class After(eqx.Module):
    """A scattering and a transform of its coefficients, as one operator."""

    scattering: eqx.Module
    transform: Callable

    def __call__(self, x):
        return self.transform(self.scattering(x))


@pytest.mark.parametrize("make, transform", TRANSFORMS.values(), ids=TRANSFORMS)
def test_laws_of_transforms(make, transform, rng):
    S = make()
    testing.check_laws(After(S, transform(S)), field_for(S, rng))


@pytest.mark.parametrize("make", ALL_BANKS.values(), ids=ALL_BANKS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_laws_of_banks(make, dtype, rng, x64):
    """Leaves in the dtype asked for; an operator on any bank keeps the dtype of its input and knows its rows."""
    bank = make(dtype=dtype)
    leaves = [leaf.dtype for leaf in jax.tree.leaves(bank)]
    assert set(leaves) <= {jnp.dtype(dtype), np.result_type(dtype, "complex64")}, leaves
    S = Scattering(bank, order=1, averaging=Off())
    testing.check_dtype(S, field_for(S, rng).astype(dtype))
    if dtype == "float32":
        testing.check_structure(S, field_for(S, rng))


@pytest.mark.parametrize("make", ALL_BANKS.values(), ids=ALL_BANKS)
def test_frame_bounds(make):
    """No bank amplifies by more than 2.5 in energy; what none covers is reported by the lower bound."""
    bank = make()
    testing.check_frame(bank, 0.0, 2.5)
    assert abs(bank.littlewood_paley().flat[0] - 1) < 1e-3


BENDS = {"series, histogram": 1e-4}  # its logarithm bends within .01: differences err


@pytest.mark.parametrize("name", MOMENTS)
def test_gradient_of_moments(name, rng, x64):
    """Forward and reverse against finite differences to 1e-6 in float64, own normalization and frozen."""
    phi = MOMENTS[name]()
    x = field_for(phi, rng).astype(np.float64)
    fitted = phi.fit(x + 0.3 * rng.normal(size=x.shape))
    own_is_smooth = not isinstance(phi, Moments) or phi.channels != 2
    maps = (fitted, phi) if own_is_smooth else (fitted,)
    weights = [jnp.asarray(rng.normal(size=len(phi.table))) for _ in maps]  # one program: they share the wavelets
    numbers = lambda y: sum(m.vector(y) @ w for m, w in zip(maps, weights, strict=True))
    testing.check_gradient(numbers, x, BENDS.get(name, 1e-6))


@pytest.mark.parametrize("name", MOMENTS)
def test_features_of_moments(name, rng, x64):
    """Rows and Laplacian of a fitted map against finite differences and the Hessian, to 1e-6 in float64."""
    phi = MOMENTS[name]()
    x = field_for(phi, rng).astype(np.float64)
    testing.check_features(phi.fit(x + 0.3 * rng.normal(size=x.shape)), x, BENDS.get(name, 1e-6))


@pytest.mark.parametrize("name", MOMENTS)
def test_names_are_unique(name):
    names = MOMENTS[name]().table.names()
    assert len(set(names)) == len(names)


CUT = ("edges", "reflect", "rectifiers")  # by their borders
PATHS = ("spectra", "masked", "histogram", "scattering marginals", "increment quantiles", "increment moments", "stack")
PERIODIC = [name for name in MOMENTS if name not in (*CUT, *(f"series, {path}" for path in PATHS))]
TRANSLATION = {"full_grids": 1e-5}  # 3e-4 at the default oversampling (moduli alias)


@pytest.mark.parametrize("name", PERIODIC)
def test_translation(name, rng):
    phi = MOMENTS[name]()
    shift = (3, 5)[: len(phi.shape)]
    testing.check_translation(phi, field_for(phi, rng), TRANSLATION.get(name, 3e-4), shift)


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


def test_a_wrong_law_is_seen(rng):
    """The checkers can fail: a field-dependent shift of one coefficient breaks translation."""
    phi = MOMENTS["marginals"]()
    x = field_for(phi, rng)
    broken = lambda y: type(phi(y))(phi(y).values + y[0, 0], phi.table)
    with pytest.raises(AssertionError, match="translation"):
        testing.check_translation(broken, x, 3e-4)


def test_a_retrace_is_seen(rng):
    """So does an operator whose structure is an array that is new in every copy."""

    class Retraces(eqx.Module):
        weights: np.ndarray

        def __call__(self, x):
            return float(self.weights[0]) * x  # a concrete value: no leaf of a program

    with pytest.raises((AssertionError, TypeError, jax.errors.ConcretizationTypeError)):
        testing.check_no_retrace(Retraces(np.ones(1)), np.ones(4, "float32"))
