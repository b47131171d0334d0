r"""The engine of all covariance models: cascade -> gram -> gather -> norm -> finish.

What differs between papers is data: a `Pairs` (which products, which divisors), a gram (over frequencies or windows),
and the bank. Normalization is each field's own until `fit` freezes an observation's.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..domains.torus import half_spectrum, spectrum
from ..errors import InputError, check_finite
from ..operators import Paths, cascade
from ..operators.cascade import Layer
from ..wavelets import FilterBank
from .base import AbstractMoments
from .gram import AbstractGram, make_gram
from .layout import Pairs
from .window import Windows, make_windows


class Moments(AbstractMoments):
    """Covariances of wavelet fields and their moduli, selected by `pairs`, over frequencies or windows.

    `scale` holds the frozen divisors and `variance` the variance a channel of what they were measured on; None: each
    field's own.
    """

    bank: FilterBank
    gram: AbstractGram
    windows: Windows | None
    remainder: tuple[Float[Array, "..."], Float[Array, "..."]] | None
    pairs: Pairs = eqx.field(static=True)
    channels: int | None = eqx.field(static=True)
    scale: Float[Array, "S"] | None
    variance: Float[Array, "C"] | None

    @property
    def shape(self):
        """Shape of the fields taken."""
        return self.bank.shape

    @property
    def table(self):
        """The names of the rows."""
        return self.pairs.table

    def products(self, x: Array) -> Float[Array, "P"]:
        """All raw products of one field, where `pairs.layout` says."""
        x = self._masked(x[None] if self.channels is None else x)
        spectra = spectrum(self.bank.domain.pad(x), self.bank.dimension)
        moduli = cascade(self.bank, spectra, Paths())[0]
        first = [jnp.concatenate([self._average(u**power, j) for j, u in moduli.items()], 1) for power in (2, 1)]
        pieces = [*self._means(x), *first, self._ends(spectra)]
        return jnp.concatenate([p.reshape(-1) for p in pieces] + self._grams(spectra, moduli))

    def _grams(self, spectra: Array, moduli: Layer) -> list[Array]:
        layout, grid = self.pairs.layout, spectra.shape[1:]
        inputs = [(spectra[..., : grid[-1] // 2 + 1], grid)]
        halves, out = inputs[: layout.inputs], []
        inputs = inputs if layout.unfiltered else []
        for j, count in enumerate(layout.outer):
            if j in moduli:
                half = half_spectrum(moduli[j], self.bank.dimension)
                halves.append((half.reshape(-1, *half.shape[2:]), self.bank.grids[j]))
            inputs, halves = self.gram.narrow(j, inputs, False), self.gram.narrow(j, halves, True)
            out += [p.reshape(-1) for p in self.gram.products(j, inputs, halves, layout.parts)] if count else []
        return out

    def _masked(self, x: Array) -> Array:
        """Masked pixels take the mean of the others: whatever stood there, NaN too, counts for nothing."""
        if self.windows is None or self.windows.known is None:
            return x
        lead = (1,) * (x.ndim - self.bank.dimension)
        known, weight = (w.reshape(lead + self.shape) for w in (self.windows.known, self.windows.pixel))
        mean = jnp.where(known, x * weight.astype(x.dtype), 0).mean(self._space, keepdims=True)
        return jnp.where(known, x, mean)

    def _completed(self, x):
        return self._masked(jnp.asarray(x))

    @property
    def _space(self) -> tuple[int, ...]:
        return tuple(range(-self.bank.dimension, 0))

    def _average(self, fields: Array, j: int) -> Array:
        """Mean of fields (channel, L, *grid_j), in the window of scale j if there is one."""
        if self.windows is None:
            return fields.mean(self._space)
        return (fields * self.windows.scale[j].astype(fields.dtype)[None, None]).mean(self._space)

    def _means(self, x: Array) -> tuple[Array, Array]:
        """<x> / std(x) and <x * phi>."""
        mean, variance = self._mean_and_variance(x)
        floor = jnp.finfo(x.dtype).tiny if self.variance is None else 1e-12 * self.variance.astype(x.dtype)
        low = jnp.real(self.bank.phi.reshape(-1)[0]).astype(x.dtype)
        return mean / jnp.sqrt(jnp.maximum(variance, floor)), mean * low

    def _mean_and_variance(self, x: Array) -> tuple[Array, Array]:
        weight = jnp.ones(self.shape, x.dtype) if self.windows is None else self.windows.pixel.astype(x.dtype)
        count = jnp.sum((weight > 0).astype(x.dtype))
        mean = (x * weight[None]).mean(self._space)
        centered = x - mean.reshape(-1, *(1,) * self.bank.dimension)
        return mean, (centered**2 * weight[None]).mean(self._space) * count / (count - 1)

    def _ends(self, spectra: Array) -> Array:
        """Power of the low-pass without the mean, and of what no wavelet covers; zeros where they are not asked for."""
        if self.remainder is None:
            return jnp.zeros((spectra.shape[0], 2), spectra.real.dtype)
        power = spectra.real**2 + spectra.imag**2
        weights = [w.astype(power.dtype) ** 2 for w in self.remainder]
        return jnp.stack([(power * w[None]).sum(self._space) for w in weights], axis=-1)

    def _vector(self, x):
        products = self.products(x)
        scale = self._scales(products) if self.scale is None else self.scale.astype(products.dtype)
        frozen = jnp.ones_like(scale) if self.scale is None else scale
        scale = jnp.concatenate([scale, frozen, jnp.ones(1, scale.dtype)])
        pairs = self.pairs
        values = products[pairs.gather] / (scale[pairs.left] * scale[pairs.right])
        values = values.mean(1)
        tiny = jnp.finfo(values.dtype).tiny
        logs = jnp.log(jnp.maximum(jnp.where(pairs.log, values, 1), tiny))
        return jnp.where(pairs.log, logs, values)

    @property
    def fitted(self):
        """Whether the divisors are frozen."""
        return self.scale is not None

    @property
    def masked(self):
        """Whether there is a mask."""
        return self.windows is not None and self.windows.known is not None

    @property
    def reference_variance(self):
        """The variance of what the map was fitted to."""
        return self.variance

    def _scales(self, products: Array) -> Array:
        return jnp.sqrt(jnp.maximum(products[self.pairs.scales], jnp.finfo(products.dtype).tiny))

    def fit(self, target):
        """Freeze the divisors to the target's power: of one field, or the mean power of a stack of fields."""
        fields, _ = self._flatten(target)
        power, variance = _power_and_variance(self, fields)
        scale = jnp.sqrt(power)
        self._check_power(np.asarray(variance), np.asarray(scale), float(np.abs(np.asarray(fields)).max()))
        frozen = lambda m: (m.scale, m.variance)
        return eqx.tree_at(frozen, self, (scale, variance), is_leaf=lambda leaf: leaf is None)

    def _check_power(self, variance: np.ndarray, scale: np.ndarray, size: float) -> None:
        check_finite(scale, "the power of the target")
        rounding = size * 10 * np.finfo(scale.dtype).eps
        if np.any(variance <= rounding**2):
            raise InputError("the target has zero variance (a constant field): there is nothing to match.")
        layout = self.pairs.layout
        empty = np.flatnonzero(scale[: layout.C * layout.bands] <= rounding)
        if len(empty):
            band = self.bank.table.take(empty[:1] % layout.bands).names()[0]
            raise InputError(f"the target has no power in the band {band}: use a smaller J, or add noise.")

    def at(self, shape) -> "Moments":
        """The same moments, with the same frozen divisors, on another canvas."""
        if self.windows is not None and self.windows.belongs:
            raise InputError("a map with a mask or without edges belongs to its canvas: build one for the other.")
        bank = self.bank.at(shape)
        windows = make_windows(bank)
        gram = make_gram(bank, windows)
        remainder = None if self.remainder is None else remainders(bank)
        return Moments(bank, gram, windows, remainder, self.pairs, self.channels, self.scale, self.variance)


@eqx.filter_jit
def _power_and_variance(phi: Moments, fields: Array) -> tuple[Array, Array]:
    """Mean over fields of the products that divide, and of the variance of every channel."""

    def one(x):
        variance = phi._mean_and_variance(phi._masked(x[None] if phi.channels is None else x))[1]
        return phi.products(x)[phi.pairs.scales], variance

    power, variance = jax.lax.map(one, fields)
    return power.mean(0), variance.mean(0)


def remainders(bank: FilterBank) -> tuple[Array, Array]:
    """Filters of what the wavelets leave free: the low-pass without 0, and sqrt(1 - Littlewood–Paley) beyond it."""
    low = bank.low_pass().copy()
    corner = np.sqrt(np.maximum(1 - bank.littlewood_paley(), 0))
    low.flat[0] = corner.flat[0] = 0
    return jnp.asarray(low, bank.dtype), jnp.asarray(corner, bank.phi.dtype)
