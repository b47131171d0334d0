"""The contract of a transform: coefficients go in, coefficients come out.

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

>>> from scatjax.coefficients import Table
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

from ..coefficients import Coefficients
from ..errors import InputError, check_finite

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
        items = c if isinstance(c, tuple) else (c,)
        if len(leading := {_batch(each) for each in items}) > 1:
            raise InputError(f"these coefficients are of different batches {sorted(leading)}: make them of one x.")
        for each in items:
            if not isinstance(each.values, jax.core.Tracer):
                check_finite(each.values, "c")
        return _mapped(self, c)

    @final
    def __hash__(self) -> int:
        return id(self)

    @final
    def __eq__(self, other) -> bool:
        return self is other


@eqx.filter_jit
def _mapped(transform: AbstractTransform, c: Named) -> Coefficients:
    batch = _batch(c[0] if isinstance(c, tuple) else c)
    flat = jax.tree.map(lambda leaf: jnp.reshape(leaf, (math.prod(batch), *leaf.shape[len(batch) :])), c)
    out = jax.vmap(transform.apply)(flat)
    return jax.tree.map(lambda leaf: leaf.reshape(batch + leaf.shape[1:]), out)


def _batch(c: Coefficients) -> tuple[int, ...]:
    """The leading axes of coefficients."""
    return tuple(c.values.shape[: c.values.ndim - 1 - c.sites])
