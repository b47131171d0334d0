"""From the tables of a config to the objects they name: target, bank, moment map, solver, start, variable.

Each union of the schema has one function here; the rooms are imported inside, so that reading a config costs nothing.
Images and series go the same way: what differs between them is the rank of the field, and what follows from it.
"""

import dataclasses
import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ConfigError, InputError, check_finite, did_you_mean
from . import covariances, schema

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
    options: dict[str, Any] = {"column": field.column, "log_returns": field.log_returns}
    return np.asarray(fields.read(field.source, field.key, gaps=field.mask is not None, **options))


def make_target(config: schema.Run) -> np.ndarray:
    """The series (time,) or image ([channel], y, x), with `stack` several along the first axis.

    In the config's precision; with `field.mask` = "gaps" its gaps are NaN. **Errors** InputError for what cannot be
    read, another rank, gaps without the option, Inf, a constant field.

    >>> make_target(schema.Run(schema.Field("helium_jet"))).shape
    (4096,)
    """
    field = config.field
    x = read_field(config)
    _check_rank(x, field, config.moments)
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


def channels_of(config: schema.Run, x: np.ndarray) -> int | None:
    """The channels of a target of this config, None if its fields have no such axis.

    >>> config = schema.Run(schema.Field("wood"), moments=schema.Rectifiers(pairs="alpha_color"))
    >>> channels_of(config, make_target(config))
    3
    """
    stack = int(config.field.stack)
    return x.shape[stack] if x.ndim - stack == 3 else None


def _check_rank(x: np.ndarray, field: schema.Field, moments: schema.Moments) -> None:
    rank = x.ndim - field.stack
    if rank == 2 and field.source.lower().endswith(".wav"):
        raise InputError(
            f"{field.source} has {len(x)} channels: set field.stack = true to match their mean moments, "
            f"or write one of them to a file."
        )
    wanted = None if isinstance(moments, schema.Spectra) else moments.channels
    if wanted is not None:
        _check_color(x, field, moments.pairs, wanted)  # type: ignore[union-attr]
    elif rank not in (1, 2):
        expected = "(series, time) or (image, y, x)" if field.stack else "(time,) or (y, x)"
        remedy = "set field.stack = true for a stack of images" if x.ndim == 3 else "store one field"
        if x.ndim - field.stack == 3 and x.shape[-3] in (2, 3, 4):
            remedy += f"; these moments are of gray: for color set moments.kind = 'rectifiers', {_COLOR}"
        raise InputError(f"{field.source} has shape {x.shape}, expected {expected}: {remedy}.")


_COLOR = "moments.pairs = 'alpha_color'"


def _check_color(x: np.ndarray, field: schema.Field, pairs: str, wanted: int) -> None:
    rank, channels = x.ndim - field.stack, x.shape[int(field.stack)]
    if rank == 3 and (channels == wanted or (wanted == covariances.ANY and channels > 1)):
        return
    count = "channel" if wanted == covariances.ANY else str(wanted)
    expected = f"(image, {count}, y, x)" if field.stack else f"({count}, y, x)"
    remedy = "use pairs of gray images, such as 'alpha_gray' or 'pywph'" if rank == 2 else "store one field so"
    raise InputError(f"{field.source} has shape {x.shape}, moments.pairs = {pairs!r} expects {expected}: {remedy}.")


def completed(config: schema.Run, dimension: int) -> schema.Run:
    """The config with what follows from the dimension of its fields filled in: the bank, `field.centered`.

    **Errors** ConfigError for a bank, or a shape of samples, of the other dimension.

    >>> config = completed(schema.Run(schema.Field("helium_jet")), 1)
    >>> config.bank.kind, config.field.centered
    ('battle_lemarie', True)
    """
    series, field = dimension == 1, config.field
    bank: Any = config.bank or (schema.BattleLemarie() if series else _default_bank(config.moments))
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


def _default_bank(moments: schema.Moments) -> schema.Bank:
    """The bank of images that the papers of these moments take."""
    if isinstance(moments, schema.PhaseHarmonics):
        return schema.BumpSteerable(L=covariances.SETS[moments.pairs].L)
    return schema.Morlet()


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


def make_moments(
    config: schema.Run, bank: "FilterBank", mask: np.ndarray | None = None, channels: int | None = None
) -> "AbstractMoments":
    """The moment map of [moments], stacked with those of [[extra]] by their weights.

    **Arguments** `mask`: true where x is known; `channels`: of the fields, None if they have no such axis.

    >>> config = schema.Run(schema.Field("brick"), moments=schema.Spectra(isotropic=True))
    >>> len(make_moments(config, make_bank(config, (32, 32))).table) > 100
    True
    """
    from .. import moments

    if isinstance(config.moments, schema.Spectra):
        phi = _spectra(config.moments, bank, mask)
    else:
        phi = _covariances(config.moments, bank, mask, channels)
    if not config.extra:
        return phi
    if mask is not None:
        raise ConfigError("extra: these moments take no mask: leave them out, or fill the gaps.")
    maps = [phi, *(_extra(extra, bank, channels) for extra in config.extra)]
    return moments.Stack(maps, weights=(1.0, *(extra.weight for extra in config.extra)))


