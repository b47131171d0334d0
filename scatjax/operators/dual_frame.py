r"""The exact linear inverse of a wavelet layer with its low-pass: the dual frame, for one field at a time.

$$x = \mathrm{Re}\,F^{-1}\Big[\frac1A\Big(\overline{\hat\phi}\,\hat L + \sum_\lambda
\overline{\hat\psi_\lambda}\,\hat W_\lambda\Big)\Big],\quad L = x\star\phi,\ W_\lambda = x\star\psi_\lambda,\
A = |\hat\phi|^2 + \tfrac12\sum_\lambda |\hat\psi_\lambda(\omega)|^2 + |\hat\psi_\lambda(-\omega)|^2$$

It costs as much as the transform. On grids that hold the filters it is exact at once: rounding
divided by A, so A < .05 is refused. Where samples are dropped (`Decimated`) a spectrum is repeated over its periods,
and what aliases is an error of A's inverse; conjugate gradients on the normal equations, preconditioned by A, take it
away: one step for series at their own steps, 20 to 50 for images, or for splines and Haar's wavelets, whose aliases
are as large as they (x += inverse(W - Wx), repeated, diverges on these).
"""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.sparse.linalg import cg
from jaxtyping import Array, Complex, Float, Inexact

from ..coefficients import Coefficients, Table
from ..domains.torus import Shape, crop, field, folded, mirrored, place, repeated, smooth, spectrum, times
from ..errors import InputError, check_finite
from ..wavelets import Decimated, FilterBank
from ..wavelets.bank import grid
from ..wavelets.tightened import check_covered
from .layers import convolved

Fields = tuple[Array, ...]  # (bands, *grid) of each scale that has bands, complex; the low-pass (1, *grid) last, real


def low_pass_grid(bank: FilterBank) -> Shape:
    """The grid of x * phi: that of the octave of T, and no smaller than what the low-pass holds.

    >>> from ..wavelets import Decimated, morlet
    >>> low_pass_grid(morlet((256,), J=4)), low_pass_grid(morlet((256,), J=4, oversampling=Decimated()))
    ((64,), (16,))
    """
    padded, octave = bank.domain.padded, int(math.log2(bank.T))
    if isinstance(bank.oversampling, Decimated):
        whole = math.gcd(*padded, 2**octave).bit_length() - 1  # T may exceed what divides the sides
        return grid(padded, min(octave, whole), bank.oversampling)
    sides = zip(grid(padded, octave, bank.oversampling), bank.phi.shape, padded, strict=True)
    return tuple(max(side, smooth(box, most)) for side, box, most in sides)


def layer(bank: FilterBank) -> list[tuple[Inexact[Array, "bands ..."], Shape]]:
    """The filters of every scale that has bands and its grid, then the low-pass and its own."""
    scales = [(psi, side) for psi, side in zip(bank.psi, bank.grids, strict=True) if len(psi)]
    return [*scales, (bank.phi[None], low_pass_grid(bank))]


def analysis(bank: FilterBank, x: Float[Array, "*torus"]) -> Fields:
    """All fields of the layer of one field on the torus."""
    spectra = spectrum(x, bank.dimension)[None]
    scales = layer(bank)[:-1]
    return (*(convolved(spectra, psi, side, bank.dimension)[0] for psi, side in scales), low_passed(bank, spectra))


def low_passed(bank: FilterBank, spectra: Complex[Array, "n ..."]) -> Float[Array, "n ..."]:
    """The low-passed x * phi of real fields, given by their whole spectra, on its grid.

    By a reduction: the low-pass of dropped samples is stored whole, up to 1000 periods of its grid in two dimensions.
    """
    side = low_pass_grid(bank)
    product = times(crop(spectra, bank.phi.shape), bank.phi[None])
    return field(place(folded(product, side), side), bank.dimension).real


def adjoint(bank: FilterBank, fields: Fields) -> Complex[Array, "*torus"]:
    """The spectrum of the sum of all fields, each filtered by its conjugate filter; dropped samples are zeros."""
    pieces = []
    for (filters, _), values in zip(layer(bank), fields, strict=True):
        spectra = repeated(spectrum(values, bank.dimension), filters.shape[1:])
        pieces.append(place(times(spectra, jnp.conj(filters)).sum(0), bank.domain.padded))
    return sum(pieces[1:], pieces[0])


def frame_sum(bank: FilterBank) -> Float[Array, "*torus"]:
    """A over the wave numbers of the torus, of the filters as they are stored; refused below .05 where it is known.

    >>> from ..wavelets import morlet
    >>> round(float(frame_sum(morlet((64,), J=3)).min()), 3)
    0.245
    """
    with jax.ensure_compile_time_eval():
        total = _frame_sum(bank)
    if not isinstance(total, jax.core.Tracer):
        check_covered(bank.family, np.asarray(total, float), bank.T, "inverted")
    return total


def aliases(bank: FilterBank) -> bool:
    """True if some field lives on a grid that does not hold its filter."""
    return any(b > g for filters, side in layer(bank) for b, g in zip(filters.shape[1:], side, strict=True))


def inverse(bank: FilterBank, A: Float[Array, "*torus"], fields: Fields, steps: int) -> Float[Array, "*torus"]:
    """The field on the torus; at most `steps` of conjugate gradients where samples were dropped."""
    back = lambda spectra: field(spectra, bank.dimension).real
    weight = 1 / A.astype(fields[-1].dtype)
    data = adjoint(bank, fields)
    x = back(times(data, weight))
    if not steps or not aliases(bank):
        return x
    return cg(
        lambda y: back(adjoint(bank, analysis(bank, y))),
        back(data),
        x,
        tol=float(jnp.finfo(x.dtype).eps),
        maxiter=steps,
        M=lambda y: back(times(spectrum(y, bank.dimension), weight)),
    )[0]


def check_fields(coefficients, expected: list[tuple[Table, Shape]]) -> None:
    """Refuse all but one `Coefficients` per scale and the low-pass, of the transform's tables and grids, all finite."""
    items = coefficients if isinstance(coefficients, tuple | list) else []
    if not all(isinstance(c, Coefficients) for c in items) or len(items) != len(expected):
        raise InputError(
            f"inverse takes the tuple of {len(expected)} Coefficients that the transform gives, not "
            f"{type(coefficients).__name__}{f' of {len(items)}' if items else ''}."
        )
    lead = {c.values.shape[: c.values.ndim - 1 - len(side)] for c, (_, side) in zip(items, expected, strict=True)}
    for number, (c, (table, side)) in enumerate(zip(items, expected, strict=True)):
        if c.table != table or c.values.shape[c.values.ndim - len(side) :] != side or len(lead) > 1:
            raise InputError(
                f"coefficients {number} have shape {c.values.shape} and {c.table}, expected {table} on the grid "
                f"{side}: pass what this very transform gave."
            )
        if not isinstance(c.values, jax.core.Tracer):
            check_finite(c.values, f"coefficients {number}")


@eqx.filter_jit
def _frame_sum(bank: FilterBank) -> Array:
    power = jnp.zeros(bank.domain.padded, bank.phi.real.dtype)
    for psi, _ in layer(bank)[:-1]:
        power = power + place(_square(psi).sum(0), bank.domain.padded)
    return place(_square(bank.phi), bank.domain.padded) + (power + mirrored(power, bank.dimension)) / 2


def _square(z: Array) -> Array:
    return z.real**2 + z.imag**2 if jnp.iscomplexobj(z) else z**2
