"""From the tables of a config to the objects they name: target, bank, moment map, operator, solver, start, variable.

What each table may say is in the constructors (`tables.choice.make`); here is what the run hands in: the field's shape,
channels, mask and mean, and the bank. Images and series go the same way: what differs between them is the rank of the
field, and what follows from it.
"""

import dataclasses
import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ConfigError, InputError, check_finite
from . import kinds, schema
from .tables.channels import check_rank
from .tables.choice import Choice, choose, described, is_mirrored, make
from .tables.signatures import parameters

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
    check_rank(x, field, config.moments)
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

    >>> config = schema.Run(schema.Field("wood"), moments=choose("moments", "rectifiers", pairs="alpha_color"))
    >>> channels_of(config, make_target(config))
    3
    """
    stack = int(config.field.stack)
    return x.shape[stack] if x.ndim - stack == 3 else None


def completed(config: schema.Run, dimension: int) -> schema.Run:
    """The config with what follows from its verb and from the dimension of its fields filled in.

    **Errors** ConfigError for a bank, or a shape of samples, of the other dimension.

    >>> config = completed(schema.Run(schema.Field("helium_jet")), 1)
    >>> config.bank.kind, config.field.centered, config.solver.kind
    ('battle_lemarie', True, 'lbfgs')
    """
    series, field = dimension == 1, config.field
    bank = config.bank or _default_bank(config.moments, dimension)
    what = f"{field.source} is a{' series' if series else 'n image'}"
    other = kinds.BANKS_OF_IMAGES if series else kinds.BANKS_OF_SERIES
    if bank.kind in other:
        own = [*(kinds.BANKS_OF_SERIES if series else kinds.BANKS_OF_IMAGES), *kinds.BANKS_OF_BOTH]
        known = ", ".join(map(repr, own))
        raise ConfigError(
            f"bank.kind: {bank.kind!r} is of {'images' if series else 'series'} and {what}: use one of {known}."
        )
    if not series and is_mirrored(bank.arguments):
        raise ConfigError(f"bank.boundary: 'mirror' is of series and {what}: leave it out.")
    shape = config.verb.arguments.get("shape")
    if shape is not None and len(shape) != dimension:
        where = f"{config.verb.where or config.verb.kind}.shape"
        raise ConfigError(f"{where}: {list(shape)} has {len(shape)} sides and {what}: give {dimension}.")
    field = dataclasses.replace(field, centered=series if field.centered is None else field.centered)
    return dataclasses.replace(config, bank=bank, field=field, **_of_verb(config))


def _of_verb(config: schema.Run) -> dict[str, Any]:
    """The tables that a config leaves to its verb."""
    found: dict[str, Any] = {}
    own = config.verb_arguments
    for table in ("solver", "start", "variable"):
        if getattr(config, table) is None and table in own:
            default = own[table].default
            found[table] = described(table, default) if table != "solver" or default is not None else _solver(config)
    if config.operator is None and "S" in own:
        found["operator"] = choose("operator", "scattering")
    if config.noise is None and "noise" in own:
        raise ConfigError(f"noise: missing table: `scatjax {config.verb.kind}` takes noise out of a field, say which.")
    return found


def _solver(config: schema.Run) -> Choice:
    """The solver of a verb that is told none: L-BFGS, of long memory for `recover`."""
    from ..synthesis.recovery import LONG_MEMORY

    return choose("solver", "lbfgs", **({"memory": LONG_MEMORY} if config.verb.kind == "recover" else {}))


def _default_bank(moments: Choice, dimension: int) -> Choice:
    """The bank that the papers of these moments take."""
    if dimension == 1:
        return choose("bank", "battle_lemarie")
    if moments.kind == "phase_harmonics":
        L = parameters(kinds.constructor("pairs", moments.pairs.kind))["L"].default
        return choose("bank", "bump_steerable", L=L)
    return choose("bank", "morlet")


def make_bank(config: schema.Run, shape: tuple[int, ...]) -> "FilterBank":
    """The filter bank of [bank] on fields of this shape; without [bank] the default of their dimension.

    >>> make_bank(schema.Run(schema.Field("brick"), bank=choose("bank", "morlet", J=3)), (32, 32)).J
    3
    """
    bank = completed(config, len(shape)).bank
    assert bank is not None
    return make(bank, shape=shape, dtype=config.precision)


def make_moments(
    config: schema.Run, bank: "FilterBank", mask: np.ndarray | None = None, channels: int | None = None
) -> "AbstractMoments":
    """The moment map of [moments], stacked with those of [[extra]] by their weights.

    - `mask`: true where x is known.
    - `channels`: of the fields, None if they have no such axis.

    >>> config = schema.Run(schema.Field("brick"), moments=choose("moments", "spectra", isotropic=True))
    >>> len(make_moments(config, make_bank(config, (32, 32))).table) > 100
    True
    """
    from .. import moments

    handed = {"bank": bank, "shape": bank.shape, "dtype": bank.dtype, "mask": mask, "channels": channels}
    handed |= {"J": bank.J, "L": bank.L if bank.dimension == 2 else None}
    phi = _map(config.moments, **handed)
    if not config.extra:
        return phi
    maps = [phi, *(_map(extra, **handed) for extra in config.extra)]
    return moments.Stack(maps, weights=(1.0, *(extra.weight for extra in config.extra)))


def _map(choice: Choice, **handed: Any) -> "AbstractMoments":
    """The moment map of one table, refused where it does not take the fields."""
    taken, channels, where = parameters(kinds.constructor(choice.table, choice.kind)), handed["channels"], choice.table
    if "pairs" in choice.arguments and handed["bank"].dimension != 2:
        raise ConfigError(f"{where}.kind: {choice.kind!r} is of images: use 'spectra' for series.")
    inner = "phi" in taken  # a map around another one, which takes the fields
    if handed["mask"] is not None and "mask" not in taken and not inner:
        raise ConfigError(f"{where}: these moments take no mask: leave them out, or fill the gaps.")
    if channels is not None and "channels" not in taken and not inner:
        raise ConfigError(f"{where}: {choice.kind!r} is of gray images and the field has {channels} channels.")
    if channels is None and "channels" in taken and taken["channels"].default is taken["channels"].empty:
        raise ConfigError(f"{where}: {choice.kind!r} is of color and the field is gray: leave it out.")
    return make(choice, **handed)


def make_operator(config: schema.Run, bank: "FilterBank", channels: int | None = None) -> Any:
    """The operator of [operator]."""
    assert config.operator is not None
    return make(config.operator, bank=bank, shape=bank.shape, channels=channels)


def make_noise(config: schema.Run) -> Any:
    """The law of [noise], a sampler or a stack of draws."""
    return None if config.noise is None else make(config.noise, precision=config.precision)


def make_solver(config: schema.Run) -> Any:
    """The solver of [solver], or the list of those of [[solver]]; None: the verb's own."""
    solver = config.solver
    if solver is None:
        return None
    return [make(one) for one in solver] if isinstance(solver, tuple) else make(solver)


