"""The manners of everything that is called on fields: checks at the border, leading axes carried through, plain
`jax.jit`.

An operator is written for ONE field, `apply`, and mapped here over the flattened leading axes, so that `S(x)`,
`S(batch)` and `jax.vmap(S)(batch)` agree.
"""

import abc
import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array

from ..errors import InputError, check_finite, check_real, check_shape


class AbstractOperator(eqx.Module):
    """A pytree that is called on real fields `(*batch, [channel], *space)`.

    Hash and equality are identity, so that `jax.jit(S)` and `jax.checkpoint(S)` work as typed (filters are then
    constants of the program; `eqx.filter_jit(S)` passes them as arguments).
    """

    shape: eqx.AbstractVar[tuple[int, ...]]
    channels: eqx.AbstractVar[int | None]

    @abc.abstractmethod
    def apply(self, x: Array):
        """The operator on one field, `([channel], *space)`."""

    def _check_dtype(self, x) -> None:
        check_real(x)

    def __call__(self, x):
        x, batch = self.as_fields(x)
        out = _mapped(self, x)
        return jax.tree.map(lambda leaf: leaf.reshape(batch + leaf.shape[1:]), out)

    def as_fields(self, x) -> tuple[Array, tuple[int, ...]]:
        self._check_dtype(x)
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

    def completed(self, x):
        """Fields whose unknown values, if the operator has a mask, are known not to matter."""
        return x

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other) -> bool:
        return self is other


@eqx.filter_jit
def _mapped(operator: AbstractOperator, x: Array):
    """One program a call: operation by operation, the first call of a notebook would compile hundreds of them."""
    return jax.vmap(operator.apply)(x)


def check_channels(channels: int | None) -> None:
    """The number of channels is None (no channel axis) or a positive integer."""
    if channels is not None and (not isinstance(channels, int) or channels < 1):
        raise InputError(f"channels={channels!r} must be None (no channel axis) or a positive integer.")
