r"""Gram matrices: all products of the fields of one outer scale at once, weighted over frequencies or over points.

With a periodic field and no mask, Parseval makes a second inverse FFT useless: $\langle
(a\star\psi^p)\,\overline{(b\star\psi^q)}\rangle = \sum_k A_k \bar B_k \hat\psi_k^{p+q}$. `Spectral` sums over the
half plane of real fields as real matrix products (performance.md 3.5). `Windowed` makes the filtered fields and sums
over points with a window: masks, removed edges and padded boundaries, at the price of those FFTs.
"""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from ..domains.torus import Shape, crop, crop_half, field, mirrored, place, times, whole_spectrum
from ..wavelets import FilterBank
from ..wavelets.bank import cut, support

Powers = tuple[int, int]
Halves = list[tuple[Array, Shape]]
ONCE, TWICE = (0, 1), (1, 1)  # psi on the right factor only (C01), psi on each factor (C11)


class AbstractGram(eqx.Module):
    """Products of fields that are given by half spectra with their grids."""

    @abc.abstractmethod
    def products(self, j: int, inputs: Halves, fields: Halves, parts: int) -> list[Array]:
        """Outer scale j: <x conj(u * psi)>, (L, inputs, fields), then <(u * psi) conj(v * psi)>, (L, fields, fields).

        Of each the real part and, with 2 `parts`, the imaginary one.
        """

    def narrow(self, j: int, halves: Halves) -> Halves:
        """What outer scales from j on need of some fields; called scale by scale, each time on what it gave before."""
        return halves


class Spectral(AbstractGram):
    r"""Sums $\sum_k A_k\bar B_k w_k$ over the frequencies of a half box, real matrix products (performance.md 3.5).

    `once` and `twice` hold, a scale, $w(k)+w(-k)$ and $w(k)-w(-k)$ there, (2, L, K), for w = psi and for its square.
    """

    once: tuple[Float[Array, "2 L _"], ...]
    twice: tuple[Float[Array, "2 L _"], ...]
    boxes: tuple[Shape, ...] = eqx.field(static=True)

    def narrow(self, j, halves):
        """Boxes shrink with j: cut box from box, so that slopes are summed in small arrays on their way back."""
        if not halves:
            return []
        return [(jnp.concatenate([crop_half(half, self.boxes[j]) for half, _ in halves]), halves[0][1])]

    def products(self, j, inputs, fields, parts):
        x, u = (_real_rows(half) for ((half, _),) in (inputs, fields))
        weights = (w[j][:parts].astype(u.dtype) for w in (self.once, self.twice))
        return [part for a, w in zip((x, u), weights, strict=True) for part in _products(a, u, w)]


def _real_rows(half: Complex[Array, "n ..."]) -> Float[Array, "n twoK"]:
    """Real parts beside imaginary parts, a row a field."""
    return jnp.concatenate([part.reshape(len(half), -1) for part in (half.real, half.imag)], 1)


def _products(a: Float[Array, "n twoK"], b: Float[Array, "m twoK"], weights: Float[Array, "parts L K"]) -> Array:
    """Real and imaginary part of all products of a with conj b, (parts, L, n, m), as one real matrix product.

    Rows are stacked and not broadcast over angles: the transpose of a stack is a sum of slices, which fuses, while that
    of a broadcast is a reduction over a middle axis, 10 times slower on CPU (performance.md 3.9).
    """
    parts, L, K = weights.shape
    rotated = jnp.concatenate([a[:, K:], -a[:, :K]], 1)
    both = jnp.concatenate([weights, weights], 2)
    rows = [(jnp.stack([side] * L) * w[:, None]) for side, w in zip((a, rotated), both, strict=False)]
    products = jnp.matmul(jnp.concatenate(rows).reshape(-1, 2 * K), b.T, precision="highest")
    return products.reshape(parts, L, len(a), len(b))


class Windowed(AbstractGram):
    """Sums over points: `psi[j]` (L, *grid_j) is the outer filter, `window[j]` (*grid_j) the weight, mean 1."""

    psi: tuple[Float[Array, "L ..."], ...]
    window: tuple[Float[Array, "..."], ...]
    twice: Powers = eqx.field(static=True, default=TWICE)

    def products(self, j, inputs, fields, parts):
        x, u = self._gather(j, inputs), self._gather(j, fields)
        both = self._product(j, x, u, ONCE), self._product(j, u, u, self.twice)
        return [part for product in both for part in (product.real, product.imag)[:parts]]

    def _gather(self, j: int, halves: Halves) -> Array:
        grid = self.window[j].shape
        return jnp.concatenate([_on_grid(whole_spectrum(half, full), grid) for half, full in halves])

    def _product(self, j: int, left: Array, right: Array, powers: Powers) -> Complex[Array, "L left right"]:
        window = self.window[j]
        a, b = (self._filtered(j, side, power) for side, power in zip((left, right), powers, strict=True))
        weighted = times(a, window[None, None]).reshape(*a.shape[:2], -1)
        products = jnp.einsum("lap,lbp->lab", weighted, jnp.conj(b).reshape(*b.shape[:2], -1), precision="highest")
        return products / window.size

    def _filtered(self, j: int, spectra: Complex[Array, "n ..."], power: int) -> Array:
        psi = self.psi[j]
        filtered = times(spectra[None], psi[:, None] ** power) if power else spectra[None]
        fields = field(filtered, psi.ndim - 1)
        return jnp.broadcast_to(fields, (len(psi), *fields.shape[1:]))


def spectral(bank: FilterBank, filters: list[np.ndarray]) -> Spectral:
    """The sums over frequencies with these outer filters, one (L, *torus) array a scale.

    Boxes hold what psi squared is not negligible on; never wider than the box before, from which the fields are cut.
    """
    torus, full = bank.domain.padded, bank.oversampling == "full"
    most = [tuple(n if g == n else g - 1 for g, n in zip(grid, torus, strict=True)) for grid in bank.grids]
    boxes = [torus if full else support(psi**2, box) for psi, box in zip(filters, most, strict=True)]
    boxes = [tuple(map(max, zip(*boxes[j:], strict=True))) for j in range(len(boxes))]
    both = [tuple(_weights(psi**power, box, bank) for psi, box in zip(filters, boxes, strict=True)) for power in (1, 2)]
    return Spectral(both[0], both[1], tuple(_half_box(box, torus) for box in boxes))


def _weights(weight: np.ndarray, box: Shape, bank: FilterBank) -> Float[Array, "2 L K"]:
    plus, minus = _half_plane(weight, box, bank.domain.padded)
    return jax.device_put(np.stack([plus + minus, plus - minus]).astype(bank.phi.dtype))


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

