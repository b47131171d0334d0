"""The contracts of an operator, fields to coefficients, and of a transform, coefficients to coefficients.

Both check what comes in, carry leading axes through, and work with plain `jax.jit`.

An operator is written for ONE field, `apply`, and mapped here over the flattened leading axes, so that `S(x)`,
`S(batch)` and `jax.vmap(S)(batch)` agree. One of your own is one class in one file, and writes five things:

- `shape`: the sides of the fields taken, `(*space)`.
- `channels`: how many channels a field has; None: fields have no channel axis.
- `complex_fields`: true if complex fields are taken too.
- `apply`: the `Coefficients` of one field, or a tuple of them where they live on several grids.
- `completed`: fields with their unknown samples filled in; the fields themselves if every sample counts.

>>> class Slopes(AbstractOperator):
...     shape: tuple[int, ...] = eqx.field(static=True)
...     channels: int | None = eqx.field(static=True, default=None)
...     complex_fields = False
...
...     def apply(self, x):                                      # of ONE field; dtype follows x
...         return Coefficients((jnp.roll(x, -1, axis=-1) - x)[None], Table(kind=["slope"]), x.ndim)
...
...     def completed(self, x):
...         return x

The laws that it must pass are in `scatjax.testing`: `check_laws` runs `check_dtype` (the output's follows the input's),
`check_batch` (leading axes), `check_structure` (`jax.eval_shape`, one row of the table per value) and
`check_no_retrace`. An operator that starts from wavelets calls `layers.cascade`.

>>> import numpy as np
>>> from scatjax.coefficients import Table
>>> from scatjax.testing import check_laws
>>> x = np.random.default_rng(0).normal(size=(4, 8)).astype("float32")
>>> check_laws(Slopes((4, 8)), x)
>>> Slopes((4, 8))(np.stack([x, x, x])).values.shape
(3, 1, 4, 8)

A transform takes what an operator gives: renormalized and log scattering, scattering along log frequency. It is written
for the coefficients of ONE field, `apply`, and mapped here over the flattened leading axes, as operators are. One of
your own is one class in one file, and writes two things:

- `check`: an InputError with its remedy for coefficients that it cannot take; what is judged is their table.
- `apply`: the coefficients that it makes of those of one field, `(path, *site)`.

>>> class Squared(AbstractTransform):
...     def check(self, c):
...         if not isinstance(c, Coefficients):
...             raise InputError(f"Squared takes Coefficients, not {type(c).__name__}: pass S(x).")
...
...     def apply(self, c):
...         return Coefficients(c.values**2, c.table, c.sites)

Both may also take a tuple of `Coefficients`, such as a pyramid, one per grid. What depends on a whole batch (a
threshold, a scale) is a leaf of the transform, computed before it is built.

>>> Squared()(Coefficients(jnp.array([[1.0], [-2.0]]), Table(kind=["S0"]))).values
Array([[1.],
       [4.]], dtype=float32)
"""

import abc
import math
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array

from ..coefficients import Coefficients
from ..errors import InputError, check_finite, check_floating, check_real, check_shape


class AbstractOperator(eqx.Module):
    """A pytree that is called on fields `(*batch, [channel], *space)`.

    Hash and equality are identity, so that `jax.jit(S)` and `jax.checkpoint(S)` work as typed (filters are then
    constants of the program; `eqx.filter_jit(S)` passes them as arguments).
    """

    shape: eqx.AbstractVar[tuple[int, ...]]
    channels: eqx.AbstractVar[int | None]
    complex_fields: eqx.AbstractClassVar[bool]

    @abc.abstractmethod
    def apply(self, x: Array) -> Coefficients | tuple[Coefficients, ...]:
        """The operator on one field, `([channel], *space)`."""

    @abc.abstractmethod
    def completed(self, x):
        """Fields whose unknown samples, if the operator has a mask, are filled with what is known not to matter."""

    @final
    def __call__(self, x):
        """The operator on checked fields, their leading axes in front of its own."""
        x, batch = self.as_fields(x)
        out = _mapped(self, x)
        return jax.tree.map(lambda leaf: leaf.reshape(batch + leaf.shape[1:]), out)

    @final
    def as_fields(self, x) -> tuple[Array, tuple[int, ...]]:
        """The checked and completed fields, `(n, [channel], *space)`, and the leading axes that n stands for.

        InputError for another dtype or shape, and for values that are NaN or Inf.
        """
        (check_floating if self.complex_fields else check_real)(x)
        expected = self.shape if self.channels is None else (self.channels, *self.shape)
        check_shape(
            x,
            expected,
            axes="for " + " ".join((["channel"] if self.channels else []) + list("zyx"[-len(self.shape) :])),
        )
        if not isinstance(x, jax.core.Tracer):
            x = self.completed(x)
            check_finite(x)
        x = jnp.asarray(x)
        batch = x.shape[: x.ndim - len(expected)]
        return x.reshape(math.prod(batch), *expected), batch

    @final
    def __hash__(self) -> int:
        return id(self)

    @final
    def __eq__(self, other) -> bool:
        return self is other


@eqx.filter_jit
def _mapped(operator: AbstractOperator, x: Array):
    """One program per call: operation by operation, the first call of a notebook would compile hundreds of them."""
    return jax.vmap(operator.apply)(x)


Named = Coefficients | tuple[Coefficients, ...]  # what operators give


class AbstractTransform(eqx.Module):
    """A pytree that is called on the coefficients of fields, `(*batch, path, *site)`.

    Hash and equality are identity, so that `jax.jit(transform)` works as typed.
    """

    @abc.abstractmethod
    def check(self, c) -> None:
        """Refuse what the transform cannot take."""

    @abc.abstractmethod
    def apply(self, c: Named) -> Coefficients:
        """The transform of the coefficients of one field, `(path, *site)`."""

    @final
    def __call__(self, c) -> Coefficients:
        """The transform of checked coefficients, their leading axes carried along."""
        self.check(c)
        items = _items(c)
        if len(leading := {_batch(each) for each in items}) > 1:
            raise InputError(f"these coefficients are of different batches {sorted(leading)}: make them of one x.")
        for each in items:
            if not isinstance(each.values, jax.core.Tracer):
                check_finite(each.values, "c")
        return _transformed(self, c)

    @final
    def __hash__(self) -> int:
        return id(self)

    @final
    def __eq__(self, other) -> bool:
        return self is other


@eqx.filter_jit
def _transformed(transform: AbstractTransform, c: Named) -> Coefficients:
    batch = _batch(_items(c)[0])
    flat = jax.tree.map(lambda leaf: jnp.reshape(leaf, (math.prod(batch), *leaf.shape[len(batch) :])), c)
    out = jax.vmap(transform.apply)(flat)
    return jax.tree.map(lambda leaf: leaf.reshape(batch + leaf.shape[1:]), out)


def _items(c: Named) -> tuple[Coefficients, ...]:
    """The coefficients themselves, one or several."""
    return (c,) if isinstance(c, Coefficients) else c


def _batch(c: Coefficients) -> tuple[int, ...]:
    """The leading axes of coefficients."""
    return tuple(c.values.shape[: c.values.ndim - 1 - c.sites])


def check_channels(channels: int | None) -> None:
    """Refuse a number of channels that is neither None (no channel axis) nor a positive integer."""
    if channels is not None and (not isinstance(channels, int) or channels < 1):
        raise InputError(f"channels={channels!r} must be None (no channel axis) or a positive integer.")
