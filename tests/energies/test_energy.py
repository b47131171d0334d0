"""Energies against their formula, and the remedies of their errors."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax.energies import AbstractEnergy, AbstractLeastSquares, Centered, Matching, Pixels, Pulled
from scatjax.errors import InputError


class Powers(eqx.Module):
    """Mean, power and fourth moment."""

    def vector(self, x):
        return jnp.stack([jnp.mean(x), jnp.mean(x**2), jnp.mean(x**4)])


class Quartic(AbstractEnergy):
    """Not a least-squares energy."""

    def __call__(self, x):
        return jnp.sum(x**4 - x**2)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_matching_is_its_formula(dtype, rng, x64):
    x = rng.standard_normal(50).astype(dtype)
    target, weights = np.array([0.1, 2.0, -1.0]), np.array([1.0, 2.0, 0.5])
    energy = Matching(Powers(), jnp.asarray(target, dtype), jnp.asarray(weights, dtype))
    moments = np.array([np.mean(x**p, dtype=np.float64) for p in (1, 2, 4)])
    expected = 0.5 * np.sum((weights * (moments - target)) ** 2)
    value = energy(jnp.asarray(x))
    assert value.dtype == dtype
    np.testing.assert_allclose(value, expected, rtol=2e-6 if dtype == "float32" else 1e-13)
    gradient = jax.grad(energy)(jnp.asarray(x))
    factors = weights**2 * (moments - target) / 50
    by_hand = factors[0] + factors[1] * 2 * x + factors[2] * 4 * x.astype(np.float64) ** 3
    np.testing.assert_allclose(gradient, by_hand, rtol=1e-4 if dtype == "float32" else 1e-12)


def test_target_and_weights_are_leaves():
    traces = []

    @eqx.filter_jit
    def evaluate(energy, x):
        traces.append(1)
        return energy(x)

    x = jnp.ones(4)
    energy = Matching(Powers(), [1.0, 1.0, 1.0])
    assert float(evaluate(energy, x)) == 0.0
    other = eqx.tree_at(lambda e: (e.target, e.weights), energy, (jnp.zeros(3), 2 * jnp.ones(3)))
    assert float(evaluate(other, x)) == 6.0
    assert len(traces) == 1


def test_a_maps_own_weights_are_the_default():
    class Weighted(Powers):
        weights: np.ndarray

    phi = Weighted(np.array([3.0, 0.0, 0.0]))
    assert float(Matching(phi, [0.0, 0.0, 0.0])(jnp.ones(4))) == 4.5
    assert float(Matching(phi, [0.0, 0.0, 0.0], weights=[1.0, 0.0, 0.0])(jnp.ones(4))) == 0.5


def test_mismatched_shapes_name_the_remedy():
    with pytest.raises(InputError, match="both must be"):
        Matching(Powers(), [1.0, 2.0], weights=[1.0])
    with pytest.raises(InputError, match="average a stack"):
        Matching(Powers(), [[1.0, 2.0]])
    with pytest.raises(InputError, match="of this very map"):
        Matching(Powers(), [1.0, 2.0])(jnp.ones(4))
    with pytest.raises(InputError, match="two rows"):
        Matching(Powers(), jnp.array([1.0 + 1j]))
    with pytest.raises(InputError, match="without `vector"):
        Matching(jnp.mean, [1.0])


def test_pulled_keeps_what_an_energy_is():
    matching = Matching(Powers(), [0.0, 1.0, 3.0])
    pulled = Pulled(matching, Centered(2.0))
    v = jnp.array([0.0, 1.0, 5.0])
    assert isinstance(pulled, AbstractLeastSquares)
    np.testing.assert_allclose(pulled.residual(v), matching.residual(jnp.array([0.0, 1.0, 5.0])), rtol=1e-6)
    np.testing.assert_allclose(pulled(v + 7), matching(v), rtol=1e-5)  # the mean of v does not count
    plain = Pulled(Quartic(), Pixels())
    assert not isinstance(plain, AbstractLeastSquares)
    assert float(plain(jnp.array([2.0]))) == 12.0
