"""The loop: the same bits however a run is cut, one evaluation in the program, what records keep, how lanes share."""

import io
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array, Int

from scatjax.errors import InputError, Status
from scatjax.samplers import (
    LBFGS,
    AbstractInfo,
    AbstractSampler,
    AbstractState,
    GradientDescent,
    InTurn,
    Running,
    SideBySide,
    Thinned,
)
from scatjax.samplers import drive as loop
from scatjax.samplers.sampler import fresh

from ..helpers.solvers import SOLVERS, problem

STEPS, LANES = 9, 2
table = pytest.mark.parametrize("make", [make for make, _ in SOLVERS.values()], ids=SOLVERS)


def _begun(make):
    energy, x = problem("float32")
    keys = jax.random.split(jax.random.key(5), LANES)
    return make(), energy, (jnp.stack([x, 0.5 * x[::-1]]), keys)


def _to_the_end(solver, energy, starts, keys, record=loop.BEST, steps=STEPS, **options):
    carry = loop.begin(solver, energy, starts, keys, record)
    for after, _ in loop.chunks(carry, solver, energy, steps, record=record, **options):
        carry = after
    return carry


def _through_a_file(carry, like):
    file = io.BytesIO()
    np.savez(file, *loop.saved(carry))
    file.seek(0)
    with np.load(file) as archive:
        return loop.restored([archive[name] for name in archive.files], like)


@table
def test_a_run_cut_after_any_chunk_goes_on_at_the_same_bits(make, monkeypatch):
    """Chunks of 1, 2, 4, 2 steps, each saved to a file and restored; and the whole run in one chunk per two seconds."""
    solver, energy, (starts, keys) = _begun(make)
    monkeypatch.setattr(loop, "CHUNK_SECONDS", 1e9)
    whole = _to_the_end(solver, energy, starts, keys)
    carry, cuts = loop.begin(solver, energy, starts, keys), 0
    while carry.done < STEPS and carry.running.any():
        carry, progress = next(loop.chunks(carry, solver, energy, STEPS))
        carry, cuts = _through_a_file(carry, loop.begin(solver, energy, starts, keys)), cuts + 1
        assert progress.step == carry.done
    assert cuts > 3 and all(map(np.array_equal, loop.saved(whole)[1:], loop.saved(carry)[1:]))  # less the steps done


def test_a_carry_of_another_run_is_refused():
    solver, energy, (starts, keys) = _begun(LBFGS)
    carry = loop.begin(solver, energy, starts, keys)
    with pytest.raises(InputError, match="this carry is of another run: begin with the same sampler"):
        loop.restored(loop.saved(carry), loop.begin(LBFGS(memory=3), energy, starts, keys))


@pytest.mark.parametrize("make", [SOLVERS[name][0] for name in ("fixed", "backtracking", "optax", "lbfgs")])
@pytest.mark.parametrize("layout", [InTurn(), SideBySide()], ids=["in_turn", "side_by_side"])
def test_the_program_holds_one_evaluation(make, layout):
    """The FFTs of the loop's program are those of one gradient, of the solvers that take one per step."""
    solver, energy, (starts, keys) = _begun(make)
    carry = loop.begin(solver, energy, starts, keys)
    what = (energy, solver, loop.BEST, loop.NEVER, layout, keys, np.int32(0), np.int32(STEPS))
    program = eqx.filter_jit(lambda what, lanes: loop.advance(what, lanes)).lower(what, carry.lanes).compile().compiled
    gradient = jax.jit(jax.value_and_grad(lambda x: energy(x))).lower(starts[0]).compile()
    counts = [text.count(" fft(") for text in (program.as_text(), gradient.as_text())]
    assert counts[0] == counts[1] > 0


def test_layouts_agree():
    """To rounding: XLA fuses otherwise."""
    solver, energy, (starts, keys) = _begun(LBFGS)
    ends = []
    for layout in (InTurn(), SideBySide()):
        carry = _to_the_end(solver, energy, starts, keys, steps=5, layout=layout)
        ends.append(np.asarray(carry.lanes.kept.x))
    assert np.abs(ends[0] - ends[1]).max() < 1e-4


class WalkState(AbstractState):
    """A point."""

    x: Array
    status: Any


class WalkInfo(AbstractInfo):
    """The cost."""

    evaluations: Int[Array, ""]


