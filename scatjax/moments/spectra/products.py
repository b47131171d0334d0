r"""All products of the fields of one outer scale at once, summed with weights over frequencies or over points.

With a periodic field and no mask, Parseval makes a second inverse FFT useless: $\langle
(a\star\psi^p)\,\overline{(b\star\psi^q)}\rangle = \sum_k A_k \bar B_k \hat\psi_k^{p+q}$. `Spectral` sums over the
half plane of real fields as real matrix products. `Windowed` makes the filtered fields and sums
over points with a window: masks, removed edges and padded boundaries, at the price of those FFTs.
"""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Inexact

from ...domains.torus import Shape, crop, crop_half, field, mirrored, place, times, whole_spectrum
from ...wavelets import FilterBank
from ...wavelets.bank import cast, cut, support
from .outer import outer_boxes, outer_filters, outer_limits
from .windows import Windows

Powers = tuple[int, int]
Halves = list[tuple[Array, Shape]]
ONCE, TWICE = (0, 1), (1, 1)  # psi on the right factor only (C01), psi on each factor (C11)


class AbstractProducts(eqx.Module):
    """Products of fields that are given by half spectra with their grids."""

    @abc.abstractmethod
    def of_scale(self, j: int, inputs: Halves, fields: Halves, parts: int) -> list[Array]:
        """All products of outer scale j: <x conj(u * psi)>, (L, inputs, fields), then <(u * psi) conj(v * psi)>, (L,
        fields, fields).

        Of each the real part and, with 2 `parts`, the imaginary one; the first only where there are inputs.
        """

    @abc.abstractmethod
    def narrow(self, j: int, halves: Halves, *, filtered: bool) -> Halves:
        """The part of fields that outer scales from j on need; called scale by scale, each time on what it gave before.

        `filtered`: true of fields that count only through the outer filters.
        """


class Spectral(AbstractProducts):
    r"""Sums $\sum_k A_k\bar B_k w_k$ over the frequencies of a half box, as real matrix products.

    `once` and `twice` hold, for each scale, $w(k)+w(-k)$ and $w(k)-w(-k)$ there, (2, L, K), for w = psi and for its
    square.
    """

    once: tuple[Float[Array, "2 _ _"], ...]
    twice: tuple[Float[Array, "2 _ _"], ...]
    boxes: tuple[Shape, ...] = eqx.field(static=True)

    def narrow(self, j, halves, *, filtered):
        """The fields on the box of scale j, cut from the box before: slopes are summed in small arrays."""
        return _narrowed(halves, self.boxes[j])

    def of_scale(self, j, inputs, fields, parts):
        """The products, as sums over the box of the scale."""
        u = _real_rows(fields[0][0])
        pairs = [(u, self.twice)] if not inputs else [(_real_rows(inputs[0][0]), self.once), (u, self.twice)]
        return [part for a, w in pairs for part in _products(a, u, w[j][:parts].astype(u.dtype))]


def _narrowed(halves: Halves, box: Shape) -> Halves:
    """All fields on one half box, as one array."""
    return [(jnp.concatenate([crop_half(half, box) for half, _ in halves]), halves[0][1])] if halves else []


def _real_rows(half: Complex[Array, "n ..."]) -> Float[Array, "n twoK"]:
    """Real parts beside imaginary parts, one row per field."""
    return jnp.concatenate([part.reshape(len(half), -1) for part in (half.real, half.imag)], 1)


def _products(a: Float[Array, "n twoK"], b: Float[Array, "m twoK"], weights: Float[Array, "parts L K"]) -> Array:
    """Real and imaginary part of all products of a with conj b, (parts, L, n, m), as one real matrix product.

    Rows are stacked and not broadcast over angles: the transpose of a stack is a sum of slices, which fuses, while that
    of a broadcast is a reduction over a middle axis, 10 times slower on CPU.
    """
    parts, L, K = weights.shape
    rotated = jnp.concatenate([a[:, K:], -a[:, :K]], 1)
    both = jnp.concatenate([weights, weights], 2)
    rows = [(jnp.stack([side] * L) * w[:, None]) for side, w in zip((a, rotated), both, strict=False)]
    products = jnp.matmul(jnp.concatenate(rows).reshape(-1, 2 * K), b.T, precision="highest")
    return products.reshape(parts, L, len(a), len(b))


