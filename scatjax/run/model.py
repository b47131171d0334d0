"""What a run works on: the field that was read, what the moment map sees of it, the map, and the way back.

The map sees the field in the config's precision, gaps filled and masked, and, where `field.centered` says so, less its
mean; `Model.restored` gives samples the mean back, and a series its past, to the bit.
"""

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from . import assemble, schema
from .tables.choice import choose as choose

if TYPE_CHECKING:
    from ..moments import AbstractMoments
    from ..wavelets import FilterBank


@dataclasses.dataclass(frozen=True, eq=False)
class Model:
    """A completed config with its objects.

    - `field`: as read, gaps NaN.
    - `target`: what the map sees of it, with `field.stack` several along the first axis.
    - `mean`: what was taken off.
    - `mask`: true where the field is known, None where it is so everywhere.
    """

    config: schema.Run
    field: np.ndarray
    target: np.ndarray
    mean: float
    mask: np.ndarray | None
    bank: "FilterBank"
    phi: "AbstractMoments"

    @property
    def is_series(self) -> bool:
        """True where the fields have one axis."""
        return self.bank.dimension == 1

    @property
    def channels(self) -> int | None:
        """The channels of the fields, None if they have no such axis."""
        return assemble.channels_of(self.config, self.target)

    @property
    def one(self) -> np.ndarray:
        """The field, or the first of a stack of them."""
        return self.field[0] if self.config.field.stack else self.field

    def restored(self, samples) -> np.ndarray:
        """Samples with the mean that was taken off the target, its histogram if that is wanted, and its fixed past."""
        x = np.asarray(samples)
        if self.mean:
            x = (x.astype(float) + self.mean).astype(x.dtype)
        if self.config.output.match_histogram:
            x = self._matched(x)
        count = self.config.verb.arguments.get("fixed")
        if count is not None:
            past = self.field[:count]
            x = np.concatenate([np.where(np.isnan(past), x[..., :count], past), x[..., count:]], axis=-1)
        return x

    def _matched(self, x: np.ndarray) -> np.ndarray:
        """Each sample that is finite with the histogram of the field, or of all of a stack."""
        from ..fields import match_histogram

        target = self.field
        if self.config.field.stack:  # side by side
            target = np.concatenate(list(target), axis=-1)
        rank = target.ndim
        samples = x.reshape(-1, *x.shape[x.ndim - rank :])
        matched = [match_histogram(one, target) if np.isfinite(one).all() else one for one in samples]
        return np.stack(matched).reshape(x.shape)


def prepare(config: schema.Run) -> Model:
    """Read the field of a config and make bank and moment map for it.

    **Errors** InputError for a field, a bank or moments that cannot be used, or not together.

    >>> model = prepare(schema.Run(schema.Field("helium_jet"), bank=choose("bank", "morlet", J=4)))
    >>> model.target.shape, round(model.mean, 3), model.is_series
    ((4096,), 0.647, True)
    """
    field = assemble.make_target(config)
    channels = assemble.channels_of(config, field)
    dimension = field.ndim - config.field.stack - (channels is not None)
    config = assemble.completed(config, dimension)
    bank = assemble.make_bank(config, field.shape[-dimension:])
    gaps = np.isnan(field)
    average = float(np.mean(field, where=~gaps, dtype=float))
    mean = average if config.field.centered else 0.0
    target = np.where(gaps, np.asarray(average, field.dtype), field)
    if mean:
        target = (target.astype(float) - mean).astype(field.dtype)
    mask = ~gaps.reshape(-1, *bank.shape).any(0) if gaps.any() else None
    phi = assemble.make_moments(config, bank, mask, channels)
    return Model(config, field, target, mean, mask, bank, phi)
