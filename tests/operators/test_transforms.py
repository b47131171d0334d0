"""What all transforms of coefficients share: leading axes, one program, checks at the border."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import scatjax as sj
from scatjax.coefficients import Coefficients, Table
from scatjax.errors import InputError
from scatjax.operators import AbstractTransform, LogScattering, Renormalization

S = sj.Scattering(sj.wavelets.morlet((256,), J=4, Q=(4, 1)))
TRANSFORMS = {
    "renormalization": lambda: Renormalization(1e-2),
    "log": lambda: LogScattering(1e-2),
    "frequency": lambda: sj.FrequencyScattering(S),
}


@pytest.fixture
def c(rng):
    """Coefficients of (2, 3) series."""
    return S(rng.normal(size=(2, 3, 256)).astype(np.float32))


@pytest.mark.parametrize("make", TRANSFORMS.values(), ids=TRANSFORMS)
def test_leading_axes(make, c):
    """A batch, `jax.vmap` and a loop give the same numbers, of the dtype of the input."""
    transform = make()
    whole = transform(c)
    assert whole.values.shape[:2] == (2, 3) and whole.values.dtype == jnp.float32 and whole.sites == 1
    mapped = jax.vmap(jax.vmap(transform))(c)
    assert np.abs(mapped.values - whole.values).max() < 1e-5
    for at in np.ndindex(2, 3):
        one = transform(jax.tree.map(lambda v, at=at: v[at], c))
        assert one.table == whole.table and np.abs(one.values - whole.values[at]).max() < 1e-5
    shapes = jax.eval_shape(transform, c)
    assert shapes.values.shape == whole.values.shape and shapes.table == whole.table


@pytest.mark.parametrize("make", TRANSFORMS.values(), ids=TRANSFORMS)
def test_one_program(make, c):
    """New values, and new numbers in the transform, compile nothing; plain `jax.jit` takes a transform as typed."""
    traces = []

    @eqx.filter_jit
    def call(transform, c):
        traces.append(1)
        return transform(c)

    for factor in (1, 2):
        scaled = jax.tree.map(lambda v, factor=factor: factor * v, c)
        call(jax.tree.map(lambda leaf, factor=factor: leaf * factor, make()), scaled)
    assert len(traces) == 1
    transform = make()
    assert np.allclose(jax.jit(transform)(c).values, transform(c).values, atol=1e-5) and transform == transform
    assert transform != make()


@pytest.mark.parametrize("make", TRANSFORMS.values(), ids=TRANSFORMS)
def test_border(make, c):
    """What is no scattering, and what is not finite, is refused with the remedy."""
    with pytest.raises(InputError, match=r"pass S\(x\)"):
        make()(c.values)
    with pytest.raises(InputError, match=r"c holds 1 values that are NaN or Inf, the first at index \(1, 0, 2, 0\)"):
        make()(jax.tree.map(lambda v: v.at[1, 0, 2, 0].set(jnp.nan), c))


def test_the_functions_are_the_transforms(c, rng):
    """`renormalize` and `log_scattering` with a number are the transforms that hold it."""
    assert np.array_equal(sj.renormalize(c, 1e-2).values, Renormalization(1e-2)(c).values)
    assert np.array_equal(sj.log_scattering(c, 1e-2).values, LogScattering(1e-2)(c).values)
    low = Coefficients(jnp.abs(c["S0"]) + 1, Table(kind=["S0"]), 1)
    got, want = Renormalization(1e-2)((c, low)), sj.renormalize(c, 1e-2, first=low)
    assert np.array_equal(got.values, want.values) and got.table == c.table
    ones = c.table.rows(kind="S1")
    assert np.allclose(got.values[..., ones, :], c.values[..., ones, :] / (low.values + 1e-2), rtol=1e-6)


@pytest.mark.parametrize("transform", [Renormalization, LogScattering])
def test_bad_threshold(transform):
    with pytest.raises(InputError, match="epsilon=-1.0 must be positive and finite"):
        transform(-1.0)


def test_several_coefficients(c):
    """A transform of a tuple is mapped over the batch that all items share."""

    class Total(AbstractTransform):
        def check(self, c): ...

        def apply(self, c):
            return Coefficients(sum(each.values.sum() for each in c)[None], Table(kind=["total"]))

    other = jax.tree.map(lambda v: 2 * v, c)
    assert np.allclose(Total()((c, other)).values[..., 0], 3 * c.values.sum((-2, -1)), rtol=1e-4)
    with pytest.raises(InputError, match=r"different batches \[\(2, 3\), \(3,\)\]"):
        Total()((c, jax.tree.map(lambda v: v[0], c)))
