r"""The loop that drives a sampler: many independent lanes in one program, run by the host in chunks of jitted steps.

    carry = begin(sampler, energy, starts, keys, record)
    for carry, progress in chunks(carry, sampler, energy, max_steps, record=record, stop=stop):
        ...                                                     # report, save the carry, stop when Ctrl-C was heard

Every verb uses this one loop. `advance` is the only jitted function: steps [first, last) of every lane, which ends
early when no lane is running. Its bounds are arguments, so that one program serves every chunk length, and the key of
step i is fold_in(key, i): the result depends neither on chunks nor on the lanes beside. A run is cut after any chunk
and goes on from its carry at the same bits, saved and restored or not. A lane that has ended stays as it is.

Three objects say the rest: a record what of a run is kept (`records.py`), a stop when a lane has enough, a layout how
lanes share the device.
"""

import abc
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int

from ..errors import InputError, Status, check_floating
from .progress import Progress
from .records import AbstractRecord, Best, Kept
from .sampler import AbstractSampler, fresh, is_running

CHUNK_SECONDS, LONGEST_CHUNK = 1.0, 100  # between reports; the signal of Ctrl-C is heard at the end of a chunk
BEST = Best()


class Lane(eqx.Module):
    """One run: the sampler's state, what its record keeps, and what it cost."""

    state: Any
    kept: Any
    steps: Int[Array, ""]
    evaluations: Int[Array, ""]

    @property
    def status(self) -> Any:
        """The status of the state: `running`, or how the lane ended."""
        return self.state.status


class Carry(eqx.Module):
    """Everything that a run needs to go on: its lanes and their keys, stacked, and how many steps are done."""

    lanes: Lane
    keys: Array
    done: int

    @property
    def running(self) -> np.ndarray:
        """True for each lane that goes on."""
        return np.asarray(is_running(self.lanes.status))


def saved(carry: Carry) -> list[np.ndarray]:
    """The carry as arrays on the host, for a file: steps done, the keys' data, and the leaves of the lanes."""
    _check_whole(carry)
    leaves = [np.int32(carry.done), jax.random.key_data(carry.keys), *jax.tree.leaves(carry.lanes)]
    return [np.array(leaf) for leaf in leaves]


def restored(arrays: list[np.ndarray], like: Carry) -> Carry:
    """The carry that was `saved`, of the same sampler, energy, record and lanes as `like`, such as a fresh `begin`."""
    arrays, wanted = [np.asarray(leaf) for leaf in arrays], saved(like)
    if [(leaf.shape, leaf.dtype) for leaf in arrays] != [(leaf.shape, leaf.dtype) for leaf in wanted]:
        raise InputError("this carry is of another run: begin with the same sampler, energy, record and samples.")
    done, keys, *leaves = arrays
    lanes = jax.tree.unflatten(jax.tree.structure(like.lanes), map(jnp.asarray, leaves))
    return Carry(lanes, jax.random.wrap_key_data(jnp.asarray(keys), impl=jax.random.key_impl(like.keys)), int(done))


class AbstractStop(eqx.Module):
    """A rule that says when a lane has enough: `stop(kept) -> bool`, and then it ends in `Status.converged`."""

    @abc.abstractmethod
    def __call__(self, kept: Any) -> Bool[Array, ""]:
        """True if what has been kept is enough."""


class Never(AbstractStop):
    """A lane goes on until its sampler ends it, or its steps are done."""

    def __call__(self, kept):
        """Always false."""
        return jnp.zeros((), bool)


class AbstractLayout(eqx.Module):
    """A way in which lanes share the device: from the steps of one lane to those of all."""

    @abc.abstractmethod
    def advance(self, step: Callable, keys: Array, lanes: Lane, first: Array, last: Array) -> Lane:
        """The lanes after `step(key, i, lane)` for i in [first, last), or until none is running."""


class InTurn(AbstractLayout):
    """Lanes one after the other: the memory of one, and those that have ended cost nothing. Faster on a CPU (cache)."""

    def advance(self, step, keys, lanes, first, last):
        """A loop over steps inside a loop over lanes."""

        def run(pair):
            key, lane = pair
            going = lambda carry: (carry[0] < last) & is_running(carry[1].status)
            body = lambda carry: (carry[0] + 1, step(key, *carry))
            return jax.lax.while_loop(going, body, (first, lane))[1]

        return jax.lax.map(run, (keys, lanes))


class SideBySide(AbstractLayout):
    """All lanes at each step: they fill a GPU or a TPU."""

    def advance(self, step, keys, lanes, first, last):
        """A loop over steps of all lanes at once."""
        going = lambda carry: (carry[0] < last) & jnp.any(is_running(carry[1].status))
        body = lambda carry: (carry[0] + 1, jax.vmap(step, (0, None, 0))(keys, *carry))
        return jax.lax.while_loop(going, body, (first, lanes))[1]


NEVER, IN_TURN, SIDE_BY_SIDE = Never(), InTurn(), SideBySide()


def usual_layout() -> AbstractLayout:
    """`InTurn` on a CPU, else `SideBySide`: what a verb takes that is not told."""
    return IN_TURN if jax.default_backend() == "cpu" else SIDE_BY_SIDE


