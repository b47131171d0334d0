"""What is to be matched: a fitted moment map, its target and weights, and what a start may know of the target."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..coefficients import Coefficients, Table
from ..domains.torus import crop, field, spectrum
from ..energies import Matching
from ..errors import InputError, check_finite
from ..moments import AbstractMoments, Ensemble
from .start import Reference


class Problem(eqx.Module):
    """A fitted `phi` on the samples' canvas, the (K,) `target` and `weights`, and the `reference` of starts."""

    phi: AbstractMoments
    target: Float[Array, "K"]
    weights: Float[Array, "K"]
    reference: Reference

    @property
    def state_shape(self) -> tuple[int, ...]:
        """Shape of one sample, ([channel], *space)."""
        return self.phi.shape if self.phi.channels is None else (self.phi.channels, *self.phi.shape)

    def energy(self, members: int | None = None) -> Matching:
        """Half the squared relative residual; of the mean moments of `members` fields if that is asked for."""
        size = jnp.sqrt(jnp.sum((self.weights * self.target) ** 2))
        weights = self.weights / jnp.where(size > 0, size, jnp.ones_like(size))
        return Matching(self.phi if members is None else Ensemble(self.phi, members), self.target, weights)


def pose(phi: AbstractMoments, target, weights=None, shape: tuple[int, ...] | None = None) -> Problem:
    """The problem of matching `target` on a canvas of `shape` (default: phi's)."""
    if isinstance(target, Coefficients):
        phi, values, kept, reference = _from_coefficients(phi, target)
    else:
        phi, values, reference = _from_fields(phi, target)
        kept = np.ones(len(phi.table))
    counts = phi.weights if weights is None else np.asarray(weights, float)
    if counts.shape != kept.shape or not np.isfinite(counts).all() or not (counts * kept).any():
        raise InputError(f"weights have shape {counts.shape}: give {kept.shape} finite numbers, not all 0.")
    phi = phi if shape is None or tuple(shape) == phi.shape else phi.at(tuple(shape))  # type: ignore[attr-defined]
    return Problem(phi, values, jnp.asarray(counts * kept, values.dtype), reference)


def cut_to(target, shape: tuple[int, ...]):
    """A field target with the wave numbers that a smaller canvas holds: the coarse view of the same field."""
    if isinstance(target, Coefficients):
        raise InputError("coarse-to-fine maps need a field as target: coefficients of one map do not hold another's.")
    x = jnp.asarray(target)
    sides = x.shape[x.ndim - len(shape) :]
    if sides == shape:
        return x
    if any(small > side for small, side in zip(shape, sides, strict=True)):
        raise InputError(f"a coarse map takes {shape}, more than the target's {sides}: order maps from coarse to fine.")
    return field(crop(spectrum(x, len(shape)), shape), len(shape)).real.astype(x.dtype)


@eqx.filter_jit
def _mean_moments(phi: AbstractMoments, fields: Array) -> Array:
    return jax.lax.map(phi.numbers, fields).mean(0)


def _from_fields(phi: AbstractMoments, target) -> tuple[AbstractMoments, Array, Reference]:
    fields, batch = phi.as_fields(target)
    if len(batch) > 1:
        raise InputError(f"target has shape {np.shape(target)}: pass one field or one stack of them.")
    phi = phi if phi.fitted else phi.fit(fields)
    space = tuple(range(-len(phi.shape), 0))
    mean, square = fields.mean(space).mean(0), (fields**2).mean(space).mean(0)
    return phi, _mean_moments(phi, fields), Reference(fields, mean, jnp.sqrt(square - mean**2))


def _from_coefficients(phi: AbstractMoments, target: Coefficients):
    if not phi.fitted:
        raise InputError(
            "target holds coefficients, which were divided by the power of some field: pass the map that measured it, "
            "phi.fit(field)."
        )
    check_finite(target.values, "target")
    values = np.asarray(target.values)
    values = values.reshape(-1, values.shape[-1]).mean(0)
    rows = rows_in(target.table, phi.table)
    whole, kept = np.zeros(len(phi.table), values.dtype), np.zeros(len(phi.table))
    whole[rows], kept[rows] = values, 1
    channels = (phi.channels,) if phi.channels else ()
    mean = jnp.zeros(channels, values.dtype)
    variance = phi.reference_variance
    std = jnp.ones_like(mean) if variance is None else jnp.sqrt(variance.astype(values.dtype)).reshape(channels)
    place = phi.table.rows(kind="mean/std")
    if len(place) == max(mean.size, 1) and kept[place].all():
        mean = jnp.asarray(whole[place]).reshape(channels) * std
    return phi, jnp.asarray(whole), kept, Reference(None, mean, std)


def rows_in(given: Table, measured: Table, name: str = "target", by: str = "phi") -> np.ndarray:
    """Where the rows of one table stand in another; refused for rows that it lacks.

    >>> rows_in(Table(kind=["S1"], j1=[1]), Table(kind=["S1", "S1"], j1=[0, 1]))
    array([1])
    """
    if given == measured:
        return np.arange(len(measured))
    place = {row: number for number, row in enumerate(measured.names())}
    foreign = [row for row in given.names() if row not in place]
    if foreign or not len(given):
        raise InputError(
            f"{name} has {len(foreign)} rows that {by} does not measure ({foreign[:1]}): use the same map."
        )
    return np.array([place[row] for row in given.names()])
