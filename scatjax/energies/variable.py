r"""Variables: what a solver moves in place of the pixels. Better conditioning is a choice of variable, not of solver.

A variable is a pair `encode(x) -> v`, `decode(v) -> x` with encode(decode(v)) = v; the solver descends on
$E(\mathrm{decode}(v))$ (`energies.Pulled`). A helium-jet path took 600 evaluations on its values and 82 on a whitened
variable, for the same tolerance. All act on ONE state, channels included; `vmap` over samples.

`Pixels` changes nothing; `Whitened` (whitened.py) divides by a target's spectrum; `Fixed` moves the pixels of a
mask only; `Centered` takes the mean out of the search; `Increments` moves the steps of a path; `Composed` applies
two in turn.

A variable of your own is one class that inherits from `AbstractVariable` and writes `encode` and `decode`. What it must
keep: encode(decode(v)) = v, decode(encode(x)) = x for each x that can be reached, and decode is differentiable.

>>> class Logarithm(AbstractVariable):                          # for fields that stay positive
...     def encode(self, x):
...         return jnp.log(x)
...     def decode(self, v):
...         return jnp.exp(v)
>>> bool(jnp.allclose(Logarithm().encode(Logarithm().decode(jnp.array([-1.0, 2.0]))), jnp.array([-1.0, 2.0])))
True
"""

import abc

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from ..errors import InputError


class AbstractVariable(eqx.Module):
    """A smooth change of variable: encode(decode(v)) = v, and decode(encode(x)) = x for each x that can be reached."""

    @abc.abstractmethod
    def encode(self, x: Array) -> Array:
        """The variable of a state."""

    @abc.abstractmethod
    def decode(self, v: Array) -> Array:
        """The state of a variable."""


class Pixels(AbstractVariable):
    """The state itself, $v = x$.

    >>> Pixels().decode(jnp.arange(3.0))
    Array([0., 1., 2.], dtype=float32)
    """

    def encode(self, x):
        """The state as it is."""
        return x

    def decode(self, v):
        """The variable as it is."""
        return v


class Fixed(AbstractVariable):
    """Pixels where `mask` is True keep `values`; v holds the free ones, (n_free,), in C order.

    **Arguments**

    - `mask`: boolean, of the state's shape or its last axes (then alike for all channels); concrete, since the number
      of free pixels is the shape of v.
    - `values`: the state whose masked pixels are kept.

    **Errors** InputError if the shapes do not fit, or nothing is free.

    >>> variable = Fixed([True, False, False], [7.0, 0.0, 0.0])
    >>> variable.decode(jnp.array([1.0, 2.0]))
    Array([7., 1., 2.], dtype=float32)
    """

    values: Float[Array, "..."]
    free: Int[Array, " n_free"]

    def __init__(self, mask, values):
        self.values = jnp.asarray(values)
        mask = np.asarray(mask)
        if mask.dtype != bool:
            raise InputError(f"mask has dtype {mask.dtype}: pass booleans, True where the value is kept.")
        if mask.ndim > self.values.ndim or mask.shape != self.values.shape[self.values.ndim - mask.ndim :]:
            raise InputError(f"mask has shape {mask.shape}, the values {self.values.shape}: give it their last axes.")
        free = np.flatnonzero(~np.broadcast_to(mask, self.values.shape))
        if free.size == 0:
            raise InputError("every pixel of the mask is kept and nothing is left to move: free some of them.")
        self.free = jnp.asarray(free, jnp.int32)

    def encode(self, x):
        """The free pixels."""
        return x.reshape(-1)[self.free]

    def decode(self, v):
        """The kept values with the free pixels put in their places."""
        kept = self.values.astype(v.dtype).reshape(-1)
        return kept.at[self.free].set(v, unique_indices=True, indices_are_sorted=True).reshape(self.values.shape)


class Centered(AbstractVariable):
    r"""The mean is no part of the search: $\mathrm{decode}(v) = v - \langle v\rangle + m$, encode(x) = $x - \langle
    x\rangle$.

    v has mean 0: encode(decode(v)) = v for such v, and gradients keep it so.

    **Arguments**

    - `mean`: the target's mean m, a number, or (channels,) numbers for the leading axis of the state.

    >>> Centered(10.0).decode(jnp.array([1.0, 3.0]))
    Array([ 9., 11.], dtype=float32)
    """

    mean: Float[Array, "..."]

    def __init__(self, mean):
        self.mean = jnp.asarray(mean, jnp.result_type(float)) if np.ndim(mean) == 0 else jnp.asarray(mean)

    def encode(self, x):
        """The state less its mean."""
        return x - jnp.mean(x, axis=self._axes(x), keepdims=True)

    def decode(self, v):
        """The variable with its mean replaced by the target's."""
        axes = self._axes(v)
        mean = self.mean.astype(v.dtype).reshape(self.mean.shape + (1,) * len(axes))
        return v - jnp.mean(v, axis=axes, keepdims=True) + mean

    def _axes(self, x) -> tuple[int, ...]:
        if x.ndim <= self.mean.ndim or x.shape[: self.mean.ndim] != self.mean.shape:
            raise InputError(f"the mean has shape {self.mean.shape}, the state {x.shape}: give one mean a channel.")
        return tuple(range(self.mean.ndim, x.ndim))


class Increments(AbstractVariable):
    """A path by its steps along the last axis: $v_0 = x_0$, $v_t = x_t - x_{t-1}$; decode is the running sum.

    For series whose increments are closer to white than their values (prices, turbulent velocities in time).

    >>> Increments().encode(jnp.array([2.0, 3.0, 5.0]))
    Array([2., 1., 2.], dtype=float32)
    """

    def encode(self, x):
        """First value and increments."""
        return jnp.concatenate([x[..., :1], jnp.diff(x, axis=-1)], axis=-1)

    def decode(self, v):
        """The running sum."""
        return jnp.cumsum(v, axis=-1)


class Composed(AbstractVariable):
    """Two variables in turn: encode = second.encode(first.encode(x)), decode the other way round.

    **Arguments**

    - `first`: the variable of the state.
    - `second`: the variable of that variable.

    >>> variable = Composed(Increments(), Fixed([True, False, False], [1.0, 0.0, 0.0]))      # a path that starts at 1
    >>> variable.decode(jnp.array([2.0, -1.0]))
    Array([1., 3., 2.], dtype=float32)
    """

    first: AbstractVariable
    second: AbstractVariable

    def encode(self, x):
        """The second variable of the first."""
        return self.second.encode(self.first.encode(x))

    def decode(self, v):
        """The first state of the second."""
        return self.first.decode(self.second.decode(v))
