r"""All products of the fields of a plan: over points, or over frequencies where that is less work.

    points        $\sum_u f(u+\tau)g(u)$: rows moved, one real matrix product per block. Any window, any function.
    frequencies   $N\,\mathrm{Re}\sum_k\hat f_k\overline{\hat g_k}\,e^{i\omega_k\tau}$ over half of the plane. A
                  wavelet field fills a box, so products with it are sums over that box; a pair at many shifts is ONE
                  product of spectra, then a matrix product with the phases.

Frequencies serve fields without windows: wavelet fields with real ones, and pairs of one angle at several shifts. The
rest (rectifiers at all angles and shifts) is matrix products over points.
"""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from ...domains.torus import Shape as Sides
from ...domains.torus import crop_half, half_spectrum
from ...wavelets import FilterBank
from .gamma import LOW, PSI
from .plan import ANGLES, CHANNELS, FULL, Plan, Product

Fields = list[Float[Array, "_ _ _ ..."]]  # blocks of fields: (parts, channel, n, *space) each
Spectra = dict[int, Complex[Array, "_ _ _ ..."]]


class Products(eqx.Module):
    """All sums of products: `products(fields)` has those of `plan.products`, one after the other, each flattened.

    `phases` (of each product and partner over frequencies): weights of the half plane times cos and -sin at the
    shifts, (2 K, shifts).
    """

    phases: dict[str, Float[Array, "_ _"]]
    boxes: tuple[Sides, ...] = eqx.field(static=True)  # half box of the spectrum of each block of fields
    plan: Plan = eqx.field(static=True)
    dimension: int = eqx.field(static=True)

    def __call__(self, fields: Fields, of_means: Fields | None = None) -> Float[Array, "P"]:
        """The products of `fields`; those that are means, with the field 1, of `of_means`."""
        wanted = {b for key in self.phases for b in _pair(key)}
        spectra = {b: half_spectrum(fields[b], self.dimension) for b in sorted(wanted)}
        products = self.plan.products
        given = [of_means if product.is_mean and of_means is not None else fields for product in products]
        return jnp.concatenate([self._product(p, f, spectra) for p, f in zip(products, given, strict=True)])

    def _product(self, product: Product, fields: Fields, spectra: Spectra) -> Float[Array, "P"]:
        left, partners, mode = product.left, product.partners, product.mode
        points = [p for p in partners if _name(product, p) not in self.phases]
        pieces = {}
        if points:
            of_points = jax.checkpoint(_over_points, static_argnums=(2, 3))
            over = of_points(fields[left], [fields[p] for p in points], product.shifts, mode)
            pieces = dict(zip(points, over, strict=True))
        for p in set(partners) - set(points):
            box = _common(self.boxes[left], self.boxes[p])
            a, b = (crop_half(spectra[block], box) for block in (left, p))
            size = fields[p][0, 0, 0].size
            pieces[p] = size * _over_frequencies(a, b, self.phases[_name(product, p)], mode)
        return jnp.concatenate([pieces[p] for p in partners], axis=-1).reshape(-1)


def make_products(plan: Plan, bank: FilterBank, *, windowed: bool) -> Products:
    """The products of a plan: which of them go over frequencies, with their phases."""
    torus = bank.domain.padded
    boxes = [_box(key, bank, torus) for key in plan.keys]
    phases: dict[str, np.ndarray] = {}
    for product in plan.products:
        for p in product.partners:
            if not windowed and _by_frequencies(plan, product, p):
                phases[_name(product, p)] = _phases(_common(boxes[product.left], boxes[p]), torus, product.shifts)
    send = {name: jax.device_put(value.astype(bank.dtype)) for name, value in phases.items()}
    return Products(send, tuple(boxes), plan, bank.dimension)


def _by_frequencies(plan: Plan, product: Product, partner: int) -> bool:
    """True if spectra are less work than points: see the head of this file."""
    keys = plan.keys[product.left], plan.keys[partner]
    if plan.gamma.phases is not None or any(band not in (PSI, LOW) for band, _, _ in keys):
        return False
    if product.mode == ANGLES and any(shift != (0, 0) for shift in product.shifts):
        return True
    one = any(band == PSI and k == 1 for band, _, k in keys)
    return product.shifts == ((0, 0),) and one and all(k <= 1 for _, _, k in keys)


