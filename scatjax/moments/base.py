"""What a moment map is: a field goes in, K named real numbers come out; maps can be fitted, stacked and weighted."""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..coefficients import Coefficients, Table
from ..errors import InputError
from ..operators import AbstractOperator


class AbstractMoments(AbstractOperator):
    """`phi(x)` gives Coefficients of shape (*batch, K); `phi.vector(x)` the bare values.

    `phi.fit(target)` returns a new map whose normalization is frozen to the target's (a field, or a stack whose mean
    power is used); a map that has nothing to freeze returns itself.
    """

    table: eqx.AbstractVar[Table]  # the names of the K rows
    complex_fields = False

    @abc.abstractmethod
    def numbers(self, x: Array) -> Float[Array, "K"]:
        """The K numbers of one field."""

    @abc.abstractmethod
    def fit(self, target) -> "AbstractMoments":
        """The same map with its normalization frozen to the target's."""

    @property
    def fitted(self) -> bool:
        """Whether the normalization is frozen (true of a map that has none)."""
        return True

    @property
    def masked(self) -> bool:
        """Whether some samples of a field count for nothing."""
        return False

    @property
    def reference_variance(self) -> Float[Array, "C"] | None:
        """Variance of the fields that the map was fitted to, where it is known."""
        return None

    @property
    def weights(self) -> Float[np.ndarray, "K"]:
        """How much each row counts in a matching energy; 1 unless a `Stack` says otherwise."""
        return np.ones(len(self.table))

    def completed(self, x):
        """The fields as they are, unless the map has a mask."""
        return x

    def apply(self, x: Array) -> Coefficients:
        return Coefficients(self.numbers(x), self.table)

    def vector(self, x) -> Float[Array, "*batch K"]:
        """`phi(x).values`, without checks: for use inside of programs."""
        fields = self.shape if self.channels is None else (self.channels, *self.shape)
        x = jnp.asarray(x)
        batch = x.shape[: x.ndim - len(fields)]
        if not batch:
            return self.numbers(x)
        return jax.vmap(self.numbers)(x.reshape(-1, *fields)).reshape(*batch, -1)


class AbstractScaled(AbstractMoments):
    """Moments divided by scales of the field: its own, or those of a target that `fit` froze in `scale`."""

    scale: eqx.AbstractVar[Float[Array, "S"] | None]

    @abc.abstractmethod
    def _power(self, x: Array) -> Float[Array, "S"]:
        """The squares of the scales of one field."""

    @abc.abstractmethod
    def _scaled(self, x: Array, scale: Float[Array, "S"]) -> Float[Array, "K"]:
        """The moments of one field, given the scales."""

    @property
    def fitted(self):
        """Whether the scales are frozen."""
        return self.scale is not None

    def numbers(self, x):
        if self.scale is not None:
            return self._scaled(x, self.scale.astype(x.dtype))
        return self._scaled(x, jnp.sqrt(jnp.maximum(self._power(x), jnp.finfo(x.dtype).tiny)))

    def fit(self, target):
        """Freeze the scales to the target's power: of one field, or the mean power of a stack of fields."""
        fields, _ = self.as_fields(target)
        power = np.asarray(jax.vmap(self._power)(fields)).mean(0)
        rounding = 10 * np.finfo(power.dtype).eps * float(np.abs(np.asarray(fields)).max())
        if np.any(power <= rounding**2):
            raise InputError("the target has zero variance (a constant field): there is nothing to match.")
        return eqx.tree_at(lambda m: m.scale, self, jnp.sqrt(jnp.asarray(power)), is_leaf=lambda leaf: leaf is None)