def make_start(config: schema.Run, mean: float = 0.0) -> Any:
    """The initial law of [start], for fields less `mean`; None: the verb's own."""
    return None if config.start is None else make(config.start, taken_off=mean, precision=config.precision)


def make_variable(config: schema.Run, target: np.ndarray) -> "AbstractVariable":
    """The variable of [variable], several composed in their order, each made of what the one before leaves.

    The past of `synthesize.fixed` is taken off first, so that the others move what is free: they are made of the
    target's other samples, or of all on a canvas of another length.

    >>> both = (choose("variable", "increments"), choose("variable", "whitened"))
    >>> config = schema.Run(schema.Field("helium_jet"), variable=both)
    >>> type(make_variable(config, make_target(config)[:64])).__name__
    'Composed'
    """
    import jax

    from ..energies import Composed, Pixels

    given = config.variable if isinstance(config.variable, tuple) else (config.variable,)
    tables = [table for table in given if table is not None and table.kind != "pixels"]
    fields = target if config.field.stack else target[None]
    channels = channels_of(config, target)
    numbers, space, chain = config.verb.arguments, fields.shape[1 + (channels is not None) :], []
    where, shape, fixed = config.verb.where or config.verb.kind, numbers.get("shape"), numbers.get("fixed")
    if fixed is not None:
        chain.append(_past(config, target, where))
        fields = fields[:, fixed:] if shape in (None, space) else fields
    if numbers.get("ensemble") and (tables or chain):
        raise ConfigError(f"{where}.ensemble: all samples are one state: leave variable and fixed out.")
    for table in tables:
        if shape not in (None, space) and table.kind in ("whitened", "fixed"):
            raise ConfigError(f"{where}.shape: a {table.kind} variable has the target's shape: leave shape out.")
        chain.append(_variable(table, fields, channels))
        fields = np.asarray(jax.vmap(chain[-1].encode)(jax.numpy.asarray(fields)))
    return functools.reduce(lambda inner, outer: Composed(outer, inner), reversed(chain)) if chain else Pixels()


def _past(config: schema.Run, target: np.ndarray, where: str) -> "AbstractVariable":
    """The first samples of the target, kept on a canvas of the samples' length."""
    from ..energies import Fixed

    count, shape = config.verb.fixed, config.verb.shape
    if target.ndim != 1:
        raise ConfigError(f"{where}.fixed: the past of one series can be kept, not of a field {target.shape}.")
    length = target.shape[0] if shape is None else shape[0]
    most = min(length - 1, len(target))
    if count > most:
        remedy = "" if length > len(target) else f"; a longer {where}.shape goes on after the last"
        raise ConfigError(f"{where}.fixed: expected at most {most} samples of {len(target)}, got {count}{remedy}.")
    values = np.zeros(length, target.dtype)
    values[:count] = target[:count]
    return Fixed(np.arange(length) < count, values)


def _variable(table: Choice, fields: np.ndarray, channels: int | None) -> "AbstractVariable":
    """The variable of one table, for states like the `fields` (n, [channel], *space)."""
    mean = fields.mean((0, *range(2, fields.ndim))) if channels else float(fields.mean(dtype=float))
    dimension = fields.ndim - 1 - (channels is not None)
    target = fields
    if table.kind == "fixed":
        if len(fields) > 1:
            raise ConfigError(f"{table.where}: values of one field are kept, not of a stack: set field.stack = false.")
        target = fields[0]
    return make(table, target=target, mean=mean, dimension=dimension, channels=channels)
