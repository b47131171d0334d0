"""From the tables of a config to the objects they name: target, bank, moment map, solver, start, variable.

Each union of the schema has one function here; the rooms are imported inside, so that reading a config costs nothing.
Images and series go the same way: what differs between them is the rank of the field, and what follows from it.
"""

import dataclasses
import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ConfigError, InputError, check_finite
from . import schema

if TYPE_CHECKING:
    from ..energies import AbstractVariable
    from ..moments import AbstractMoments
    from ..wavelets import FilterBank


def read_field(config: schema.Run) -> np.ndarray:
    """The field of [field], of any rank and in the precision of its file; gaps of a .csv are NaN.

    >>> read_field(schema.Run(schema.Field("brick"))).shape
    (128, 128)
    """
    from .. import fields

    field = config.field
    return np.asarray(fields.read(field.source, field.key, column=field.column, log_returns=field.log_returns))


def make_target(config: schema.Run) -> np.ndarray:
    """The series (time,) or image (y, x), with `stack` several along the first axis, in the config's precision.

    With `field.mask` = "gaps" its gaps are NaN. **Errors** InputError for what cannot be read, another rank, gaps
    without the option, Inf, a constant field.

    >>> make_target(schema.Run(schema.Field("helium_jet"))).shape
    (4096,)
    """
    field = config.field
    x = read_field(config)
    _check_rank(x, field)
    gaps = np.isnan(x)
    if gaps.any() and field.mask is None:
        place = ", ".join(str(int(i)) for i in np.argwhere(gaps)[0])
        raise InputError(
            f"{field.source} has {int(gaps.sum())} gaps (NaN), the first at index {place}: "
            f"leave them out by field.mask = 'gaps', or fill them."
        )
    known = x[~gaps]
    check_finite(known, field.source)
    if known.min() == known.max():
        raise InputError(f"{field.source} is constant ({known[0]:g}): a model needs a field that varies.")
    return x.astype(config.precision)


def _check_rank(x: np.ndarray, field: schema.Field) -> None:
    rank = x.ndim - field.stack
    if rank == 2 and field.source.lower().endswith(".wav"):
        raise InputError(
            f"{field.source} has {len(x)} channels: set field.stack = true to match their mean moments, "
            f"or write one of them to a file."
        )
    if rank not in (1, 2):
        expected = "(series, time) or (image, y, x)" if field.stack else "(time,) or (y, x)"
        remedy = "set field.stack = true for a stack of images" if x.ndim == 3 else "store one field"
        raise InputError(f"{field.source} has shape {x.shape}, expected {expected}: {remedy}.")


def completed(config: schema.Run, dimension: int) -> schema.Run:
    """The config with what follows from the dimension of its fields filled in: the bank, `field.centered`.

    **Errors** ConfigError for a bank, or a shape of samples, of the other dimension.

    >>> config = completed(schema.Run(schema.Field("helium_jet")), 1)
    >>> config.bank.kind, config.field.centered
    ('battle_lemarie', True)
    """
    series, field = dimension == 1, config.field
    bank: Any = config.bank or (schema.BattleLemarie() if series else schema.Morlet())
    family, other = (schema.OF_SERIES, "images") if series else (schema.OF_IMAGES, "series")
    what = f"{field.source} is a{' series' if series else 'n image'}"
    if not isinstance(bank, family):
        known = ", ".join(repr(table.kind) for table in family)
        raise ConfigError(f"bank.kind: {bank.kind!r} is of {other} and {what}: use one of {known}.")
    boundary = getattr(bank, "boundary", "periodic")
    if not series and boundary != "periodic":
        raise ConfigError(f"bank.boundary: {boundary!r} is of series and {what}: leave it out.")
    shape = config.synthesis.shape
    if shape is not None and len(shape) != dimension:
        raise ConfigError(f"synthesis.shape: {list(shape)} has {len(shape)} sides and {what}: give {dimension}.")
    field = dataclasses.replace(field, centered=series if field.centered is None else field.centered)
    return dataclasses.replace(config, bank=bank, field=field)


def make_bank(config: schema.Run, shape: tuple[int, ...]) -> "FilterBank":
    """The filter bank of [bank] on fields of this shape; without [bank] the default of their dimension.

    >>> make_bank(schema.Run(schema.Field("brick"), bank=schema.Morlet(J=3)), (32, 32)).J
    3
    """
    from .. import domains, wavelets

    table: Any = completed(config, len(shape)).bank
    mirror = getattr(table, "boundary", "periodic") == "mirror"
    options: dict[str, Any] = {name: getattr(table, name) for name in ("J", "L", "Q") if hasattr(table, name)}
    options["oversampling"] = table.oversampling
    if table.oversampling is None:
        options["oversampling"] = "full" if mirror else 2
    if mirror:
        options["boundary"] = domains.SymmetricOn(redone=True)
    constants: dict[str, Any] = {
        "kymatio": wavelets.Kymatio, "cheng": wavelets.Cheng, "scatspectra": wavelets.ScatSpectra,
    }  # fmt: skip
    if (chosen := getattr(table, "constants", "exact")) != "exact":
        options["constants"] = constants[chosen]()
    return getattr(wavelets, table.kind)(shape, dtype=config.precision, **options)


