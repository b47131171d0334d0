r"""The covariance engine of phase harmonics and rectifiers: fields -> centering and scaling -> products -> gather.

$$z_\lambda = x\star\psi_\lambda,\quad f_a = \rho_a(z_\lambda),\quad \tilde f_a = (f_a - m_a)/s_a,\quad
S[a,b,\tau] = \langle\tilde f_a(u+\tau)\,\overline{\tilde f_b(u)}\rangle,\quad(a,b,\tau)\in\Gamma$$

What differs between papers is data: a `Gamma`, and the bank. m and s are the target's, frozen by `fit`: a field that is
drawn is NOT centered again, so the means of all fields are constrained too. Until then they are each field's own.
"""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ...citations import cites
from ...domains.torus import mirrored, place
from ...errors import InputError
from ...operators.layers import convolved
from ...operators.pointwise import harmonic, modulus, rectifier
from ...wavelets import FilterBank
from ...wavelets.bank import cast
from ..base import AbstractMoments, Frozen, freeze
from .edges import AbstractEdges, with_mask
from .gamma import HAAR, LOW, ONE, PSI, Gamma
from .plan import BlockKey, Plan
from .products import Fields, Products, make_products


@cites("zhang2021")
class Covariances(AbstractMoments):
    """Covariances of pointwise functions of wavelet fields over the rows of a `Gamma`, at spatial shifts.

    `frozen.center` holds, for each block of fields, the means m of its rows (parts, channel, n), `frozen.scale` the
    deviations s of its fields (channel, n).
    """

    bank: FilterBank
    filters: dict[str, Array]  # spectra over the torus of what is no wavelet: the low-passes, Haar's
    windows: tuple[Float[Array, "..."] | None, ...]  # of each block: mean 1; None: every point counts the same
    products: Products
    sign: Float[Array, "K terms"]
    mask: Bool[Array, "*space"] | None
    plan: Plan = eqx.field(static=True)
    edges: AbstractEdges = eqx.field(static=True)
    channels: int | None = eqx.field(static=True)
    wall: tuple[int, ...] = eqx.field(static=True)  # zeros that keep shifts from wrapping, each axis
    frozen: Frozen | None

    @property
    def gamma(self) -> Gamma:
        """The index set."""
        return self.plan.gamma

    @property
    def shape(self):
        """Shape of the fields taken."""
        return self.bank.shape

    @property
    def table(self):
        """The names of the rows."""
        return self.plan.table

    @property
    def weights(self):
        """The weights that `gamma` gives to kinds of rows, 1 by default."""
        return np.array([self.gamma.weights.get(kind, 1.0) for kind in self.table["kind"].tolist()])

    def completed(self, x):
        """Fields whose unknown samples take the mean of the others: what stood there, NaN too, counts for nothing."""
        if self.mask is None:
            return x
        x, axes = jnp.asarray(x), self._space
        known = self.mask.reshape((1,) * (x.ndim - len(axes)) + self.shape)
        mean = jnp.where(known, x, 0).sum(axes, keepdims=True) / known.sum().astype(x.dtype)
        return jnp.where(known, x, mean)

    @property
    def _space(self) -> tuple[int, ...]:
        return tuple(range(-self.bank.dimension, 0))

    def numbers(self, x):
        """The sums of products, divided by the scales of their fields."""
        fields = self._fields(x)
        frozen = self._statistics(fields) if self.frozen is None else self.frozen
        products = self._products(fields, frozen)
        values = (products[self.plan.gather] * self.sign.astype(products.dtype)).sum(1)
        scale = self._divisors(frozen, values.dtype)
        return values / (scale[self.plan.left] * scale[self.plan.right])

    def _fields(self, x: Array) -> Fields:
        """All fields of one x before centering, block by block."""
        x = self.completed(x if self.channels is not None else x[None])
        if self.gamma.complex_map:
            x = jax.lax.complex(x[0], x[1])[None]
        spectra = self.bank.domain.spectrum(x)
        waves = {j: self._waves(spectra, j) for j in sorted({j for band, j, _ in self.plan.keys if band == PSI})}
        linear = {band: self._linear(spectra, band) for band in self.filters}
        return [self._block(key, waves, linear, x.dtype) for key in self.plan.keys]

    def _waves(self, spectra: Array, j: int) -> Array:
        psi = self.bank.psi[j]
        if self.gamma.complex_map:
            psi = jnp.concatenate([psi, mirrored(psi, self.bank.dimension)])
        return convolved(spectra, psi, self.bank.domain.padded, self.bank.dimension)

    def _linear(self, spectra: Array, band: str) -> Array:
        filters = self.filters[band]
        out = convolved(spectra, filters, self.bank.domain.padded, self.bank.dimension)
        out = out if self.gamma.complex_map else out.real
        if self.gamma.norm.low == "own":
            out = out - _mean(out, self._window_of(band), self._space)
        return out

    def _window_of(self, band: str) -> Array | None:
        return next(w for key, w in zip(self.plan.keys, self.windows, strict=True) if key[0] == band)

    def _block(self, key: BlockKey, waves: dict[int, Array], linear: dict[str, Array], dtype) -> Array:
        band, j, k = key
        if band == ONE:
            return jnp.ones((1, 1, 1, *self.bank.domain.padded), jnp.finfo(dtype).dtype)
        if band in linear:
            inner = self._inner(key)  # |.| is taken after centering, in `_normalized`
            f = _absolute(linear[band]) if k == 0 and not inner else linear[band]
        elif self.gamma.phases is not None:
            f = rectifier(waves[j], k, self.gamma.phases)
        else:
            f = harmonic(waves[j], k)
        return jnp.stack([f.real, f.imag]) if jnp.iscomplexobj(f) else f[None]

    def _statistics(self, fields: Fields) -> Frozen:
        """Mean of each row and deviation of each field, of one x."""
        means, deviations = [], []
        for key, f, window in zip(self.plan.keys, fields, self.windows, strict=True):
            before = self._before(key)
            f = _weighted(f, window) if before else f
            window = None if self.edges.before else window
            mean = _mean(f, window, self._space)
            power = _mean((f - mean) ** 2, window, self._space).sum(0)
            if self.gamma.norm.pooled and key[0] == PSI:
                mean = jnp.broadcast_to(mean.mean(2, keepdims=True), mean.shape)
                if not self.gamma.complex_map:  # the other L angles are the conjugates: imaginary parts cancel
                    mean = mean.at[1:].set(0)
                power = _mean((f - mean) ** 2, window, self._space).sum(0).mean(1, keepdims=True)
                power = jnp.broadcast_to(power, f.shape[1:3] + power.shape[2:])
            means.append(mean.reshape(f.shape[:3]))
            deviations.append(jnp.sqrt(jnp.maximum(power.reshape(f.shape[1:3]), jnp.finfo(f.dtype).tiny)))
        return Frozen(tuple(means), tuple(deviations))

    def _before(self, key: BlockKey) -> bool:
        return self.edges.before if key[0] == PSI else self.edges.low_before

    def _inner(self, key: BlockKey) -> bool:
        """True if the field is centered and divided before its modulus, and not after."""
        return self.gamma.norm.low == "target" and key[0] in (LOW, HAAR)

    def _normalized(self, fields: Fields, frozen: Frozen, center: str) -> Fields:
        """Centered fields times their windows; divided by s only where that comes before a modulus."""
        norm, out = self.gamma.norm, []
        every = zip(self.plan.keys, fields, self.windows, frozen.center, frozen.scale, strict=True)
        for key, f, window, mean, deviation in every:
            if key[0] == ONE:
                out.append(f if self.edges.before else _weighted(f, window))
                continue
            before, space = self._before(key), (1,) * self.bank.dimension
            f = _weighted(f, window) if before else f
            if center == "own" and not self._inner(key):
                f = f - _mean(f, None if self.edges.before else window, self._space)
            elif not (key[0] == HAAR and self._inner(key)):  # the mean of Haar's differences is 0
                f = f - mean.astype(f.dtype).reshape(*mean.shape, *space)
            if self._inner(key):
                f = _absolute(f) if key[2] == 0 else f
                f = f / (deviation.astype(f.dtype) + norm.floor).reshape(1, *deviation.shape, *space)
            out.append(f if before else _weighted(f, window))
        return out

    def _divisors(self, frozen: Frozen, dtype) -> Array:
        scales = []
        for key, deviation in zip(self.plan.keys, frozen.scale, strict=True):
            one = self._inner(key) or not self._divides(key)
            flat = deviation.astype(dtype).reshape(-1)
            scales.append(jnp.ones_like(flat) if one else flat + self.gamma.norm.floor)
        return jnp.concatenate(scales)

    def _products(self, fields: Fields, frozen: Frozen) -> Float[Array, "P"]:
        """All sums of products; means are of fields less the target's, whatever the covariances are of."""
        centers = {self.gamma.norm.center} | {"target" for product in self.plan.products if product.is_mean}
        ready = {c: self._walled(self._normalized(fields, frozen, c)) for c in sorted(centers)}
        return self.products(ready[self.gamma.norm.center], ready.get("target"))

    def _walled(self, fields: Fields) -> Fields:
        """The fields with zeros after the last row and column, so that shifts do not wrap where the canvas ends."""
        wall = ((0, 0),) * 3 + tuple((0, width) for width in self.wall)
        return [jnp.pad(f, wall) for f in fields] if any(self.wall) else fields

    def fit(self, target):
        """Freeze centers and scales to the target's: of one field, or of a stack (its mean, and mean power)."""
        fields, _ = self.as_fields(target)
        frozen, variance = _frozen(self, fields), self._variance(np.asarray(fields))
        self._check(frozen, variance, float(np.abs(np.asarray(fields)).max()))
        return freeze(self, Frozen(frozen.center, frozen.scale, jnp.asarray(variance)))

    def _variance(self, fields: np.ndarray) -> np.ndarray:
        """Mean over fields of the variance of each channel, over known samples; float64, so that 0 is seen as 0."""
        lead = fields if self.channels is not None else fields[:, None]
        known = slice(None) if self.mask is None else np.asarray(self.mask).reshape(-1)
        values = lead.reshape(*lead.shape[:2], -1)[..., known]
        return values.astype(float).var(-1, ddof=1).mean(0).astype(fields.dtype)

    def _check(self, frozen: Frozen, variance: np.ndarray, size: float) -> None:
        eps = float(np.finfo(variance.dtype).eps)
        constant = np.flatnonzero(variance <= (10 * eps * size) ** 2)
        if len(constant):
            name = "the target" if self.channels is None else f"channel {constant[0]} of the target"
            raise InputError(f"{name} has zero variance (a constant field): there is nothing to match.")
        for key, deviation in zip(self.plan.keys, frozen.scale, strict=True):
            empty = np.argwhere(np.asarray(deviation) <= 10 * eps * size)
            if not self._divides(key) or not len(empty):
                continue
            name = _field_name(key, int(empty[0][1]), self.gamma.phases)
            where = f" in channel {empty[0][0]}" if (self.channels or 1) > 1 and not self.gamma.complex_map else ""
            raise InputError(
                f"{name} of the target has zero variance{where}: nothing divides it; drop its rows (`gamma.drop`), or"
                " use Norm(divide=False)."
            )

    def _divides(self, key: BlockKey) -> bool:
        """True if the deviation of a field divides it."""
        return key[0] != ONE and (self.gamma.norm.divide or self._inner(key))

    def at(self, shape) -> "Covariances":
        """The same covariances on another canvas, with the same centers and scales."""
        if self.masked:
            raise InputError("the mask belongs to this canvas: build the map anew with a mask of the other shape.")
        bank = self.bank.at(shape)
        return freeze(covariances(bank, self.gamma, self.channels, self.edges.at(bank)), self.frozen)

    def with_mask(self, mask) -> "Covariances":
        """The same covariances, with the same centers and scales, of the samples where `mask` is true; None: of all.

        The mask stands for the edges of `gamma`, and a map whose mask is taken off is without both.
        """
        if mask is None and not self.masked:
            return self
        edges = with_mask(self.edges, self.bank, mask)
        return freeze(covariances(self.bank, self.gamma, self.channels, edges), self.frozen)


