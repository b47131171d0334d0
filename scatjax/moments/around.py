"""Moment maps made of other maps: several side by side, one around another, the mean over an ensemble.

A map around another one inherits from `AbstractAround` and writes `phi`, `channels`, `table`, `weights`, `numbers`:
`fit`, `at`, `with_mask` act on the map inside.
"""

from collections.abc import Iterable
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ..coefficients import concatenate
from ..errors import InputError
from ..numbers import count
from .base import AbstractMoments, Frozen


class Stack(AbstractMoments):
    """Several moment maps as one: their rows one after the other, each map's times its weight in a matching energy.

    A weight multiplies the residuals of its map (its square multiplies their energy). The table gains a column `map`.

    **Arguments**

    - `maps`: moment maps of the same fields; all with a mask, or none.
    - `weights`: one number for each map, 1 by default.

    >>> from scatjax.moments import Quantiles, PowerSpectrum
    >>> phi = Stack((Quantiles((16, 16), 4), PowerSpectrum((16, 16), 3)), weights=(1.0, 0.5))
    >>> phi.weights
    array([1. , 1. , 1. , 1. , 0.5, 0.5, 0.5])
    """

    maps: tuple[AbstractMoments, ...]
    factors: tuple[float, ...] = eqx.field(static=True)

    def __init__(self, maps, weights=None):
        self.maps = tuple(maps) if isinstance(maps, Iterable) else (maps,)
        for phi in self.maps:
            if not isinstance(phi, AbstractMoments):
                raise InputError(f"a Stack holds moment maps, not {type(phi).__name__}: pass them as a list.")
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
    def frozen(self):
        """Everything that the maps froze, one after the other; None unless all are fitted."""
        every = [phi.frozen for phi in self.maps]
        if any(frozen is None for frozen in every):
            return None
        reference = next((frozen.reference for frozen in every if frozen.reference is not None), None)
        return Frozen(tuple(frozen.center for frozen in every), tuple(frozen.scale for frozen in every), reference)

    @property
    def mask(self):
        """The mask of the maps."""
        return self.maps[0].mask

    @property
    def weights(self):
        """The rows of each map times its weight."""
        return np.concatenate([factor * phi.weights for factor, phi in zip(self.factors, self.maps, strict=True)])

    def completed(self, x):
        """The fields as every map completes them, one after the other."""
        for phi in self.maps:
            x = phi.completed(x)
        return x

    def numbers(self, x):
        """The numbers of every map."""
        return jnp.concatenate([phi.numbers(x) for phi in self.maps])

    def fit(self, target):
        """Every map fitted to the target."""
        return Stack([phi.fit(target) for phi in self.maps], self.factors)

    def at(self, shape):
        """Every map on another canvas."""
        return Stack([phi.at(shape) for phi in self.maps], self.factors)

    def with_mask(self, mask):
        """Every map with the mask."""
        return Stack([phi.with_mask(mask) for phi in self.maps], self.factors)


class AbstractAround(AbstractMoments):
    """A moment map made of another one, `phi`: it has its shape, and is fitted, masked and moved as that is."""

    phi: eqx.AbstractVar[AbstractMoments]

    @property
    def shape(self):
        """Shape of the fields taken."""
        return self.phi.shape

    @property
    def frozen(self):
        """All that the map inside froze."""
        return self.phi.frozen

    @property
    def mask(self):
        """The mask of the map inside."""
        return self.phi.mask

    @final
    def completed(self, x):
        """The fields as the map inside completes them."""
        return self.phi.completed(x)

    @final
    def fit(self, target):
        """The map inside fitted to the target."""
        return eqx.tree_at(lambda m: m.phi, self, self.phi.fit(target))

    @final
    def at(self, shape):
        """The map inside on another canvas."""
        return eqx.tree_at(lambda m: m.phi, self, self.phi.at(shape))

    @final
    def with_mask(self, mask):
        """The map inside with the mask."""
        return eqx.tree_at(lambda m: m.phi, self, self.phi.with_mask(mask))


class Ensemble(AbstractAround):
    """Moments averaged over an ensemble: takes `members` fields at once, as channels of one state.

    An explicit choice: the ensemble shares the target's moments, its members need not.

    **Arguments**

    - `phi`: a map of fields without channels.
    - `members`: how many fields are averaged.
    """

    phi: AbstractMoments
    members: int = eqx.field(static=True)

    def __check_init__(self):
        count("members", self.members)
        if self.phi.channels is not None:
            raise InputError("an ensemble of fields with channels is not supported: synthesize independent samples.")

    @property
    def channels(self):  # type: ignore[override]
        """The members, as channels of one state."""
        return self.members

    @property
    def table(self):
        """The names of the rows."""
        return self.phi.table

    @property
    def weights(self):
        """The weights of the map inside."""
        return self.phi.weights

    def numbers(self, x):
        """The mean of the numbers of the members."""
        return jax.vmap(self.phi.numbers)(x).mean(0)


Mean = Ensemble  # as it was called at first; `operators.Mean` averages over space
