"""The contract of a moment map: what every map freezes, keeps on another canvas, does with a mask, and refuses."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import moments, testing, wavelets
from scatjax.coefficients import Table
from scatjax.errors import InputError
from scatjax.moments import (
    AbstractPlain,
    AbstractScaled,
    Ensemble,
    Frozen,
    PhaseHarmonics,
    Quantiles,
    ScatteringSpectra,
    Stack,
    freeze,
    pairs,
    reduced,
)

from ..helpers.tables import MOMENTS, field_for

SIDE = (16, 16)
MASK = np.ones(SIDE, bool)
MASK[2:5, 4:7] = False
NOTHING_TO_FREEZE = ("means", "power_spectrum", "power_spectrum_color", "series, power spectrum", "channel_correlation")


@pytest.mark.parametrize("name", MOMENTS)
def test_frozen_says_fitted(name, rng):
    """Before `fit` nothing is frozen, unless nothing ever is; after it all is; fitting again freezes anew."""
    phi = MOMENTS[name]()
    assert phi.fitted == (phi.frozen is not None) == (name in NOTHING_TO_FREEZE)
    assert phi.weights.shape == (len(phi.table),)
    assert phi.masked == (phi.mask is not None) == (name == "series, masked")
    assert phi.state_shape == (() if phi.channels is None else (phi.channels,)) + phi.shape
    fitted = phi.fit(field_for(phi, rng))
    assert fitted.fitted and isinstance(fitted.frozen, Frozen)
    twice = fitted.fit(2 * field_for(phi, rng))
    before, after = jax.tree.leaves(fitted.frozen), jax.tree.leaves(twice.frozen)
    assert [leaf.shape for leaf in before] == [leaf.shape for leaf in after]
    assert name in NOTHING_TO_FREEZE or not all(map(np.allclose, before, after))


class Energy(AbstractPlain):
    """As a stranger would add it: <x^2>."""

    shape: tuple[int, ...] = eqx.field(static=True)
    channels: int | None = eqx.field(static=True, default=None)

    @property
    def table(self):
        return Table(kind=["energy"])

    def numbers(self, x):
        return jnp.mean(x**2)[None]

    def at(self, shape):
        return Energy(shape)


class Cube(AbstractScaled):
    """As a stranger would add it: <x^3> / <x^2>^(3/2)."""

    shape: tuple[int, ...] = eqx.field(static=True)
    channels: int | None = eqx.field(static=True, default=None)
    frozen: Frozen | None = None

    @property
    def table(self):
        return Table(kind=["cube"])

    def power(self, x):
        return jnp.mean(x**2)[None]

    def scaled(self, x, scale):
        return jnp.mean((x / scale[0]) ** 3)[None]

    def at(self, shape):
        return freeze(Cube(shape), self.frozen)


@pytest.mark.parametrize("make", [Energy, Cube])
def test_a_strangers_map(make, rng, x64):
    x = rng.normal(size=(4, 6)) + 0.5
    phi = make((4, 6))
    testing.check_laws(phi, x.astype(np.float32))
    testing.check_features(phi.fit(2 * x), x)
    kept = phi.fit(x)
    assert jax.tree.leaves(kept.at((6, 8)).frozen) == jax.tree.leaves(kept.frozen) and kept.at((6, 8)).fitted
    with pytest.raises(InputError, match=f"{make.__name__} counts every sample"):
        phi.with_mask(np.ones((4, 6), bool))
    assert phi.with_mask(None) is phi


def test_features_in_closed_form(rng, x64):
    """<x^2>: gradient 2 x / N, Gram 4 <x^2> / N, Laplacian 2 with any signs; a map of two rows and channels."""
    x = rng.normal(size=(4, 6))
    phi = Energy((4, 6))
    assert np.allclose(phi.rows(x), 2 * x[None] / x.size) and phi.rows(x).shape == (1, 4, 6)
    assert np.allclose(phi.vjp(x, [3.0]), 6 * x / x.size)
    assert np.allclose(phi.gram(x), 4 * np.mean(x**2) / x.size)
    assert np.allclose(phi.laplacian(x), 2) and np.allclose(phi.laplacian(x, jax.random.key(0), probes=3), 2)
    color = Quantiles((4, 6), 2, channels=3)
    y = rng.normal(size=(3, 4, 6))
    rows = color.rows(y)
    assert rows.shape == (6, 3, 4, 6) and not rows[:2, 1:].any()
    assert np.allclose(color.gram(y), np.einsum("kabc,labc->kl", rows, rows), rtol=1e-12)


def test_a_wrong_derivative_is_seen(rng, x64):
    """The checkers can fail: a custom rule of another function; a second derivative that is lost."""

    @jax.custom_jvp
    def square(x):
        return x**2

    class Wrong(AbstractPlain):
        shape: tuple[int, ...] = eqx.field(static=True)
        channels: int | None = eqx.field(static=True, default=None)
        table: Table = eqx.field(static=True, default=Table(kind=["wrong"]))

        def numbers(self, x):
            return jnp.mean(square(x))[None]

        def at(self, shape):
            return Wrong(shape)

    x = rng.normal(size=(4, 4))
    square.defjvp(lambda primals, tangents: (square(primals[0]), 3 * primals[0] * tangents[0]))
    with pytest.raises(AssertionError, match="forward derivative"):
        testing.check_features(Wrong((4, 4)), x)


def spectra(**options):
    return ScatteringSpectra(wavelets.morlet(SIDE, J=1, L=2), isotropic=True, **options)


def harmonics(**options):
    return PhaseHarmonics(wavelets.bump_steerable(SIDE, J=1, L=2), pairs.zhang_mallat_a(1, 2), **options)


MASKED = {
    "spectra": spectra,
    "edges": lambda **kw: spectra(remove_edges=True, **kw),
    "ends": lambda **kw: spectra(ends=True, **kw),
    "harmonics": harmonics,
    "harmonics_edges": lambda **kw: harmonics(remove_edges=True, **kw),
    "stack": lambda **kw: Stack([spectra(**kw), harmonics(**kw)]),
    "reduced": lambda **kw: reduced(spectra(**kw)),
    "ensemble": lambda **kw: Ensemble(spectra(**kw), 2),
}


@pytest.mark.parametrize("name", MASKED)
def test_with_mask(name, rng):
    """The map that is built with the mask; taken off again, the one without; both with what was frozen."""
    phi, built = MASKED[name](), MASKED[name](mask=MASK)
    x, target = field_for(phi, rng), field_for(phi, rng)
    masked = phi.with_mask(MASK)
    assert masked.masked and np.array_equal(masked.mask, MASK) and not phi.masked
    assert np.array_equal(jax.jit(masked.vector)(x), jax.jit(built.vector)(x))
    fitted = phi.fit(target)
    other = fitted.with_mask(MASK)
    assert all(map(np.array_equal, jax.tree.leaves(other.frozen), jax.tree.leaves(fitted.frozen))) and other.fitted
    again = other.with_mask(None)
    assert not again.masked and np.array_equal(jax.jit(again.vector)(x), jax.jit(fitted.vector)(x))
    assert fitted.with_mask(None).mask is None


def test_unknown_samples_count_for_nothing(rng):
    """Whatever stands there, NaN too."""
    for name in ("spectra", "harmonics", "stack"):
        phi = MASKED[name]().with_mask(MASK)
        x = field_for(phi, rng)
        bad = np.where(MASK, x, np.nan)
        assert np.array_equal(phi(x).values, phi(bad).values)


def test_what_belongs_to_its_canvas(rng):
    own = ScatteringSpectra(wavelets.morlet(SIDE, J=1, L=2), outer=np.ones((1, 2, *SIDE)))
    for refused in (lambda: own.at((32, 32)), lambda: own.with_mask(MASK)):
        with pytest.raises(InputError, match="`outer` filters of its own"):
            refused()
    assert own.with_mask(None) is own
    for masked in (spectra(mask=MASK), harmonics(mask=MASK)):
        with pytest.raises(InputError, match="mask"):
            masked.at((32, 32))


def test_old_names():
    assert moments.Mean is Ensemble


def test_derivatives_are_of_one_field():
    """Leading axes, another shape, integers, complex numbers, a wrong count of weights or probes: refused."""
    phi, x = Quantiles(SIDE, 4), np.random.default_rng(0).normal(size=SIDE).astype("float32")
    for bad in (np.stack([x, x]), x[:8], x.astype(int), x.astype("complex64")):
        for of in (phi.rows, phi.gram, phi.laplacian, lambda y: phi.vjp(y, np.ones(4))):
            with pytest.raises(InputError):
                of(bad)
    with pytest.raises(InputError, match="one number per moment"):
        phi.vjp(x, np.ones(5))
    with pytest.raises(InputError, match="probes"):
        phi.laplacian(x, jax.random.key(0), probes=0)
    with pytest.raises(InputError, match="moment maps"):
        Stack([phi, 3])
    with pytest.raises(InputError, match="members"):
        Ensemble(phi, 0)


def test_pairs_of_pywph_refuse_a_bank_of_another_family():
    with pytest.raises(InputError, match="bump_steerable"):
        PhaseHarmonics(wavelets.morlet(SIDE, J=2, L=4), pairs.pywph(J=2, L=4))