def covariances(bank: FilterBank, gamma: Gamma, channels: int | None, edges: AbstractEdges) -> Covariances:
    """The map of a Gamma on a bank."""
    _check_shifts(gamma, bank.shape)
    plan = Plan(gamma, bank.scales, bank.L, channels or 1)
    filters = _linear_filters(bank, plan)
    bank = _odd_boxes(bank) if gamma.complex_map else bank
    windows = _windows(bank, plan, edges)
    products = make_products(plan, bank, windowed=any(w is not None for w in windows))
    wall = _wall(bank, gamma, edges, windows)
    mask = None if edges.mask is None else jnp.asarray(edges.mask)
    sign = plan.sign / _counts(plan, windows, bank.domain.padded, edges, wall)
    send = lambda array: None if array is None else jax.device_put(np.asarray(array, bank.dtype))
    return Covariances(
        bank, filters, tuple(map(send, windows)), products, send(sign),  # type: ignore[arg-type]
        mask, plan, edges, channels, wall, None,
    )  # fmt: skip


def _odd_boxes(bank: FilterBank) -> FilterBank:
    """Filters on boxes that hold -k beside each k: fields are on the whole torus, where n/2 of a box is not -n/2."""
    torus = bank.domain.padded
    odd = lambda psi: tuple(min(2 * (n // 2) + 1, t) for n, t in zip(psi.shape[1:], torus, strict=True))
    return dataclasses.replace(bank, psi=tuple(place(psi, odd(psi)) for psi in bank.psi))


def _windows(bank: FilterBank, plan: Plan, edges: AbstractEdges) -> list[np.ndarray | None]:
    """The window of each block of fields: of its scale, the coarsest for low-passes, the finest for Haar's."""
    scale = {LOW: bank.scales - 1, HAAR: 0, ONE: 0}
    at = {j: edges.window(bank, j) for j in sorted({scale.get(band, j) for band, j, _ in plan.keys})}
    return [at[scale.get(band, j)] for band, j, _ in plan.keys]


def _check_shifts(gamma: Gamma, shape: tuple[int, ...]) -> None:
    for name, side in zip(("dy", "dx"), shape, strict=True):
        far = int(np.abs(gamma.rows[name]).max(initial=0))
        if far >= side:
            raise InputError(f"a shift of {far} samples goes beyond the grid {shape}: use fewer, or a smaller J.")


def _wall(bank: FilterBank, gamma: Gamma, edges: AbstractEdges, windows: list[np.ndarray | None]) -> tuple[int, ...]:
    """Zeros that each axis lacks, beside those of the windows, for the largest shift not to reach round the torus."""
    if edges.wraps(bank):
        return (0,) * bank.dimension
    known = np.any([np.asarray(w) > 0 for w in windows if w is not None], axis=0)
    out = []
    for axis, name in enumerate(("dy", "dx")):
        line = np.flatnonzero(known.any(1 - axis))
        gap = line[0] + known.shape[axis] - 1 - line[-1]
        out.append(max(0, int(np.abs(gamma.rows[name]).max(initial=0)) - int(gap)))
    return tuple(out)


def _counts(
    plan: Plan, windows: list[np.ndarray | None], torus: tuple[int, ...], edges: AbstractEdges, wall: tuple[int, ...]
) -> np.ndarray:
    """The sum of weights of each product: N where all count or windows came before centering."""
    if edges.before or all(w is None for w in windows):
        return np.array(float(np.prod(torus)))
    same = {id(window): n for n, window in enumerate(windows)}  # blocks of one scale share theirs
    walled = {n: np.pad(np.asarray(windows[n]), [(0, width) for width in wall]) for n in same.values()}
    of = np.array([same[id(window)] for window in windows])
    terms = np.concatenate([of[plan.terms[:, :2]], plan.terms[:, 2:]], axis=1)
    unique, inverse = np.unique(terms, axis=0, return_inverse=True)
    counts = np.array([_overlap(walled[a], walled[b], (dy, dx)) for a, b, dy, dx in unique.tolist()])
    return counts[inverse.reshape(-1), None]


def _overlap(a: np.ndarray, b: np.ndarray, shift: tuple[int, int]) -> float:
    overlap = float((np.roll(a, (-shift[0], -shift[1]), (-2, -1)) * b).sum())
    if not overlap:
        raise InputError(f"the mask leaves no pair of samples at the shift {shift}: use a smaller J, or fewer shifts.")
    return overlap


def _linear_filters(bank: FilterBank, plan: Plan) -> dict[str, Array]:
    wanted, out = {band for band, _, _ in plan.keys}, {}
    if LOW in wanted:
        out[LOW] = cast(plan.gamma.low.filters(bank), bank.dtype)
    if HAAR in wanted:
        out[HAAR] = cast(haar_filters(bank.domain.padded), bank.dtype)
    return out


def haar_filters(shape: tuple[int, ...]) -> np.ndarray:
    """Spectra of the three differences of 2x2 blocks at (1:3, 1:3), a quarter each (Brochard et al. 2022)."""
    filters = np.zeros((3, *shape))
    filters[:, 1:3, 1:3] = np.array([[[1, -1], [1, -1]], [[1, 1], [-1, -1]], [[1, -1], [-1, 1]]]) / 4
    return np.fft.fft2(filters)


def _absolute(f: Array) -> Array:
    """The modulus, with slope 0 at 0."""
    return modulus(f) if jnp.iscomplexobj(f) else jnp.where(f > 0, f, -f)


def _weighted(f: Array, window: Array | None) -> Array:
    return f if window is None else f * _like(window, f)


def _like(window: Array, f: Array) -> Array:
    return window.astype(f.dtype).reshape((1,) * (f.ndim - window.ndim) + window.shape)


def _mean(f: Array, window: Array | None, space: tuple[int, ...]) -> Array:
    """Mean over the points in a window, axes kept."""
    if window is None:
        return f.mean(space, keepdims=True)
    return _weighted(f, window).sum(space, keepdims=True) / window.astype(f.dtype).sum()


@eqx.filter_jit
def _frozen(phi: Covariances, fields: Array) -> Frozen:
    """Centers and scales of a stack of fields: the mean of each row, and the mean power around it."""
    each = jax.lax.map(lambda x: phi._statistics(phi._fields(x)), fields)  # one by one: the memory of one field
    if len(fields) == 1:
        frozen = jax.tree.map(lambda leaf: leaf[0], each)
    else:
        means = [m.mean(0) for m in each.center]
        spread = [((m - mean[None]) ** 2).mean(0).sum(0) for m, mean in zip(each.center, means, strict=True)]
        power = [(d**2).mean(0) + s for d, s in zip(each.scale, spread, strict=True)]
        frozen = Frozen(tuple(means), tuple(map(jnp.sqrt, power)))
    return frozen


def _field_name(key: BlockKey, l: int, phases: int | None) -> str:
    band, j, k = key
    if band != PSI:
        return f"the field x * {band}[{l}]"
    return f"the field rho_{k}(x * psi[j={j}, l={l}])" if phases else f"the field [x * psi[j={j}, l={l}]]^{k}"
