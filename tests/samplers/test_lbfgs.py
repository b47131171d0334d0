"""L-BFGS: one evaluation per step, the compact form against the two loops, Rosenbrock, and how runs end."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax.errors import Status
from scatjax.samplers import LBFGS
from scatjax.samplers.lbfgs import History


def _two_loops(pairs, gradient):
    """Nocedal 1980, in NumPy: the independent reference."""
    q, alphas = gradient.copy(), []
    for s, y in reversed(pairs):
        alphas.append(s @ q / (s @ y))
        q -= alphas[-1] * y
    s, y = pairs[-1]
    q *= (s @ y) / (y @ y)
    for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
        q += s * (alpha - y @ q / (s @ y))
    return q


@pytest.mark.parametrize("pushed", [1, 3, 5, 12])
def test_compact_form_is_the_two_loops(pushed, rng, x64):
    hessian = np.diag(rng.uniform(0.1, 10, 30))
    history, pairs = History.empty(5, jnp.zeros(30)), []
    for _ in range(pushed):
        s = rng.standard_normal(30)
        pairs.append((s, hessian @ s))
        gradient = rng.standard_normal(30)
        keep, refused = jnp.asarray(True), jnp.asarray(False)
        history, products = history.push(keep, jnp.asarray(s), jnp.asarray(hessian @ s), jnp.asarray(gradient))
        history, products = history.push(refused, jnp.ones(30), jnp.ones(30), jnp.asarray(gradient))
    expected = _two_loops(pairs[-5:], gradient)
    np.testing.assert_allclose(history.apply(jnp.asarray(gradient), products), expected, rtol=1e-10)


def test_compact_form_keeps_float32(rng):
    s, hessian = rng.standard_normal((20, 4000)), rng.uniform(0.01, 10, 4000)
    gradient = rng.standard_normal(4000)
    history = History.empty(20, jnp.zeros(4000))
    cast = lambda v: jnp.asarray(v, "float32")
    for k in range(20):
        history, products = history.push(jnp.asarray(True), cast(s[k]), cast(hessian * s[k]), cast(gradient))
    expected = _two_loops([(v, hessian * v) for v in s], gradient)
    error = np.linalg.norm(history.apply(cast(gradient), products) - expected) / np.linalg.norm(expected)
    assert error < 1e-4, f"{error:.1e}"


def _count(jaxpr, name: str) -> int:
    """Equations of that primitive, those of inner programs included."""
    total = 0
    for equation in jaxpr.eqns:
        total += equation.primitive.name == name
        for value in jax.tree.leaves(equation.params, is_leaf=lambda v: hasattr(v, "eqns") or hasattr(v, "jaxpr")):
            inner = getattr(value, "jaxpr", value)
            total += _count(inner, name) if hasattr(inner, "eqns") else 0
    return total


def _marked(x):
    """An energy with a primitive of its own: nothing in the solver takes the error function."""
    return jnp.sum(jax.lax.erf(x) ** 2) + 0.01 * jnp.sum(x**2)


@pytest.mark.parametrize("lanes", [None, 8])
def test_a_step_is_one_evaluation(lanes):
    solver = LBFGS(memory=3)
    x = jnp.ones(5) if lanes is None else jnp.ones((lanes, 5))
    wrap = (lambda f: f) if lanes is None else jax.vmap
    state = wrap(lambda x: solver.init(x, _marked))(x)
    step = jax.make_jaxpr(wrap(lambda s: solver.step(None, s, _marked)))(state).jaxpr
    assert _count(jax.make_jaxpr(wrap(jax.value_and_grad(_marked)))(x).jaxpr, "erf") == 1
    assert _count(step, "erf") == 1, "evaluations in the program of a step"
    assert _count(jax.make_jaxpr(wrap(lambda x: solver.init(x, _marked)))(x).jaxpr, "erf") == 0
    for loop in ("while", "scan", "cond"):
        assert _count(step, loop) == 0, f"a {loop} in the step could evaluate again, or make lanes wait"


@eqx.filter_jit
def _descend(solver, energy, x, steps: int):
    return _followed(solver, energy, x, steps)[0]


def _followed(solver, energy, x, steps: int):
    """(info, status) of every step."""

    def body(state, _):
        state, info = solver.step(None, state, energy)
        return state, (info, state.status)

    return jax.lax.scan(body, solver.init(x, energy), length=steps)[1]


def test_rosenbrock(x64):
    energy = lambda x: jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
    info = _descend(LBFGS(), energy, jnp.full(20, -1.2).at[::2].set(1.0), 300)
    assert float(info.value[-1]) < 1e-20
    np.testing.assert_allclose(info.x[-1], 1.0, atol=1e-9)


def test_the_best_point_never_gets_worse(x64):
    energy = lambda x: jnp.sum(jnp.cos(3 * x) + 0.1 * x**2)
    info = _descend(LBFGS(), energy, jnp.linspace(-4, 5, 50), 60)
    values = np.asarray(info.value)
    assert (np.diff(values) <= 0).all() and values[-1] < values[0] - 1
    np.testing.assert_allclose(jax.vmap(energy)(info.x), values, rtol=1e-12, err_msg="value is the energy of x")


def test_rounding_floor_ends_in_line_search_failed():
    energy = lambda x: 1e4 + jnp.sum(jnp.exp(x) - jnp.linspace(1.5, 40, 10) * x)  # float32: what is below 1e-3 is lost
    info, status = _followed(LBFGS(), energy, jnp.ones(10), 150)
    assert Status.names(status)[-1] == "line_search_failed"
    assert bool(jnp.isfinite(info.x[-1]).all())
    assert int(jnp.sum(info.evaluations)) < 100, "an ended run goes on counting"


def test_a_start_that_is_not_finite_ends_at_once():
    info, status = _followed(LBFGS(), lambda x: jnp.sum(jnp.log(x)), -jnp.ones(3), 3)
    assert [int(v) for v in info.evaluations] == [1, 0, 0]
    assert Status.names(status)[0] == "not_finite"


def test_a_domain_with_a_wall(x64):
    """Trials beyond the wall are NaN and are shortened; the minimum is found all the same."""
    energy = lambda x: jnp.sum(x - jnp.log(x))
    start = jnp.linspace(5.0, 30.0, 8)
    assert bool(jnp.isnan(energy(start - 1.1 * start * jax.grad(energy)(start))))
    info = _descend(LBFGS(), energy, start, 130)
    np.testing.assert_allclose(info.x[-1], 1.0, rtol=1e-6)


def test_units_do_not_matter(x64):
    """x in units of 1e4, energies in units of 1e-6: the same path."""
    energy = lambda x: jnp.sum(jnp.arange(1.0, 9.0) * (x**2 - 1) ** 2)
    other = lambda u: 1e-6 * energy(u / 1e4)
    start = jnp.linspace(0.2, 2.0, 8)
    one, two = (_descend(LBFGS(), e, x, 12) for e, x in ((energy, start), (other, 1e4 * start)))
    np.testing.assert_allclose(1e-4 * two.x, one.x, rtol=1e-6)
