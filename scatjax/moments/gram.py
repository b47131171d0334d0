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

from ..domains.torus import Shape, crop, crop_half, field, place, times, whole_spectrum
from ..wavelets import FilterBank
from ..wavelets.bank import cut, support

Powers = tuple[int, int]
ONCE, TWICE = (0, 1), (1, 1)  # psi on the right factor only (C01), psi on each factor (C11)


class AbstractGram(eqx.Module):
    """Products of fields given by half spectra: `gather` them for an outer scale, then `product` two stacks of them."""

    @abc.abstractmethod
    def gather(self, j: int, halves: list[tuple[Array, Shape]]) -> Array:
        """One stack (n, …) of the fields needed at outer scale j, from half spectra (n_i, …) with their grids."""

    @abc.abstractmethod
    def product(self, j: int, left: Array, right: Array, powers: Powers, parts: int) -> tuple[Array, ...]:
        """<(left * psi^p) conj(right * psi^q)>, (L, left, right): the real part, and with 2 `parts` the imaginary."""


class Spectral(AbstractGram):
    """Sums over the frequencies of a half box: `plus` and `minus` hold psi(k) and psi(-k) there, (L, K) a scale."""

    plus: tuple[Float[Array, "L _"], ...]
    minus: tuple[Float[Array, "L _"], ...]
    boxes: tuple[Shape, ...] = eqx.field(static=True)

    def gather(self, j, halves):
        stacks = [crop_half(half, self.boxes[j]) for half, _ in halves]
        return jnp.concatenate([stack.reshape(len(stack), -1) for stack in stacks])

    def product(self, j, left, right, powers, parts):
        power, n = sum(powers), len(left)
        plus, minus = (w.astype(left.real.dtype) ** power for w in (self.plus[j], self.minus[j]))
        a, rotated = jnp.concatenate([left.real, left.imag], 1), jnp.concatenate([left.imag, -left.real], 1)
        b = jnp.concatenate([right.real, right.imag], 1)
        weighted = [_each_angle(a, plus + minus), _each_angle(rotated, plus - minus)][:parts]
        products = jnp.matmul(jnp.concatenate(weighted), b.T, precision="highest")
        return tuple(products.reshape(parts, len(plus), n, -1))


class Windowed(AbstractGram):
    """Sums over points: `psi[j]` (L, *grid_j) is the outer filter, `window[j]` (*grid_j) the weight, mean 1."""

    psi: tuple[Float[Array, "L ..."], ...]
    window: tuple[Float[Array, "..."], ...]
    twice: Powers = eqx.field(static=True, default=TWICE)

    def gather(self, j, halves):
        grid = self.window[j].shape
        return jnp.concatenate([_on_grid(whole_spectrum(half, full), grid) for half, full in halves])

    def product(self, j, left, right, powers, parts):
        powers = self.twice if powers == TWICE else powers
        window = self.window[j]
        a, b = (self._filtered(j, side, power) for side, power in zip((left, right), powers, strict=True))
        weighted = times(a, window[None, None]).reshape(*a.shape[:2], -1)
        products = jnp.einsum("lap,lbp->lab", weighted, jnp.conj(b).reshape(*b.shape[:2], -1), precision="highest")
        products = products / window.size
        return (products.real, products.imag)[:parts]

    def _filtered(self, j: int, spectra: Complex[Array, "n ..."], power: int) -> Array:
        psi = self.psi[j]
        filtered = times(spectra[None], psi[:, None] ** power) if power else spectra[None]
        fields = field(filtered, psi.ndim - 1)
        return jnp.broadcast_to(fields, (len(psi), *fields.shape[1:]))


def _each_angle(a: Float[Array, "n twoK"], weight: Float[Array, "L K"]) -> Float[Array, "Ln twoK"]:
    """Every row of a times the weight of every angle, for both halves of a row.

    Stacked and not broadcast: the transpose of a stack is a sum of slices, which fuses, while that of a broadcast is a
    reduction over a middle axis, 10 times slower on CPU (performance.md 3.9).
    """
    both = jnp.concatenate([weight, weight], 1)
    return (jnp.stack([a] * len(weight)) * both[:, None]).reshape(-1, a.shape[1])


def spectral(bank: FilterBank, filters: list[np.ndarray]) -> Spectral:
    """The sums over frequencies with these outer filters, one (L, *torus) array a scale (default: the bank's)."""
    torus, full = bank.domain.padded, bank.oversampling == "full"
    plus, minus, boxes = [], [], []
    for psi, grid in zip(filters, bank.grids, strict=True):
        most = tuple(n if g == n else g - 1 for g, n in zip(grid, torus, strict=True))
        box = torus if full else support(psi, most)
        boxes.append(_half_box(box, torus))
        p, m = _half_plane(psi, box, torus)
        plus.append(jax.device_put(p.astype(bank.phi.dtype)))
        minus.append(jax.device_put(m.astype(bank.phi.dtype)))
    return Spectral(tuple(plus), tuple(minus), tuple(boxes))


def _half_box(box: Shape, torus: Shape) -> Shape:
    """Rows of the box made symmetric, and its columns 0 .. b//2."""
    rows = tuple(min(2 * (b // 2) + 1, n) for b, n in zip(box[:-1], torus[:-1], strict=True))
    return (*rows, box[-1] // 2 + 1)


def _half_plane(psi: np.ndarray, box: Shape, torus: Shape) -> tuple[np.ndarray, np.ndarray]:
    """psi(k) and psi(-k) over the half box, flattened; columns that are their own mirror count psi(k) only."""
    mirrored = psi
    for axis in range(1, psi.ndim):
        mirrored = np.roll(np.flip(mirrored, axis), 1, axis)
    half = _half_box(box, torus)
    plus, minus = (cut(f[..., : half[-1]], half) for f in (psi, mirrored))
    column = np.arange(half[-1])
    own_mirror = (column == 0) | (2 * column == torus[-1])
    minus = np.where(own_mirror, 0.0, minus)
    return plus.reshape(len(psi), -1), minus.reshape(len(psi), -1)


def _on_grid(spectra: Array, grid: Shape) -> Array:
    """Crop or place spectra so that they live on `grid`."""
    sides = tuple(min(n, g) for n, g in zip(spectra.shape[1:], grid, strict=True))
    return place(crop(spectra, sides), grid)

