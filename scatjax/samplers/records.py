r"""Records: what of a run is kept, since a state holds only what the next step needs.

`Best()` keeps the iterate of least energy, of minimizers; `Thinned(every, count)` every so many states of a chain;
`Running(moments)` the mean and the variance of functions of its states, in the memory of one. A record is a pair,
like a sampler: `begin(state) -> kept` and `keep(kept, step, state, info, running) -> kept`, both pure. To add one,
write both.
"""

import abc
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from ..numbers import count as checked_count
from .sampler import AbstractState, select


class AbstractRecord(eqx.Module):
    """What a lane keeps of its steps."""

    @abc.abstractmethod
    def begin(self, state: AbstractState) -> Any:
        """What is kept before the first step."""

    @abc.abstractmethod
    def keep(self, kept: Any, step: Int[Array, ""], state: Any, info: Any, running: Bool[Array, ""]) -> Any:
        """What is kept after step number `step`, which did something if `running`."""


class Kept(eqx.Module):
    """The iterate of least energy so far, and that energy (infinite before the first step)."""

    x: Array
    value: Float[Array, ""]


class Best(AbstractRecord):
    """The iterate of least energy, whatever comes after.

    >>> from scatjax.samplers import GradientDescent
    >>> solver, energy = GradientDescent(0.5), lambda x: jnp.sum(x**2)
    >>> state = solver.init(jnp.array([2.0]), energy)
    >>> kept = Best().begin(state)
    >>> state, info = solver.step(None, state, energy)                      # evaluates the start
    >>> Best().keep(kept, 0, state, info, jnp.array(True)).value
    Array(4., dtype=float32)
    """

    def begin(self, state):
        """The start, whose energy is not known."""
        return Kept(jnp.array(state.x), jnp.full((), jnp.inf, state.x.dtype))

    def keep(self, kept, step, state, info, running):
        """The iterate of this step if its energy is lower."""
        better = running & (info.value < kept.value)
        return Kept(jnp.where(better, info.x, kept.x), jnp.where(better, info.value, kept.value))


class Draws(eqx.Module):
    r"""States that were kept, (count, \*shape), the first `number` of them filled."""

    x: Array
    number: Int[Array, ""]


class Thinned(AbstractRecord):
    """The states after steps `every`, 2 `every`, .., the first `count` of them; step 0 only evaluates the start.

    >>> Thinned(10, 4).every
    10
    """

    every: int = eqx.field(static=True)
    count: int = eqx.field(static=True)

    def __init__(self, every: int, count: int):
        self.every, self.count = checked_count("every", every), checked_count("count", count)

    def begin(self, state):
        """Room for `count` states."""
        return Draws(jnp.zeros((self.count, *state.x.shape), state.x.dtype), jnp.zeros((), jnp.int32))

    def keep(self, kept, step, state, info, running):
        """The state, if it is its turn and there is room."""
        due = running & (step > 0) & (step % self.every == 0) & (kept.number < self.count)
        place = jnp.minimum(kept.number, self.count - 1)
        x = kept.x.at[place].set(jnp.where(due, state.x, kept.x[place]))
        return Draws(x, kept.number + due.astype(jnp.int32))


class Averages(eqx.Module):
    """The mean and the sum of squared deviations of `number` states' functions."""

    mean: Array
    squares: Array
    number: Int[Array, ""]

    @property
    def variance(self) -> Array:
        """The variance over states, with ddof 1."""
        degrees = jnp.maximum(self.number - 1, 1).astype(self.squares.dtype)
        return self.squares / degrees.reshape(degrees.shape + (1,) * (self.squares.ndim - degrees.ndim))


class Running(AbstractRecord):
    """The mean and the variance of `moments(x)` over the states after each step, by Welford's update; step 0 is left
    out.

    **Arguments** `moments`: a function of one state that gives an array, as `phi.numbers` of a moment map.

    >>> Running(lambda x: jnp.stack([x.mean(), (x**2).mean()])).moments(jnp.array([1.0, 3.0])).tolist()
    [2.0, 5.0]
    """

    moments: Callable[[Array], Array]

    def begin(self, state):
        """Averages of no state yet."""
        out = jax.eval_shape(self.moments, state.x)
        zero = jnp.zeros(out.shape, out.dtype)
        return Averages(zero, zero, jnp.zeros((), jnp.int32))

    def keep(self, kept, step, state, info, running):
        """The averages with this state."""
        number = kept.number + jnp.ones_like(kept.number)
        values = self.moments(state.x)
        change = values - kept.mean
        mean = kept.mean + change / number.astype(values.dtype)
        after = Averages(mean, kept.squares + change * (values - mean), number)
        return select(running & (step > 0), after, kept)
