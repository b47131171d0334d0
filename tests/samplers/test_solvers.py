"""A table of solvers times the laws of a solver: the closed-form oracle, lanes, ends, types, donation, traces."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax.errors import InputError, Status
from scatjax.samplers import LBFGS, Backtracking, FixedStep, GradientDescent, LevenbergMarquardt, Optax, StrongWolfe

from ..helpers.solvers import SOLVERS, problem

table = pytest.mark.parametrize("make, steps", SOLVERS.values(), ids=SOLVERS)


def _body(solver, energy, key):
    def body(state, i):
        state, info = solver.step(jax.random.fold_in(key, i), state, energy)
        return state, (info.value, info.evaluations)

    return body


@eqx.filter_jit
def _run(solver, energy, x, steps: int):
    key = jax.random.key(0)
    state, trace = jax.lax.scan(_body(solver, energy, key), solver.init(x, energy), jnp.arange(steps - 1))
    state, info = solver.step(key, state, energy)
    return state, info, trace


@table
def test_band_oracle(make, steps, x64):
    energy, start = problem("float64")
    parts, powers = energy.phi.parts(start), energy.phi.vector(start)
    exact = jnp.sum(jnp.sqrt(energy.target / powers)[:, None, None] * parts, axis=0)
    _, info, _ = _run(make(), energy, start, steps)
    error = float(jnp.max(jnp.abs(info.x - exact)))
    assert error < 1e-10, f"{error:.1e} from the closed form, energy {float(info.value):.1e}"


@table
def test_eight_lanes_are_eight_runs(make, steps, x64):
    energy, start = problem("float64")
    steps = min(steps, 12)  # L-BFGS is at rounding after 25, where lanes differ in when they end
    starts = start[None] * jnp.linspace(0.5, 2.0, 8)[:, None, None]
    solver = make()
    ends, many, _ = eqx.filter_jit(jax.vmap(lambda x: _run(solver, energy, x, steps)))(starts)
    for lane in range(8):
        end, one, _ = _run(solver, energy, starts[lane], steps)
        np.testing.assert_allclose(many.x[lane], one.x, atol=1e-7, err_msg=f"lane {lane}")
        assert int(ends.status.code[lane]) == int(end.status.code)


@table
def test_one_lane_that_is_not_finite_harms_none(make, steps):
    energy, start = problem("float32")
    steps = min(steps, 25)
    starts = jnp.stack([start, start.at[3, 4].set(jnp.nan), start.at[0, 0].set(jnp.inf)])
    solver = make()
    run = eqx.filter_jit(jax.vmap(lambda x: _run(solver, energy, x, steps)))
    ended, info, _ = run(starts)
    well, clean, _ = run(jnp.stack([start, start, start]))
    np.testing.assert_array_equal(info.x[0], clean.x[0])
    status = np.asarray(ended.status.code)
    assert list(status[1:]) == [int(Status.not_finite.code)] * 2
    assert status[0] == int(well.status.code[0])


@table
def test_types_and_structure_do_not_change(make, steps, x64):
    energy, start = problem("float32")  # float32 in an x64 world: nothing may be promoted
    solver = make()
    state = solver.init(start, energy)
    after, info = jax.eval_shape(lambda s: solver.step(jax.random.key(0), s, energy), state)
    aval = lambda leaf: (leaf.shape, leaf.dtype, leaf.weak_type)
    assert jax.tree.map(aval, jax.eval_shape(lambda: state)) == jax.tree.map(aval, after)
    assert info.x.dtype == np.float32 and info.value.dtype == np.float32 and info.evaluations.dtype == np.int32


@table
def test_states_can_be_donated(make, steps):
    energy, start = problem("float32")
    solver = make()
    state = solver.init(start, energy)
    buffers = [leaf.unsafe_buffer_pointer() for leaf in jax.tree.leaves(state)]
    assert len(set(buffers)) == len(buffers), "two leaves of the state share a buffer"
    assert start.unsafe_buffer_pointer() not in buffers, "the state shares a buffer with the start"
    step = jax.jit(lambda key, state: solver.step(key, state, energy)[0], donate_argnums=1)
    for i in range(3):
        state = step(jax.random.key(i), state)
    assert bool(jnp.isfinite(state.x).all()) and bool(jnp.isfinite(start).all())


@table
def test_a_state_that_has_ended_is_left_alone(make, steps):
    energy, start = problem("float32")
    solver = make()
    state = solver.init(start, energy)
    step = eqx.filter_jit(solver.step)
    state, _ = step(jax.random.key(0), state, energy)
    ended = eqx.tree_at(lambda s: s.status, state, Status.line_search_failed)
    after, info = step(jax.random.key(1), ended, energy)
    for old, new in zip(jax.tree.leaves(ended), jax.tree.leaves(after), strict=True):
        np.testing.assert_array_equal(old, new)
    assert after.status == Status.line_search_failed and int(info.evaluations) == 0


OPTIONS = {
    "fixed": (lambda v: GradientDescent(v), (1.0, 2.0)),
    "backtracking": (lambda v: GradientDescent(Backtracking(shrink=v)), (0.5, 0.3)),
    "lbfgs": (lambda v: LBFGS(search=StrongWolfe(curvature=v)), (0.9, 0.5)),
    "levenberg-marquardt": (lambda v: LevenbergMarquardt(damping=v), (1.0, 0.1)),
}


@pytest.mark.parametrize("make, values", OPTIONS.values(), ids=OPTIONS)
def test_a_new_number_compiles_nothing(make, values):
    energy, start = problem("float32")
    traces = []

    @eqx.filter_jit
    def run(solver, x):
        traces.append(1)
        body = lambda state, _: (solver.step(None, state, energy)[0], None)
        return jax.lax.scan(body, solver.init(x, energy), length=25)[0].x

    first, second = run(make(values[0]), start), run(make(values[1]), start)
    assert len(traces) == 1
    assert not np.array_equal(first, second), "the option has no effect"


def test_zero_gradient_is_the_end():
    energy = lambda x: jnp.sum(x**2)
    for solver in (LBFGS(), GradientDescent(0.1), GradientDescent()):
        state = solver.init(jnp.zeros(3), energy)
        state, info = solver.step(None, state, energy)
        assert state.status == Status.converged and float(info.value) == 0.0


def test_errors_name_the_remedy():
    for bad, remedy in (
        (lambda: FixedStep(0.0), "positive"),
        (lambda: LBFGS(memory=0), "positive integer"),
        (lambda: LevenbergMarquardt(damping=float("nan")), "positive and finite"),
        (lambda: LevenbergMarquardt().init(jnp.ones(3), lambda x: jnp.sum(x)), "use LBFGS"),
        (lambda: Optax("adam"), "optax.adam"),
    ):
        with pytest.raises(InputError, match=remedy):
            bad()
