r"""Lanes: many independent descents in one program, each frozen where it ends, run by a host loop of jitted chunks.

`advance` is the only jitted function of a synthesis: a loop over the steps [first, last) that ends early when no lane
is running. Its bounds are arguments, so that one program serves every chunk length, and the key of step i is
fold_in(key, i): the result depends neither on chunks nor on the lanes beside. A lane keeps its best iterate, whatever
comes after.
"""

import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from ..energies import AbstractEnergy
from ..errors import Status
from . import AbstractSampler
from .progress import Progress
from .sampler import fresh

CHUNK_SECONDS, LONGEST_CHUNK = 1.0, 100  # between reports; the signal of Ctrl-C is heard at the end of a chunk


class Lane(eqx.Module):
    """One descent: the solver's state, the best iterate so far with its energy, its Status, and what it cost."""

    state: Any
    best: Array
    value: Float[Array, ""]
    status: Any
    steps: Int[Array, ""]
    evaluations: Int[Array, ""]


def begin(v: Array, solver: AbstractSampler, energy: AbstractEnergy) -> Lane:
    """A lane that starts at v."""
    zero = jnp.zeros((), jnp.int32)
    return Lane(solver.init(v, energy), jnp.array(v), jnp.full((), jnp.inf, v.dtype), Status.running, zero, zero)


def again(lane: Lane, solver: AbstractSampler, energy: AbstractEnergy, enough: np.ndarray) -> Lane:
    """The next solver of a chain goes on from the best iterate, unless that is good `enough` or the lane is lost."""
    converged = (lane.status == Status.converged) & (lane.value <= enough.astype(lane.value.dtype))
    done = converged | (lane.status == Status.not_finite)
    state = solver.init(lane.best, energy)
    status = Status.where(done, lane.status, Status.running)
    state = eqx.tree_at(lambda s: s.status, state, fresh(status))  # a buffer of its own: lanes are donated
    return Lane(state, lane.best, lane.value, status, lane.steps, lane.evaluations)


def _step(key: Array, lane: Lane, solver: AbstractSampler, energy: AbstractEnergy, enough: Array) -> Lane:
    running = lane.status == Status.running
    state, info = solver.step(key, lane.state, energy)
    better = running & (info.value < lane.value)
    value = jnp.where(better, info.value, lane.value)
    best = jnp.where(better, info.x, lane.best)
    reached = running & (value <= enough.astype(value.dtype))
    status = Status.where(reached, Status.converged, Status.where(running, info.status, lane.status))
    state = eqx.tree_at(lambda s: s.status, state, status)  # a solver does nothing to a state that has ended
    count = running.astype(jnp.int32)
    return Lane(state, best, value, status, lane.steps + count, lane.evaluations + count * info.evaluations)


@eqx.filter_jit(donate="all-except-first")
def advance(constant: tuple, lanes: Lane) -> Lane:
    """Steps [first, last) of every lane; `constant` = (energy, solver, keys, enough, first, last).

    On a CPU lanes run one after the other, which is faster than side by side (cache) and costs nothing for those that
    have ended; elsewhere they run side by side.
    """
    energy, solver, keys, enough, first, last = constant

    def run(key, lane):
        """All steps of one lane."""
        going = lambda carry: (carry[0] < last) & (carry[1].status == Status.running)
        body = lambda carry: (carry[0] + 1, step(key, *carry))
        return jax.lax.while_loop(going, body, (first, lane))[1]

    def step(key, i, lane):
        return _step(jax.random.fold_in(key, i), lane, solver, energy, enough)

    def run_together(keys, lanes):
        going = lambda carry: (carry[0] < last) & jnp.any(carry[1].status == Status.running)
        body = lambda carry: (carry[0] + 1, jax.vmap(step, (0, None, 0))(keys, *carry))
        return jax.lax.while_loop(going, body, (first, lanes))[1]

    if jax.default_backend() == "cpu":
        return jax.lax.map(lambda pair: run(*pair), (keys, lanes))
    return run_together(keys, lanes)


class Interrupt:
    """Ctrl-C sets `raised` and the run ends after its chunk with what it has; a second one stops at once."""

    def __init__(self) -> None:
        self.raised = False
        self.before: Any = None

    def __enter__(self) -> "Interrupt":
        if threading.current_thread() is threading.main_thread():
            self.before = signal.signal(signal.SIGINT, self._hear)
        return self

    def __exit__(self, *error: object) -> None:
        if self.before is not None:
            signal.signal(signal.SIGINT, self.before)

    def _hear(self, number: int, frame: Any) -> None:
        if self.raised:
            raise KeyboardInterrupt
        self.raised = True


def descend(
    lanes: Lane,
    keys: Array,
    energy: AbstractEnergy,
    solver: AbstractSampler,
    max_steps: int,
    tolerance: float | int,
    report: Callable[[Progress], None] | None,
    interrupt: Interrupt,
    stage: tuple[int, int] = (1, 1),
) -> Lane:
    """Run the lanes until all have ended, `max_steps` are done, or Ctrl-C; chunks of about a second."""
    enough = sufficient(tolerance)
    began, done, length = time.perf_counter(), 0, 1
    while done < max_steps and not interrupt.raised:
        started = time.perf_counter()
        last = min(done + length, max_steps)
        lanes = advance((energy, solver, keys, enough, np.int32(done), np.int32(last)), lanes)
        value, running = np.asarray(lanes.value), np.asarray(lanes.status == Status.running)
        seconds = time.perf_counter() - started
        done = last
        if report is not None:
            left = (max_steps - done) * seconds / length if running.any() and not interrupt.raised else float("inf")
            passed = time.perf_counter() - began
            report(Progress(done, max_steps, residual(value), value, lanes.status, passed, left, *stage))
        if not running.any():
            break
        length = int(np.clip(length * CHUNK_SECONDS / seconds, 1, min(2 * length, LONGEST_CHUNK)))
    ended = Status.interrupted if interrupt.raised else Status.step_limit
    status = jax.vmap(lambda s: Status.where(s == Status.running, ended, s))(lanes.status)
    return eqx.tree_at(lambda lane: lane.status, lanes, status)


def sufficient(tolerance: float | int) -> np.ndarray:
    """The energy whose relative residual is the tolerance: `residual` read backwards."""
    return np.asarray(0.5 * float(tolerance) ** 2)


def residual(value):
    """The relative residual of an energy that is half its square."""
    return np.sqrt(2 * np.asarray(value))