def _box(key, bank: FilterBank, torus: Sides) -> Sides:
    band, j, k = key
    box = bank.psi[j].shape[1:] if band == PSI and k == 1 else torus
    # an even box narrower than the torus has a row or column without its mirror: take one more
    rows, columns = (n if n == t else 2 * (n // 2) + 1 for n, t in zip(box, torus, strict=True))
    return (min(rows, torus[0]), columns // 2 + 1)


def _common(a: Sides, b: Sides) -> Sides:
    return tuple(map(min, zip(a, b, strict=True)))


def _phases(box: Sides, torus: Sides, shifts) -> np.ndarray:
    rows = np.r_[0 : (box[0] + 1) // 2, -(box[0] // 2) : 0]
    columns = np.arange(box[1])
    weight = np.where((columns == 0) | (2 * columns == torus[1]), 1, 2)
    dy, dx = (np.array(side)[:, None, None] for side in zip(*shifts, strict=True))
    angle = 2 * np.pi * (rows[:, None] * dy / torus[0] + columns * dx / torus[1])
    both = np.stack([weight * np.cos(angle), -weight * np.sin(angle)], axis=1)
    return both.reshape(len(shifts), -1).T


def _over_frequencies(left: Array, right: Array, phases: Array, mode: str) -> Float[Array, "batch rows columns"]:
    """Real products of all rows, as `_over_points` gives them, from half spectra."""
    phases = phases.astype(left.real.dtype)
    if mode == ANGLES:
        a, b = (jnp.moveaxis(side.reshape(*side.shape[:3], -1), 0, 2) for side in (left, right))
        pairs = a[:, :, :, None] * jnp.conj(b)[:, :, None]  # channel, n, parts, parts, K
        parts = jnp.concatenate([pairs.real, pairs.imag], axis=-1)
        moved = jnp.matmul(parts, phases, precision="highest")  # .., shifts
        return jnp.moveaxis(moved, -1, 2).reshape(a.shape[0] * a.shape[1], -1, b.shape[2])
    reals = [jnp.concatenate([side.real, side.imag], axis=3) for side in (left, right)]
    weight = jnp.concatenate([phases[: len(phases) // 2, 0]] * 2).reshape((1, 1, 1, *reals[0].shape[3:]))
    return _matmul(_matrix(reals[0] * weight, mode), _matrix(reals[1], mode))


def _over_points(left: Array, partners: Fields, shifts: tuple[tuple[int, int], ...], mode: str) -> list[Array]:
    """sum_u f(u + shift) g(u): for each partner (batch, shifts and rows of the left, rows of the partner)."""
    f = _ordered(left, mode)
    moved = jnp.stack([_moved(f, shift) for shift in shifts], axis=1)
    a = moved.reshape(len(f), -1, left[0, 0, 0].size)
    b = [_matrix(partner, mode) for partner in partners]
    if mode == ANGLES:
        return [_dots(a, p) for p in b]
    if len(b) > 1 and a.shape[1] > sum(p.shape[1] for p in b) / len(b):  # copy the partners, not read the left again
        ends = np.cumsum([p.shape[1] for p in b])[:-1]
        return jnp.split(_matmul(a, jnp.concatenate(b, axis=1)), ends, axis=2)
    return [_matmul(a, p) for p in b]


def _dots(a: Array, b: Array) -> Array:
    """sum_p a[b, r, p] b[b, q, p] of a few rows each, where partial sums would cost more than the products."""
    return jnp.einsum("brp,bqp->brq", a, b, precision="highest")


def _matmul(a: Array, b: Array) -> Array:
    """sum_p a[b, r, p] b[b, q, p], of up to 16 partial sums: in float32 a tenth of the rounding of one long sum."""
    parts = math.gcd(a.shape[-1], 16)
    a, b = (side.reshape(*side.shape[:2], parts, -1) for side in (a, b))
    return jnp.einsum("brcp,bqcp->bcrq", a, b, precision="highest").sum(1)


def _ordered(f: Array, mode: str) -> Float[Array, "batch rows *space"]:
    """The rows of a block, what two sides of a product share put first, as one axis."""
    order = {FULL: (0, 1, 2), CHANNELS: (1, 0, 2), ANGLES: (1, 2, 0)}[mode]
    batch = {FULL: 1, CHANNELS: f.shape[1], ANGLES: f.shape[1] * f.shape[2]}[mode]
    return f.transpose(*order, *range(3, f.ndim)).reshape(batch, -1, *f.shape[3:])


def _matrix(f: Array, mode: str) -> Float[Array, "batch rows points"]:
    f = _ordered(f, mode)
    return f.reshape(*f.shape[:2], -1)


def _moved(f: Array, shift: tuple[int, int]) -> Array:
    """f(u + shift)."""
    return f if shift == (0, 0) else jnp.roll(f, (-shift[0], -shift[1]), (-2, -1))


def _name(product: Product, partner: int) -> str:
    return f"{product.left},{partner},{product.mode}"


def _pair(name: str) -> tuple[int, int]:
    left, partner, _ = name.split(",")
    return int(left), int(partner)
