"""Moment maps made of other maps: several side by side, one around another, the mean over an ensemble."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ..coefficients import concatenate
from ..errors import InputError
from .base import AbstractMoments


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

    def completed(self, x):
        for phi in self.maps:
            x = phi.completed(x)
        return x

    def numbers(self, x):
        return jnp.concatenate([phi.numbers(x) for phi in self.maps])

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

    def completed(self, x):
        return self.phi.completed(x)

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

    def numbers(self, x):
        return jax.vmap(self.phi.numbers)(x).mean(0)