def begin(sampler: AbstractSampler, energy, starts: Array, keys: Array, record: AbstractRecord = BEST) -> Carry:
    """The carry of lanes that start at `starts` (lane, ...), with a key for each; nothing is evaluated yet."""
    check_floating(starts, "starts")
    if np.ndim(starts) < 1 or np.shape(keys) != np.shape(starts)[:1]:
        raise InputError(
            f"starts have shape {np.shape(starts)}, keys {np.shape(keys)}: give (lane, ...) and (lane,), "
            f"as jax.random.split(key, {np.shape(starts)[0] if np.ndim(starts) else 1})."
        )

    def one(x):
        state, zero = sampler.init(x, energy), jnp.zeros((), jnp.int32)
        return Lane(state, record.begin(state), zero, zero)

    return Carry(fresh(jax.vmap(one)(starts)), keys, 0)


def chunks(
    carry: Carry,
    sampler: AbstractSampler,
    energy,
    max_steps: int,
    *,
    record: AbstractRecord = BEST,
    stop: AbstractStop = NEVER,
    layout: AbstractLayout | None = None,
    measure: Callable[[Any], Mapping[str, np.ndarray]] = lambda kept: {},
    going: Callable[[], bool] = lambda: True,
) -> Iterator[tuple[Carry, Progress]]:
    """Yield (carry, progress) after each chunk of about a second, until all lanes have ended or `max_steps` are done.

    The buffers of a carry that was yielded are used up by the next chunk: save or copy what you want to keep.

    **Arguments**

    - `carry`: from `begin`, or one that was saved.
    - `sampler`, `energy`, `record`: those that the carry began with.
    - `max_steps`: steps since the beginning, those that the carry has done included.
    - `stop`: when a lane has enough.
    - `layout`: how lanes share the device; None: `usual_layout()`.
    - `measure`: what `Progress` shows of what is kept, by name, one number per lane.
    - `going`: asked before each chunk; False ends the loop, as Ctrl-C does.
    """
    _check_whole(carry)
    _check_kin(carry, sampler, energy, record)
    layout = usual_layout() if layout is None else layout
    began, length = time.perf_counter(), 1
    while carry.done < max_steps and going():
        started = time.perf_counter()
        first, last = carry.done, min(carry.done + length, max_steps)
        what = (energy, sampler, record, stop, layout, carry.keys, np.int32(first), np.int32(last))
        lanes = advance(what, carry.lanes)
        measures, carry = measure(lanes.kept), Carry(lanes, carry.keys, last)
        running = carry.running.any()
        now = time.perf_counter()
        left = (max_steps - last) * (now - started) / length if running and going() else float("inf")
        yield carry, Progress(last, max_steps, measures, lanes.status, now - began, left)
        if not running:
            return
        length = int(np.clip(length * CHUNK_SECONDS / (now - started), 1, min(2 * length, LONGEST_CHUNK)))


def _check_whole(carry: Carry) -> None:
    """Refuse a carry whose buffers the next chunk has used up."""
    if any(leaf.is_deleted() for leaf in jax.tree.leaves(carry.lanes) if isinstance(leaf, jax.Array)):
        raise InputError("this carry was used up by the chunk after it: go on from the last one, or save it before.")


def _check_kin(carry: Carry, sampler: AbstractSampler, energy, record: AbstractRecord) -> None:
    """Refuse a carry that began with another sampler or record, by the structure of its state."""
    state = carry.lanes.state
    own = jax.eval_shape(jax.vmap(lambda x: sampler.init(x, energy)), state.x)
    looks = lambda tree: (str(jax.tree.structure(tree)), [(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(tree)])
    if looks(own) != looks(state):
        raise InputError(f"this carry is not of {type(sampler).__name__} as it is here: begin with the same sampler.")
    if isinstance(record, Best) != isinstance(carry.lanes.kept, Kept):
        raise InputError(f"this carry did not begin with {type(record).__name__}: pass the same record to `chunks`.")


@eqx.filter_jit(donate="all-except-first")
def advance(what: tuple, lanes: Lane) -> Lane:
    """Steps [first, last) of every lane; `what` = (energy, sampler, record, stop, layout, keys, first, last)."""
    energy, sampler, record, stop, layout, keys, first, last = what
    step = lambda key, i, lane: _step(jax.random.fold_in(key, i), i, lane, (sampler, energy, record, stop))
    return layout.advance(step, keys, lanes, first, last)


def _step(key: Array, i: Array, lane: Lane, parts: tuple) -> Lane:
    sampler, energy, record, stop = parts
    running = is_running(lane.status)
    state, info = sampler.step(key, lane.state, energy)
    kept = record.keep(lane.kept, i, state, info, running)
    status = Status.where(running & stop(kept), Status.converged, Status.where(running, state.status, lane.status))
    state = eqx.tree_at(lambda s: s.status, state, status)
    count = running.astype(jnp.int32)
    return Lane(state, kept, lane.steps + count, lane.evaluations + count * info.evaluations)


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