class Windowed(AbstractProducts):
    """Sums over points: `psi[j]` (L, *box_j) is the outer filter, `window[j]` (*grid_j) the weight, mean 1.

    A grid holds the product of two filtered fields, so that sums are exact whatever the window.
    """

    psi: tuple[Inexact[Array, "_ ..."], ...]
    window: tuple[Float[Array, "..."], ...]
    twice: Powers = eqx.field(static=True, default=TWICE)

    def narrow(self, j, halves, *, filtered):
        """The fields as they are; those filtered on both sides, on the boxes of the filters alone."""
        if not filtered or 0 in self.twice or not halves:
            return halves
        box = tuple(map(max, zip(*(psi.shape[1:] for psi in self.psi[j:]), strict=True)))
        array, _ = _narrowed(halves, (*box[:-1], box[-1] // 2 + 1))[0]
        return [(array, box)]

    def of_scale(self, j, inputs, fields, parts):
        """The products, as sums over the grid of the scale."""
        x, u = self._gather(j, inputs), self._gather(j, fields)
        both = [] if x is None else [self._product(j, x, u, ONCE)]
        both.append(self._product(j, u, u, self.twice))
        return [part for product in both for part in (product.real, product.imag)[:parts]]

    def _gather(self, j: int, halves: Halves) -> Array | None:
        wholes = [_on_grid(whole_spectrum(half, full), self.window[j].shape) for half, full in halves]
        return jnp.concatenate(wholes) if wholes else None

    def _product(self, j: int, left: Array, right: Array, powers: Powers) -> Complex[Array, "L left right"]:
        window = self.window[j]
        a, b = (self._filtered(j, side, power) for side, power in zip((left, right), powers, strict=True))
        weighted = times(a, window[None, None]).reshape(*a.shape[:2], -1)
        products = jnp.einsum("lap,lbp->lab", weighted, jnp.conj(b).reshape(*b.shape[:2], -1), precision="highest")
        return products / window.size

    def _filtered(self, j: int, spectra: Complex[Array, "n ..."], power: int) -> Array:
        psi, dimension = self.psi[j], self.window[j].ndim
        if power:
            box, grid = psi.shape[1:], self.window[j].shape
            spectra = place(times(crop(spectra, box)[None], psi[:, None] ** power), grid)
        else:
            spectra = spectra[None]
        fields = field(spectra, dimension)
        return jnp.broadcast_to(fields, (len(psi), *fields.shape[1:]))


def make_products(bank: FilterBank, windows: Windows | None, filters=None) -> AbstractProducts:
    """Sums over frequencies where every point counts the same, else over points."""
    outer = outer_filters(bank, filters)
    if windows is None:
        return spectral(bank, outer)
    kept = [cast(cut(psi, box), bank.dtype) for psi, box in zip(outer, outer_boxes(bank, outer), strict=True)]
    return Windowed(tuple(kept), windows.outer)


def spectral(bank: FilterBank, filters: list[np.ndarray]) -> Spectral:
    """The sums over frequencies with these outer filters, one (L, *torus) array per scale.

    Boxes hold what psi squared is not negligible on; never wider than the box before, from which the fields are cut.
    """
    torus, limits = bank.domain.padded, outer_limits(bank, len(filters))
    full = bank.oversampling == "full"
    twice = [np.abs(psi) ** 2 for psi in filters]
    boxes = [torus if full else support(weight, most) for weight, most in zip(twice, limits, strict=True)]
    boxes = [tuple(map(max, zip(*boxes[j:], strict=True))) for j in range(len(boxes))]
    weights = lambda every: tuple(_weights(weight, box, bank) for weight, box in zip(every, boxes, strict=True))
    once = weights(filters) if bank.dimension == 2 else ()
    return Spectral(once, weights(twice), tuple(_half_box(box, torus) for box in boxes))


def _weights(weight: np.ndarray, box: Shape, bank: FilterBank) -> Float[Array, "2 L K"]:
    plus, minus = _half_plane(weight, box, bank.domain.padded)
    return jax.device_put(np.stack([plus + minus, plus - minus]).astype(bank.dtype))


def _half_box(box: Shape, torus: Shape) -> Shape:
    """Rows of the box made symmetric, and its columns 0 .. b//2."""
    rows = tuple(min(2 * (b // 2) + 1, n) for b, n in zip(box[:-1], torus[:-1], strict=True))
    return (*rows, box[-1] // 2 + 1)


def _half_plane(psi: np.ndarray, box: Shape, torus: Shape) -> tuple[np.ndarray, np.ndarray]:
    """psi(k) and psi(-k) over the half box, flattened; columns that are their own mirror count psi(k) only."""
    half = _half_box(box, torus)
    plus, minus = (cut(f[..., : half[-1]], half) for f in (psi, mirrored(psi, len(torus))))
    column = np.arange(half[-1])
    own_mirror = (column == 0) | (2 * column == torus[-1])
    minus = np.where(own_mirror, 0.0, minus)
    return plus.reshape(len(psi), -1), minus.reshape(len(psi), -1)


def _on_grid(spectra: Array, grid: Shape) -> Array:
    """Crop or place spectra so that they live on `grid`."""
    sides = tuple(min(n, g) for n, g in zip(spectra.shape[1:], grid, strict=True))
    return place(crop(spectra, sides), grid)