def make_moments(config: schema.Run, bank: "FilterBank", mask: np.ndarray | None = None) -> "AbstractMoments":
    """The moment map of [moments], stacked with those of [[extra]] by their weights; `mask`: true where x is known.

    >>> config = schema.Run(schema.Field("brick"), moments=schema.Spectra(isotropic=True))
    >>> len(make_moments(config, make_bank(config, (32, 32))).table) > 100
    True
    """
    from .. import moments

    spectra = config.moments
    phi = moments.ScatteringSpectra(
        bank,
        isotropic=spectra.isotropic,
        normalization=None if spectra.normalization == "none" else spectra.normalization,
        mask=mask,
        remove_edges=spectra.remove_edges,
        ends=spectra.ends,
    )
    if not config.extra:
        return phi
    if mask is not None:
        raise ConfigError("extra: these moments take no mask: leave them out, or fill the gaps.")
    maps = [phi, *(_extra(extra, bank) for extra in config.extra)]
    return moments.Stack(maps, weights=(1.0, *(extra.weight for extra in config.extra)))


def make_solver(config: schema.Run) -> Any:
    """The solver of [solver], or the list of those of [[solver]]."""
    solver = config.solver
    return [_solver(one) for one in solver] if isinstance(solver, tuple) else _solver(solver)


def make_start(config: schema.Run) -> Any:
    """The initial law of [start]."""
    from .. import synthesis

    if isinstance(config.start, schema.SameSpectrum):
        return synthesis.SameSpectrum(config.start.smoothing_octaves)
    return synthesis.White()


def make_variable(config: schema.Run, target: np.ndarray) -> "AbstractVariable":
    """The variable of [variable], several composed in their order, each made of what the one before leaves.

    The past of `synthesis.fixed` is taken off first, so that the others move what is free: they are made of the
    target's other samples, or of all on a canvas of another length.

    >>> config = schema.Run(schema.Field("helium_jet"), variable=(schema.Increments(), schema.Whitened()))
    >>> type(make_variable(config, make_target(config)[:64])).__name__
    'Composed'
    """
    import jax

    from ..energies import Composed, Pixels

    given = config.variable if isinstance(config.variable, tuple) else (config.variable,)
    tables = [table for table in given if not isinstance(table, schema.Pixels)]
    fields = target if config.field.stack else target[None]
    numbers, space, chain = config.synthesis, fields.shape[1:], []
    if numbers.fixed is not None:
        chain.append(_past(config, target))
        fields = fields[:, numbers.fixed :] if numbers.shape in (None, space) else fields
    if numbers.ensemble and (tables or chain):
        raise ConfigError("synthesis.ensemble: all samples are one state: leave variable and fixed out.")
    if numbers.shape not in (None, space) and any(isinstance(table, schema.Whitened) for table in tables):
        raise ConfigError("synthesis.shape: a whitened variable has the target's shape: leave shape out.")
    for table in tables:
        chain.append(_variable(table, fields))
        fields = np.asarray(jax.vmap(chain[-1].encode)(jax.numpy.asarray(fields)))
    return functools.reduce(lambda inner, outer: Composed(outer, inner), reversed(chain)) if chain else Pixels()


def _past(config: schema.Run, target: np.ndarray) -> "AbstractVariable":
    """The first samples of the target, kept on a canvas of the samples' length."""
    from ..energies import Fixed

    count = config.synthesis.fixed or 0
    if target.ndim != 1:
        raise ConfigError(f"synthesis.fixed: the past of one series can be kept, not of a field {target.shape}.")
    length = target.shape[0] if config.synthesis.shape is None else config.synthesis.shape[0]
    most = min(length - 1, len(target))
    if count > most:
        remedy = "" if length > len(target) else "; a longer synthesis.shape goes on after the last"
        raise ConfigError(f"synthesis.fixed: expected at most {most} samples of {len(target)}, got {count}{remedy}.")
    values = np.zeros(length, target.dtype)
    values[:count] = target[:count]
    return Fixed(np.arange(length) < count, values)


def _variable(table: schema.Variable, fields: np.ndarray) -> "AbstractVariable":
    """The variable of one table, for states like the `fields` (n, *space)."""
    from .. import energies

    match table:
        case schema.Whitened():
            octaves, floor = table.smoothing_octaves, table.floor
            dimension = fields.ndim - 1
            return energies.Whitened.of(fields, dimension=dimension, smoothing_octaves=octaves, floor=floor)
        case schema.Increments():
            return energies.Increments()
        case schema.Centered():
            return energies.Centered(float(fields.mean(dtype=float)))
    return energies.Pixels()


def _extra(extra: schema.Extra, bank: "FilterBank") -> "AbstractMoments":
    from .. import moments

    rooms: Any = moments
    match extra:
        case schema.Marginals():
            return rooms.Marginals(bank.shape, bank.J if extra.J is None else extra.J, dtype=bank.phi.dtype)
        case schema.Quantiles():
            return rooms.Quantiles(bank.shape, extra.count)
        case schema.PowerSpectrum():
            return rooms.PowerSpectrum(bank.shape, extra.bins)
        case schema.Bispectrum():
            return rooms.Bispectrum(bank.shape, extra.bins)
        case schema.IncrementQuantiles():
            return rooms.IncrementQuantiles(bank.shape, extra.lags, extra.volatility, extra.groups)
        case schema.IncrementMoments():
            return rooms.IncrementMoments(bank.shape, extra.lags)
        case schema.ReturnHistogram():
            return rooms.ReturnHistogram(bank)


def _solver(solver: schema.Solver) -> Any:
    from .. import samplers

    rooms: Any = samplers
    match solver:
        case schema.LBFGS():
            return rooms.LBFGS(memory=solver.memory)
        case schema.LevenbergMarquardt():
            return rooms.LevenbergMarquardt(damping=solver.damping)
        case schema.GradientDescent():
            return rooms.GradientDescent(step_size=solver.step_size)
        case schema.Adam():
            import optax

            return rooms.Optax(optax.adam(solver.learning_rate))
