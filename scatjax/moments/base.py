"""What a moment map is: a field goes in, K named real numbers come out; maps can be fitted, stacked and weighted."""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..coefficients import Coefficients, Table, concatenate
from ..errors import InputError
from ..operators import AbstractOperator


class AbstractMoments(AbstractOperator):
    """`phi(x)` gives Coefficients of shape (*batch, K); `phi.vector(x)` the bare values.

    `phi.fit(target)` returns a new map whose normalization is frozen to the target's (a field, or a stack whose mean
    power is used); a map that has nothing to freeze returns itself.
    """

    table: eqx.AbstractVar[Table]  # the names of the K rows

    @abc.abstractmethod
    def _vector(self, x: Array) -> Float[Array, "K"]:
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

    def _apply(self, x: Array) -> Coefficients:
        return Coefficients(self._vector(x), self.table)

    def vector(self, x) -> Float[Array, "*batch K"]:
        """`phi(x).values`, without checks: for use inside of programs."""
        fields = self.shape if self.channels is None else (self.channels, *self.shape)
        x = jnp.asarray(x)
        batch = x.shape[: x.ndim - len(fields)]
        if not batch:
            return self._vector(x)
        return jax.vmap(self._vector)(x.reshape(-1, *fields)).reshape(*batch, -1)


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

    def _vector(self, x):
        if self.scale is not None:
            return self._scaled(x, self.scale.astype(x.dtype))
        return self._scaled(x, jnp.sqrt(jnp.maximum(self._power(x), jnp.finfo(x.dtype).tiny)))

    def fit(self, target):
        """Freeze the scales to the target's power: of one field, or the mean power of a stack of fields."""
        fields, _ = self._flatten(target)
        power = np.asarray(jax.vmap(self._power)(fields)).mean(0)
        rounding = 10 * np.finfo(power.dtype).eps * float(np.abs(np.asarray(fields)).max())
        if np.any(power <= rounding**2):
            raise InputError("the target has zero variance (a constant field): there is nothing to match.")
        return eqx.tree_at(lambda m: m.scale, self, jnp.sqrt(jnp.asarray(power)), is_leaf=lambda leaf: leaf is None)


class Stack(AbstractMoments):
    """Several moment maps as one: their rows one after the other, each map's times its weight in a matching energy.

    A weight multiplies the residuals of its map (its square multiplies their energy). The table gains a column `map`.

    >>> from scatjax.moments import Quantiles, PowerSpectrum
    >>> phi = Stack((Quantiles((16, 16), 4), PowerSpectrum((16, 16), 3)), weights=(1.0, 0.5))
    >>> phi.weights
    array([1. , 1. , 1. , 1. , 0.5, 0.5, 0.5])
    """

    maps: tuple[AbstractMoments, ...]
    factors: tuple[float, ...] = eqx.field(static=True)

    def __init__(self, maps, weights=None):
        self.maps = tuple(maps)
        self.factors = tuple(float(w) for w in (weights if weights is not None else [1.0] * len(self.maps)))
        if not self.maps or len(self.factors) != len(self.maps):
            raise InputError(f"Stack holds {len(self.maps)} maps, {len(self.factors)} weights: give one weight a map.")
        kinds = {(phi.shape, phi.channels) for phi in self.maps}
        if len(kinds) > 1:
            raise InputError(f"the maps of a Stack take different fields {sorted(map(str, kinds))}: build them alike.")
        if len({phi.masked for phi in self.maps}) > 1:
            raise InputError("some maps of this Stack have a mask and others count every sample: mask all, or none.")

    @property
    def shape(self):
        """Shape of the fields taken."""
        return self.maps[0].shape

    @property
    def channels(self):  # type: ignore[override]
        """Channels of the fields taken."""
        return self.maps[0].channels

    @property
    def table(self):
        """All rows, with the column `map`."""
        tables = [phi.table for phi in self.maps]
        return concatenate(tables, map=np.repeat(np.arange(len(tables)), [len(t) for t in tables]))

    @property
    def fitted(self):
        """Whether all maps are."""
        return all(phi.fitted for phi in self.maps)

    @property
    def masked(self):
        """Whether all maps are."""
        return self.maps[0].masked

    @property
    def reference_variance(self):
        """That of the first map that knows it."""
        return next((phi.reference_variance for phi in self.maps if phi.reference_variance is not None), None)

    @property
    def weights(self):
        """Each map's rows times its weight."""
        return np.concatenate([factor * phi.weights for factor, phi in zip(self.factors, self.maps, strict=True)])

    def _completed(self, x):
        for phi in self.maps:
            x = phi._completed(x)
        return x

    def _vector(self, x):
        return jnp.concatenate([phi._vector(x) for phi in self.maps])

    def fit(self, target):
        """Every map fitted to the target."""
        return Stack([phi.fit(target) for phi in self.maps], self.factors)

    def at(self, shape):
        """Every map on another canvas."""
        return Stack([phi.at(shape) for phi in self.maps], self.factors)


class AbstractAround(AbstractMoments):
    """A moment map made of another one, `phi`: it takes the same fields and is fitted, masked and moved as that is."""

    phi: eqx.AbstractVar[AbstractMoments]

    @property
    def shape(self):
        """Shape of the fields taken."""
        return self.phi.shape

    @property
    def channels(self):  # type: ignore[override]
        """Channels of the fields taken."""
        return self.phi.channels

    @property
    def fitted(self):
        """Whether the map inside is."""
        return self.phi.fitted

    @property
    def masked(self):
        """Whether the map inside is."""
        return self.phi.masked

    @property
    def reference_variance(self):
        """That of the map inside."""
        return self.phi.reference_variance

    @property
    def weights(self):
        """Those of the map inside."""
        return self.phi.weights

    def _completed(self, x):
        return self.phi._completed(x)

    def fit(self, target):
        """The map inside fitted to the target."""
        return eqx.tree_at(lambda m: m.phi, self, self.phi.fit(target))

    def at(self, shape):
        """The map on another canvas."""
        return eqx.tree_at(lambda m: m.phi, self, self.phi.at(shape))


class Mean(AbstractAround):
    """Moments averaged over an ensemble: takes `members` fields at once, as channels of one state.

    An explicit choice: the ensemble shares the target's moments, its members need not.
    """

    phi: AbstractMoments
    members: int = eqx.field(static=True)

    def __check_init__(self):
        if self.phi.channels is not None:
            raise InputError("an ensemble of fields with channels is not supported: synthesize independent samples.")

    @property
    def channels(self):  # type: ignore[override]
        """The members."""
        return self.members

    @property
    def table(self):
        """The names of the rows."""
        return self.phi.table

    def _vector(self, x):
        return jax.vmap(self.phi._vector)(x).mean(0)
