r"""The cascade: $U[\lambda_1..\lambda_m]x = \rho(\ldots\rho(x\star\psi_{\lambda_1})\ldots\star\psi_{\lambda_m})$,
grouped by outer scale.

A layer is a dict, outer scale j -> fields with the axes `(channel, path, *grid_j)`:

- `channel`: of the spectra that were given.
- `path`: the chains of bands of `paths.chains(bank)[order][j]`, in that order. The last band runs fastest: where every
  inner chain is followed by the same bands, `path_axes(chains)` says which, and the path axis splits into
  `(inner, band)`, the inner chains being sorted by scale, then by band (angle of images, frequency of series). So
  `fields.reshape(channel, j1, l1, l2, *grid)` is the second layer of images, to be convolved along j1, l1 or l2.
- `*grid_j`: the grid of scale j, pad included. Fields are real after a modulus, complex after `identity`.

Python loops run over scales only. For each pair of an inner and an outer scale ONE batched multiplication and inverse
FFT makes all bands of all paths, on the grid of the outer scale (one batch for all inner scales would first copy their
spectra, and its gradient takes a quarter longer). Every statistic of this library starts here.
"""

import os
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import SymbolicZero
from jaxtyping import Array, Complex, Inexact

from ..domains.torus import (
    Shape,
    crop,
    field,
    folded,
    half_spectrum,
    periods,
    place,
    repeated,
    spectrum,
    times,
    whole_spectrum,
)
from ..wavelets import Decimated, FilterBank
from .paths import Paths

Layer = dict[int, Array]  # outer scale -> fields (channel, path, *grid)
ALL = np.ones((1, 1), bool)
LARGEST_SHARES = 4  # programs grow with them; measured on two cores


def cascade(bank: FilterBank, spectra: Complex[Array, "channel ..."], paths: Paths) -> list[Layer]:
    """`out[m][j]`: fields of order m+1 with outer scale j, `(channel, path, *grid_j)`, paths as in `Paths.chains`.

    `spectra` are the whole spectra of the fields on their torus, as `bank.domain.spectrum(x)` gives.
    """
    out: list[Layer] = []
    chains = paths.chains(bank)
    for order, ends in enumerate(chains):
        layer = bank.layer(order)
        wholes = _wholes(bank.layer(order - 1), out[-1]) if order else {0: spectra[:, None]}
        out.append({})
        for at, j in enumerate(ends):
            wholes = _narrowed(layer, wholes, list(ends)[at:])
            keep = {i: paths.follow(bank, order, chains[order - 1], i, j) if order else ALL for i in wholes}
            pieces = [_filtered(layer, wholes[i], kept, j, paths.rule(order)) for i, kept in keep.items() if kept.any()]
            out[order][j] = jnp.concatenate(pieces, axis=1)
    return out


def wavelet_fields(bank: FilterBank, spectra: Complex[Array, "n ..."], j: int) -> Complex[Array, "n bands ..."]:
    """The fields x * psi_j of every field (given by its whole spectrum) and every band, on the grid of scale j."""
    return convolved(spectra, bank.psi[j], bank.grids[j], bank.dimension)


def convolved(
    spectra: Complex[Array, "n ..."], psi: Inexact[Array, "bands ..."], grid: Shape, dimension: int
) -> Complex[Array, "n bands ..."]:
    """The fields x * psi of every field (given by its whole spectrum) and every filter (over its box), on a grid."""
    both = tuple(map(min, spectra.shape[1:], psi.shape[1:]))
    return field(place(products(crop(spectra, both), crop(psi, both), grid), grid), dimension)


@partial(jax.custom_jvp, nondiff_argnums=(2,))
def products(spectra: Complex[Array, "n ..."], psi: Inexact[Array, "bands ..."], grid: Shape) -> Array:
    """All spectra times all bands, `(n, bands, ..)`, what lies beyond the grid aliased onto it.

    Forward by broadcasting over slices, 10 times faster than a stack; the tangent is a stack of sums over reshaped
    periods, whose transpose is a sum over bands of broadcasts, 10 times faster than a reduction over a middle axis
    (2 CPU cores, 8 fields of 320^2, 8 bands).
    """
    pairs = zip(periods(spectra, grid), periods(psi, grid), strict=True)
    pieces = [times(x[:, None], band[None]) for x, band in pairs]
    return sum(pieces[1:], pieces[0])


def _products_jvp(grid: Shape, primals, tangents):
    (spectra, psi), (dspectra, dpsi) = primals, tangents
    out = products(spectra, psi, grid)
    terms = []
    if not isinstance(dspectra, SymbolicZero):
        terms.append(jnp.stack([folded(times(dspectra, band[None]), grid) for band in psi], axis=1))
    if not isinstance(dpsi, SymbolicZero):
        terms.append(products(spectra, dpsi, grid))
    return out, sum(terms[1:], terms[0])


products.defjvp(_products_jvp, symbolic_zeros=True)


def _filtered(bank: FilterBank, whole: Array, kept: np.ndarray, j: int, rule: Callable[[Array], Array]) -> Array:
    """The fields of scale j of those inner fields, given by whole spectra, that some band follows: those `kept`."""
    rows = kept.any(1)
    inner = whole if rows.all() else whole[:, np.flatnonzero(rows)]
    inner = repeated(inner, bank.psi[j].shape[1:]) if _sampled(bank) else inner
    channel, n = inner.shape[:2]
    shares = _shares(inner.reshape(channel * n, *inner.shape[2:]), bank.dimension)
    fields = jnp.concatenate([rule(wavelet_fields(bank, share, j)) for share in shares])
    fields = bank.domain.renewed(fields).reshape(channel, -1, *bank.grids[j])
    return fields if kept[rows].all() else fields[:, np.flatnonzero(kept[rows])]


def _shares(inner: Array, dimension: int) -> list[Array]:
    """The inner fields of images, one share per core.

    Past its first operation a compiled program runs each FFT on one core, but independent ones side by side (XLA on
    CPU, jax 0.10.2): shares make the second layer of images 15 % faster. Series have scales enough side by side.
    """
    cores = min(os.cpu_count() or 1, LARGEST_SHARES, len(inner))
    if dimension == 1 or cores == 1 or jax.default_backend() != "cpu":
        return [inner]
    return list(jax.lax.split(inner, [len(rows) for rows in np.array_split(np.arange(len(inner)), cores)]))


def _wholes(before: FilterBank, fields: Layer) -> Layer:
    """Whole spectra of fields, by scale: those of real ones from a half."""
    whole = lambda i, u: whole_spectrum(half_spectrum(u, before.dimension), before.grids[i])
    return {i: spectrum(u, before.dimension) if jnp.iscomplexobj(u) else whole(i, u) for i, u in fields.items()}


def _narrowed(bank: FilterBank, wholes: Layer, scales: list[int]) -> Layer:
    """The part of whole spectra that the filters of these scales read.

    Each scale crops what the one before it left: in reverse, the gradients of the coarse scales meet on small boxes.
    """
    reach = tuple(map(max, zip(*(bank.psi[j].shape[1:] for j in scales), strict=True)))
    return {i: crop(whole, reach) for i, whole in wholes.items()}


def _sampled(bank: FilterBank) -> bool:
    """True if samples were dropped: what a filter holds beyond the grid of its input meets the aliases there.

    Kymatio's filters of two dimensions are cut at the grid of their input instead.
    """
    return isinstance(bank.oversampling, Decimated) and bank.dimension == 1