class Autoregression(AbstractSampler):
    """x -> a x + sqrt(1 - a^2) n: a chain whose law is N(0, 1) and whose autocorrelation is a^lag, in closed form."""

    a: float = eqx.field(static=True, default=0.5)

    def init(self, x, energy):
        """The start."""
        return fresh(WalkState(x, Status.running))

    def step(self, key, state, energy):
        """One draw."""
        noise = jax.random.normal(key, state.x.shape, state.x.dtype)
        x = self.a * state.x + (1 - self.a**2) ** 0.5 * noise
        return WalkState(x, state.status), WalkInfo(jnp.ones((), jnp.int32))


def _chain(record, steps, points=64):
    keys = jax.random.split(jax.random.key(1), 2)
    starts = jax.random.normal(jax.random.key(2), (2, points))
    return _to_the_end(Autoregression(), None, starts, keys, record, steps), starts, keys


def test_thinned_keeps_the_states_it_names():
    """Against a plain loop over steps with the keys that the contract names."""
    carry, starts, keys = _chain(Thinned(3, 4), 12)
    assert np.asarray(carry.lanes.kept.number).tolist() == [3, 3]  # steps 3, 6, 9 of 0..11
    state, sampler, seen = Autoregression().init(starts[1], None), Autoregression(), []
    for i in range(12):
        state, _ = sampler.step(jax.random.fold_in(keys[1], i), state, None)
        seen.append(np.asarray(state.x))
    kept = np.asarray(carry.lanes.kept.x[1])
    assert all(np.allclose(kept[n], seen[i], atol=1e-6) for n, i in enumerate((3, 6, 9))) and not kept[3].any()


def test_running_averages():
    """Mean 0 and variance 1 of 2 x 64 x 400 correlated draws: standard errors .0077 and .0082; false alarm < 1e-6."""
    carry, _, _ = _chain(Running(lambda x: jnp.stack([x.mean(), (x**2).mean()])), 401)
    kept = carry.lanes.kept
    assert np.asarray(kept.number).tolist() == [400, 400]
    mean, square = np.asarray(kept.mean).mean(0)
    assert abs(mean) < 5 * 0.0077 and abs(square - 1) < 5 * 0.0082
    assert np.allclose(np.asarray(kept.variance)[:, 0], 1 / 64, rtol=0.5)


def test_averages_are_those_of_numpy():
    record = Running(lambda x: x)
    state = Autoregression().init(jnp.zeros(3), None)
    kept, rows = record.begin(state), np.random.default_rng(0).normal(size=(7, 3)).astype("float32")
    for step, row in enumerate(rows):
        state = WalkState(jnp.asarray(row), Status.running)
        kept = record.keep(kept, jnp.asarray(step), state, None, jnp.asarray(True))
    assert np.allclose(kept.mean, rows[1:].mean(0), atol=1e-6)
    assert np.allclose(kept.variance, rows[1:].var(0, ddof=1), rtol=1e-5)


@pytest.mark.parametrize("arguments", [(0, 4), (3, 0), (2.5, 4), (True, 4)])
def test_thinned_refuses(arguments, unchecked):
    with pytest.raises(InputError, match="must be a positive integer"):
        Thinned(*arguments)


def test_a_carry_that_does_not_fit_is_refused():
    """Used up, of another sampler or record, or with another number of keys: named, and not an error of XLA."""
    solver, energy, (starts, keys) = _begun(LBFGS)
    begin = lambda: loop.begin(solver, energy, starts, keys)
    with pytest.raises(InputError, match="jax.random.split"):
        loop.begin(solver, energy, starts, keys[:1])
    with pytest.raises(InputError, match="dtype"):
        loop.begin(solver, energy, starts.astype(int), keys)
    for other, record in ((GradientDescent(), loop.BEST), (LBFGS(memory=3), loop.BEST), (solver, Thinned(1, 2))):
        with pytest.raises(InputError, match="same"):
            next(loop.chunks(begin(), other, energy, 2, record=record))
    used = begin()
    next(loop.chunks(used, solver, energy, 2))
    with pytest.raises(InputError, match="used up"):
        next(loop.chunks(used, solver, energy, 2))
    with pytest.raises(InputError, match="used up"):
        loop.saved(used)
