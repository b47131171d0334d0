"""From the tables of a config to the objects they name: target, bank, moment map, solver, start.

Each union of the schema has one function here; the rooms are imported inside, so that reading a config costs nothing.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError, check_finite
from . import schema

if TYPE_CHECKING:
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
    """The image (y, x), or with `stack` the images (image, y, x), in the config's precision.

    **Errors** InputError for what cannot be read, another rank, NaN or Inf.
    """
    source = config.field.source
    x = read_field(config)
    if x.ndim != 2 + config.field.stack:
        expected = "(image, y, x)" if config.field.stack else "(y, x)"
        remedy = "set field.stack = true for a stack of images" if x.ndim == 3 else "store one image"
        raise InputError(f"{source} has shape {x.shape}, expected {expected}: {remedy}.")
    check_finite(x, source)
    return x.astype(config.precision)


def make_bank(config: schema.Run, shape: tuple[int, ...]) -> "FilterBank":
    """The filter bank of [bank] on images of this shape.

    >>> make_bank(schema.Run(schema.Field("brick"), bank=schema.Morlet(J=3)), (32, 32)).J
    3
    """
    from .. import wavelets

    bank = config.bank
    options: dict[str, Any] = {"J": bank.J, "L": bank.L, "oversampling": bank.oversampling, "dtype": config.precision}
    if isinstance(bank, schema.Morlet):
        constants = {"exact": wavelets.Exact, "kymatio": wavelets.Kymatio, "cheng": wavelets.Cheng}
        options["constants"] = constants[bank.constants]()
    return getattr(wavelets, bank.kind)(shape, **options)


def make_moments(config: schema.Run, bank: "FilterBank") -> "AbstractMoments":
    """The moment map of [moments], stacked with those of [[extra]] by their weights.

    >>> config = schema.Run(schema.Field("brick"), moments=schema.Spectra(isotropic=True))
    >>> len(make_moments(config, make_bank(config, (32, 32))).table) > 100
    True
    """
    from .. import moments

    spectra = config.moments
    phi = moments.ScatteringSpectra(
        bank,
        isotropic=spectra.isotropic,
        normalization=spectra.normalization,
        remove_edges=spectra.remove_edges,
        ends=spectra.ends,
    )
    if not config.extra:
        return phi
    maps = [phi, *(_extra(extra, bank) for extra in config.extra)]
    return moments.Stack(maps, weights=(1.0, *(extra.weight for extra in config.extra)))


def make_solver(config: schema.Run) -> Any:
    """The solver of [solver], or the list of those of [[solver]]."""
    solver = config.solver
    return [_solver(one) for one in solver] if isinstance(solver, tuple) else _solver(solver)


def make_start(config: schema.Run) -> Any:
    """The initial law of [start]."""
    from .. import synthesis

    return synthesis.SameSpectrum() if isinstance(config.start, schema.SameSpectrum) else synthesis.White()


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
