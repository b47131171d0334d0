"""gram_solve and Levenberg-Marquardt against NumPy, the matrix-free path, and how runs end."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax.energies import AbstractLeastSquares
from scatjax.errors import Status
from scatjax.samplers import LevenbergMarquardt, Straight, condition, gram_solve, unit_diagonal


class Affine(AbstractLeastSquares):
    """r = A x - b."""

    matrix: jax.Array
    right: jax.Array

    def residual(self, x):
        return jnp.einsum("kn,n->k", self.matrix, x) - self.right


def _affine(rng, rows=12, columns=40, spread=3.0):
    scales = 10 ** np.linspace(0, spread, rows)[:, None]
    return Affine(jnp.asarray(scales * rng.standard_normal((rows, columns))), jnp.asarray(rng.standard_normal(rows)))


def test_gram_solve_is_its_formula(rng, x64):
    rows = 10 ** rng.uniform(-3, 3, (6, 1)) * rng.standard_normal((6, 9))
    gram, right = rows @ rows.T, rng.standard_normal(6)
    d = np.sqrt(np.diag(gram))
    for ridge in (0.0, 1e-3, 1.0):
        expected = np.linalg.solve(gram / np.outer(d, d) + ridge * np.eye(6), right / d) / d
        np.testing.assert_allclose(gram_solve(jnp.asarray(gram), jnp.asarray(right), ridge), expected, rtol=1e-9)
    matrix, scale = unit_diagonal(jnp.asarray(gram))
    np.testing.assert_allclose(scale, d, rtol=1e-14)
    np.testing.assert_allclose(condition(jnp.asarray(gram)), np.linalg.cond(gram / np.outer(d, d)), rtol=1e-6)
    np.testing.assert_allclose(jnp.diag(matrix), 1.0)


def test_a_moment_without_gradient_is_left_alone():
    gram = jnp.array([[4.0, 0.0], [0.0, 0.0]])
    solved = gram_solve(gram, jnp.array([2.0, 1.0]), 0.5)
    np.testing.assert_allclose(solved, [2 / 4 / 1.5, 2.0], rtol=1e-6)  # d = 1 there: r/ridge, finite


def test_one_step_is_the_damped_minimum_norm_step(rng, x64):
    energy = _affine(rng)
    x = jnp.asarray(rng.standard_normal(40))
    jacobian, r = np.asarray(energy.matrix), np.asarray(energy.residual(x))
    d = np.linalg.norm(jacobian, axis=1)
    inner = (jacobian / d[:, None]) @ (jacobian / d[:, None]).T + 0.3 * np.eye(12)
    expected = np.asarray(x) - jacobian.T @ (np.linalg.solve(inner, r / d) / d)
    solver = LevenbergMarquardt(damping=0.3)
    state, info = solver.step(None, solver.init(x, energy), energy)
    np.testing.assert_allclose(info.x, expected, rtol=1e-9)
    np.testing.assert_allclose(state.damping, 0.06, rtol=1e-12)
    np.testing.assert_allclose(info.value, energy(info.x), rtol=1e-9)
    assert int(info.evaluations) == 15  # 12 rows, a trial and its two derivatives
    _, straight = LevenbergMarquardt(damping=0.3, stride=Straight()).step(None, solver.init(x, energy), energy)
    assert int(straight.evaluations) == 13
    np.testing.assert_allclose(straight.x, expected, rtol=1e-12)


class Bent(AbstractLeastSquares):
    """r = A x + x^T B x / 2 - y: slope A + B x, curvature B."""

    matrix: jax.Array
    tensor: jax.Array
    right: jax.Array

    def residual(self, x):
        return self.matrix @ x + 0.5 * jnp.einsum("kij,i,j->k", self.tensor, x, x) - self.right


@pytest.mark.parametrize("strength, followed", [(0.05, True), (50.0, False)])
def test_a_bent_step_is_its_formula(strength, followed, rng, x64):
    """v + a where a is small beside v, else v."""
    tensor = rng.standard_normal((3, 8, 8))
    energy = Bent(
        *map(jnp.asarray, (rng.standard_normal((3, 8)), strength * (tensor + tensor.transpose(0, 2, 1)), [1.0, 2, 3]))
    )
    x = np.zeros(8)
    jacobian, r = energy.matrix + energy.tensor @ x, np.asarray(energy.residual(jnp.asarray(x)))
    d = np.linalg.norm(jacobian, axis=1)
    inner = (jacobian / d[:, None]) @ (jacobian / d[:, None]).T + 1e-3 * np.eye(3)
    solve = lambda right: jacobian.T @ (np.linalg.solve(inner, right / d) / d)
    v = -solve(r)
    a = -0.5 * solve(np.einsum("kij,i,j->k", energy.tensor, v, v))
    assert (2 * np.linalg.norm(a) <= 0.75 * np.linalg.norm(v)) == followed
    solver = LevenbergMarquardt(damping=1e-3)
    step = solver.stride(energy, jnp.asarray(x), r, lambda right, _: solve(right), 1e-3)
    assert np.allclose(step, v + (a if followed else 0 * a))


def test_a_moment_without_slope(rng, x64):
    """A moment that nothing moves but rounding neither stops the others nor is divided by its slope."""
    energy = Affine(
        jnp.asarray(np.vstack([rng.standard_normal((2, 6)), 1e-18 * np.ones(6)])), jnp.asarray([1.0, 2.0, 1e-9])
    )
    solver = LevenbergMarquardt()
    state = solver.init(jnp.zeros(6), energy)
    step = eqx.filter_jit(lambda state: solver.step(None, state, energy)[0])
    for _ in range(15):
        state = step(state)
    assert np.abs(energy.residual(state.x)[:2]).max() < 1e-9


def test_matrix_free_ends_where_rows_do(rng, x64):
    energy = _affine(rng)
    start = jnp.asarray(rng.standard_normal(40))
    ends = []
    for solver in (LevenbergMarquardt(), LevenbergMarquardt(max_bytes=8)):
        state = solver.init(start, energy)
        step = eqx.filter_jit(solver.step)
        for i in range(15):
            state, info = step(jax.random.key(i), state, energy)
        ends.append(info.x)
        assert float(info.value) < 1e-15
    matrix = np.asarray(energy.matrix)
    nearest = start - np.linalg.pinv(matrix) @ (matrix @ start - energy.right)
    for end in ends:  # every step lies in the span of the rows, whatever the metric
        np.testing.assert_allclose(end, nearest, atol=1e-7)


def test_a_refused_step_raises_the_damping(x64):
    """x^3 - x from .6: a Gauss-Newton step of nearly no damping overshoots."""

    class Cubic(AbstractLeastSquares):
        def residual(self, x):
            return x**3 - x + 0.5

    energy, solver = Cubic(), LevenbergMarquardt(damping=1e-6)
    x = jnp.array([0.6])
    state, info = solver.step(None, solver.init(x, energy), energy)
    assert int(info.evaluations) > 2 and float(state.damping) > 1e-6 / 5
    assert float(info.value) < float(energy(x))


def test_ends(x64):
    class Circle(AbstractLeastSquares):
        def residual(self, x):
            return jnp.stack([jnp.sum(x**2) + 1.0])  # never 0; the gradient vanishes at x = 0

    solver = LevenbergMarquardt()
    state, info = solver.step(None, solver.init(jnp.zeros(3), Circle()), Circle())
    assert state.status == Status.stalled and float(info.value) == 0.5
    solved = Affine(jnp.eye(3), jnp.ones(3))
    state, _ = solver.step(None, solver.init(jnp.ones(3), solved), solved)
    assert state.status == Status.converged
    state, _ = solver.step(None, solver.init(jnp.full(3, jnp.nan), solved), solved)
    assert state.status == Status.not_finite


def test_beyond_the_budget_a_key_is_asked_for(x64):
    solved = Affine(jnp.eye(3), jnp.zeros(3))
    solver = LevenbergMarquardt(max_bytes=8)
    with pytest.raises(ValueError, match="pass a key"):
        solver.step(None, solver.init(jnp.ones(3), solved), solved)
