"""Rows, Gram matrices and Laplacians of plain functions, against closed forms and jax.jacobian."""

import jax
import jax.numpy as jnp
import numpy as np

from scatjax.derivatives import gram_of, laplacian_of, rows_of


def cubic(A, x):
    """K numbers whose Hessians are 6 diag(A_k x) + the constant part of a product of neighbors."""
    return A @ x**3 + x[0] * x[1]


def test_rows_and_gram(rng, x64):
    """More rows than one batch, and a number of them that is no multiple of it."""
    A, x = jnp.asarray(rng.normal(size=(37, 5))), jnp.asarray(rng.normal(size=5))
    pull = jax.vjp(lambda y: cubic(A, y), x)[1]
    rows = rows_of(lambda w: pull(w)[0], 37, x.dtype)
    want = np.asarray(jax.jacobian(lambda y: cubic(A, y))(x))
    assert np.allclose(rows, want, rtol=1e-13) and np.allclose(gram_of(rows), want @ want.T, rtol=1e-12)
    assert np.allclose(gram_of(rows.reshape(37, 5, 1)), want @ want.T, rtol=1e-12)


def test_laplacian(rng, x64):
    """Exact over 35 coordinates; on a field of two axes; and the mean over random signs, within its deviation."""
    A, x = jnp.asarray(rng.normal(size=(3, 35))), jnp.asarray(rng.normal(size=35))
    want = 6 * np.asarray(A) @ np.asarray(x)
    assert np.allclose(laplacian_of(lambda y: cubic(A, y), x), want, rtol=1e-12)
    of_field = lambda y: cubic(A, y.reshape(-1))
    assert np.allclose(laplacian_of(of_field, x.reshape(5, 7)), want, rtol=1e-12)
    # off the diagonal H is 1 at (0, 1) and (1, 0): z^T H z = trace + 2 z_0 z_1
    guess = np.asarray(laplacian_of(lambda y: cubic(A, y), x, jax.random.key(0), probes=400))
    assert 0 < np.abs(guess - want).max() < 6 * 2 / np.sqrt(400)


def test_estimates_follow_the_key():
    """Of 64 products of neighbors: other signs, another estimate; the same key, the same."""
    f, x = lambda y: (y[1:] * y[:-1]).sum()[None], jnp.ones(65)
    one, again, other = (laplacian_of(f, x, jax.random.key(k), probes=3) for k in (0, 0, 1))
    assert one == again and one != other