def _spectra(table: schema.Spectra, bank: "FilterBank", mask: np.ndarray | None) -> "AbstractMoments":
    from .. import moments

    return moments.ScatteringSpectra(
        bank,
        isotropic=table.isotropic,
        normalization=None if table.normalization == "none" else table.normalization,
        mask=mask,
        remove_edges=table.remove_edges,
        ends=table.ends,
    )


def _covariances(
    table: schema.PhaseHarmonics | schema.Rectifiers,
    bank: "FilterBank",
    mask: np.ndarray | None,
    channels: int | None,
) -> "AbstractMoments":
    from .. import moments

    if bank.dimension != 2:
        raise ConfigError(f"moments.kind: {table.kind!r} is of images: use 'spectra' for series.")
    options = dict(table.options)
    if covariances.SETS[table.pairs].channels == covariances.ANY:
        options["channels"] = channels
    gamma = getattr(moments.pairs, table.pairs)(J=bank.J, L=bank.L, **options)
    if table.weights:
        gamma = _weighted(gamma, table.weights)
    maps: Any = {"phase_harmonics": moments.PhaseHarmonics, "rectifiers": moments.RectifierCovariances}
    return maps[table.kind](bank, gamma, channels, mask, table.remove_edges)


def _weighted(gamma: Any, weights: dict[str, float]) -> Any:
    kinds = sorted(set(gamma.rows["kind"].tolist()))
    for kind in weights:
        if kind not in kinds:
            known = f"; the kinds are {', '.join(kinds)}"
            raise ConfigError(f"moments.weights.{kind}: no such rows{did_you_mean(kind, kinds) or known}")
    if gamma.angular is not None:
        raise ConfigError("moments.weights: rows in Fourier over angles have no weights of their own: leave them out.")
    return gamma.weighted(**weights)


def make_solver(config: schema.Run) -> Any:
    """The solver of [solver], or the list of those of [[solver]]."""
    solver = config.solver
    return [_solver(one) for one in solver] if isinstance(solver, tuple) else _solver(solver)


def make_start(config: schema.Run) -> Any:
    """The initial law of [start]."""
    from .. import synthesis

    if isinstance(config.start, schema.SameSpectrum):
        return synthesis.SameSpectrum(config.start.smoothing_octaves)
    return synthesis.White(config.start.mean, config.start.std)


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
    channels = channels_of(config, target)
    numbers, space, chain = config.synthesis, fields.shape[1 + (channels is not None) :], []
    if numbers.fixed is not None:
        chain.append(_past(config, target))
        fields = fields[:, numbers.fixed :] if numbers.shape in (None, space) else fields
    if numbers.ensemble and (tables or chain):
        raise ConfigError("synthesis.ensemble: all samples are one state: leave variable and fixed out.")
    if numbers.shape not in (None, space) and any(isinstance(table, schema.Whitened) for table in tables):
        raise ConfigError("synthesis.shape: a whitened variable has the target's shape: leave shape out.")
    for table in tables:
        chain.append(_variable(table, fields, channels))
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


def _variable(table: schema.Variable, fields: np.ndarray, channels: int | None) -> "AbstractVariable":
    """The variable of one table, for states like the `fields` (n, [channel], *space)."""
    from .. import energies

    match table:
        case schema.Whitened():
            options: Any = {"smoothing_octaves": table.smoothing_octaves, "floor": table.floor, "tilt": table.tilt}
            dimension = fields.ndim - 1 - (channels is not None)
            return energies.Whitened.of(fields, dimension=dimension, channels=channels, **options)
        case schema.Increments():
            return energies.Increments()
        case schema.Centered():
            mean = fields.mean((0, *range(2, fields.ndim))) if channels else float(fields.mean(dtype=float))
            return energies.Centered(mean)
    return energies.Pixels()


def _extra(extra: schema.Extra, bank: "FilterBank", channels: int | None) -> "AbstractMoments":
    from .. import moments

    rooms: Any = moments
    match extra:
        case schema.Quantiles():
            return rooms.Quantiles(bank.shape, extra.count, channels=channels)
        case schema.PowerSpectrum():
            return rooms.PowerSpectrum(bank.shape, extra.bins, channels=channels)
        case schema.ChannelCorrelation():
            if channels is None:
                raise ConfigError("extra: 'channel_correlation' is of color and the field is gray: leave it out.")
            return rooms.ChannelCorrelation(bank.shape, channels)
    if channels is not None:
        raise ConfigError(f"extra: {extra.kind!r} is of gray images and the field has {channels} channels.")
    match extra:
        case schema.Marginals():
            return rooms.Marginals(bank.shape, bank.J if extra.J is None else extra.J, dtype=bank.phi.dtype)
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
