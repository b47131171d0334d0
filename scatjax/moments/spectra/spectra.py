r"""Scattering spectra: a few hundred to a few thousand numbers that hold the power spectrum, sparsity, and the
dependence between scales of a field. Choose them to model and draw fields with one of them as data: images (Cheng,
Morel, Allys, Ménard, Mallat 2023; arXiv 2306.17210) and series (Morel, Rochette, Leonarduzzi, Bouchaud, Mallat 2022;
arXiv 2204.10177), by the dimension of the bank.

One engine serves both: cascade -> products -> gather -> norm -> finish. What differs is data: a `Plan` (which products,
which divisors; `images.py`, `series.py`), sums over frequencies or over windows, and the bank. Normalization is each
field's own until `fit` freezes the target's.
"""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ...citations import cites
from ...domains.torus import half_spectrum
from ...errors import InputError, check_finite
from ...operators import Paths, cascade
from ...operators.layers import Layer
from ...operators.operator import check_channels
from ...wavelets import FilterBank
from ..base import AbstractMoments, Frozen, freeze
from . import images, series
from .plan import Plan
from .products import AbstractProducts, make_products
from .windows import Windows, make_windows

OWN = "P00"


@cites("cheng2023", "morel2022")
def ScatteringSpectra(  # noqa: N802
    bank: FilterBank,
    *,
    isotropic: bool = False,
    normalization: str | None = OWN,
    channels: int | None = None,
    mask=None,
    remove_edges: bool = False,
    ends: bool = False,
    outer=None,
    graph: Sequence[tuple[int, int]] | None = None,
) -> "Moments":
    r"""Scattering spectra of images `(*batch, [channel], y, x)` or series `(*batch, [channel], time)`.

    **Images**:

    $$P_{00}[j] = \langle|x\star\psi_j|^2\rangle,\quad S_1[j] = \langle|x\star\psi_j|\rangle,\quad
    C_{01}[j_2,j_3] = \frac{\langle x\,\overline{|x\star\psi_2|\star\psi_3}\rangle}{\sqrt{P_{00}[j_3]P_{00}[j_2]}},\quad
    C_{11}[j_1,j_2,j_3] = \frac{\langle(|x\star\psi_1|\star\psi_3)\overline{(|x\star\psi_2|\star\psi_3)}\rangle}
    {\sqrt{P_{00}[j_1]P_{00}[j_2]}}$$

    for $j_1\le j_2\le j_3$ and all angles. Kinds of rows: "mean/std", "log P00", "log S1", "C01", "C11" (and "log
    P11"). As computed by the peer, $C_{01}$ carries $\psi_3$ ONCE (its docstring and the paper have $\psi_3$ on both
    factors), so that $|C_{01}|\le1$ is not guaranteed. Rows that are zero by structure (the imaginary part of the
    diagonal of $C_{11}$) do not exist.

    **Series**, with $W_j = x\star\psi_j$ and $V_{j_1j_2} = |x\star\psi_{j_1}|\star\psi_{j_2}$, the low-pass at j = J:

    $$\Phi_1[j] = \langle|W_j|\rangle,\quad \Phi_2[j] = \langle|W_j|^2\rangle,\quad
    \Phi_3[j_1,j_2] = \langle W_{j_2}\overline{V_{j_1j_2}}\rangle,\quad
    \Phi_4[j_1,j_2,j_3] = \langle V_{j_2j_3}\overline{V_{j_1j_3}}\rangle$$

    for $j_1\le j_2<j_3$ ($j_2\le J$ in $\Phi_3$), kinds "Phi1", "mean", "Phi2", "Phi3", "Phi4": sparsity, mean,
    variance, phase-modulus skewness and envelope kurtosis. $\Phi_1$, $\Phi_3$, $\Phi_4$ are divided by
    $\Phi_2^{1/2}$ of each band they hold, the field's own or that of the fit; $\Phi_2$ and the mean by those of a fit
    alone. $\mathrm{Im}\,\Phi_3$ and $\mathrm{Im}\,\Phi_4$ change sign with the direction of time. Nothing is centered:
    see `energies.Centered`. With Q bands per octave, rows keep $j_1\le j_2<j_3$ in octaves and n1 <= n2 in $\Phi_4$.

    **Arguments**

    - `bank`: of images or of series.
    - `normalization`: "P00" or "P11" ($P_{11} = \langle||x\star\psi_2|\star\psi_3|^2\rangle$) on images; "P00" or None
      (no division) on series.
    - `channels`: None, 2 for the cross spectra of two images, any number of series.
    - `mask`: true where the field is known; what stands elsewhere, NaN too, counts for nothing, and samples that are
      drawn keep their start there.
    - `remove_edges`: leave out what the border of a field that is not periodic has touched.

    Of images alone:

    - `isotropic`: real parts averaged over the first angle at fixed differences (`l2`, `l3` of the table are then
      relative to it).
    - `ends`: also the log powers of the low-pass and of the corners of the Fourier plane, so that no band is free.
    - `outer`: other filters for the second layer, (J, L, *torus).

    Of series alone:

    - `graph`: the pairs (left, right) of channels whose spectra are wanted, by default all; of channel "ab", a gives
      $W$ in $\Phi_3$ and $j_2$ in $\Phi_4$, b the modulus $j_1$.

    **Errors** InputError for an unknown normalization, other channels, an option of images given to series or the
    other way round, a mask that leaves a scale empty.

    >>> import numpy as np
    >>> import scatjax as sj
    >>> phi = ScatteringSpectra(sj.wavelets.morlet((64, 64), J=4, L=4), isotropic=True)
    >>> len(phi.table), phi(np.random.default_rng(0).normal(size=(64, 64)).astype("float32"))["C01"].shape
    (369, (40,))
    >>> phi = ScatteringSpectra(sj.wavelets.battle_lemarie((1024,), J=6))
    >>> np.asarray(phi(np.random.default_rng(0).normal(size=1024).astype("float32"))["Phi1"], float).round(1).tolist()
    [0.9, 0.9, 0.9, 0.9, 0.9, 0.9]
    """
    check_channels(channels)
    make = _of_images if bank.dimension == 2 else _of_series
    options = {"isotropic": isotropic, "ends": ends, "outer": outer, "graph": graph}
    plan = make(bank, normalization, channels, **options)
    windows = make_windows(bank, mask, remove_edges=remove_edges)
    products, remainder = make_products(bank, windows, outer), remainders(bank) if ends else None
    return Moments(bank, products, windows, remainder, plan, channels, outer is not None, None)


def _of_images(bank: FilterBank, normalization, channels, *, isotropic, ends, outer, graph) -> Plan:
    if normalization not in (OWN, "P11"):
        raise InputError(f"normalization={normalization!r}: use 'P00' (the power of each band) or 'P11'.")
    if (channels or 1) > 2 or (channels == 2 and normalization == "P11"):
        raise InputError(f"channels={channels} with {normalization}: spectra take one field, or two normalized by P00.")
    if graph is not None:
        raise InputError("graph chooses the pairs of channels of series: images have all pairs of two fields.")
    return images.scattering_spectra(bank.J, bank.L, channels or 1, normalization, isotropic=isotropic, ends=ends)


def _of_series(bank: FilterBank, normalization, channels, *, isotropic, ends, outer, graph) -> Plan:
    if isotropic or ends or outer is not None:
        raise InputError("isotropic, ends and outer are options of images: leave them out for series.")
    if normalization not in (OWN, None):
        raise InputError(f"normalization={normalization!r}: use 'P00' (the power of each band) or None on series.")
    C = channels or 1
    every = [(l, r) for l in range(C) for r in range(C)]
    asked = every if graph is None else [tuple(pair) if isinstance(pair, Sequence) else pair for pair in graph]
    if not asked or len(set(asked)) < len(asked) or not set(asked) <= set(every):
        raise InputError(f"graph={graph} must hold different pairs (left, right) of channels 0..{C - 1}.")
    inner, outer_counts = ([len(psi) for psi in layer.psi] for layer in (bank, bank.layer(1)))
    return series.series_spectra(inner, outer_counts, C, asked, scaled=normalization == OWN)


class Moments(AbstractMoments):
    """Covariances of wavelet fields and their moduli, read as `plan` says, over frequencies or windows.

    `frozen.scale` holds the divisors, `frozen.reference` the variance of each channel of what they were measured on.
    """

    bank: FilterBank
    products: AbstractProducts
    windows: Windows | None
    remainder: tuple[Float[Array, "..."], Float[Array, "..."]] | None
    plan: Plan = eqx.field(static=True)
    channels: int | None = eqx.field(static=True)
    other_filters: bool = eqx.field(static=True)  # the outer filters are not the bank's, and nothing else knows them
    frozen: Frozen | None

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
        """One for each row."""
        return np.ones(len(self.plan))

    @property
    def mask(self):
        """The mask of the windows."""
        return None if self.windows is None else self.windows.mask

    def raw(self, x: Array) -> Float[Array, "P"]:
        """All raw products of one field, where `plan.layout` says."""
        x = self.completed(x[None] if self.channels is None else x)
        spectra = self.bank.domain.spectrum(x)
        moduli = cascade(self.bank, spectra, Paths())[0]
        first = [jnp.concatenate([self._average(u**power, j) for j, u in moduli.items()], 1) for power in (2, 1)]
        pieces = [*self._means(x), *first, self._ends(spectra)]
        return jnp.concatenate([p.reshape(-1) for p in pieces] + self._outer(spectra, moduli))

    def _outer(self, spectra: Array, moduli: Layer) -> list[Array]:
        layout, grid = self.plan.layout, spectra.shape[1:]
        inputs = [(spectra[..., : grid[-1] // 2 + 1], grid)]
        halves, out = inputs[: layout.inputs], []
        inputs = inputs if layout.unfiltered else []
        for j, count in enumerate(layout.outer):
            if j in moduli:
                half = half_spectrum(moduli[j], self.bank.dimension)
                halves.append((half.reshape(-1, *half.shape[2:]), self.bank.grids[j]))
            inputs = self.products.narrow(j, inputs, filtered=False)
            halves = self.products.narrow(j, halves, filtered=True)
            out += [p.reshape(-1) for p in self.products.of_scale(j, inputs, halves, layout.parts)] if count else []
        return out

    def completed(self, x):
        """Fields whose masked pixels take the mean of the others: what stood there, NaN too, counts for nothing."""
        x = jnp.asarray(x)
        if self.windows is None or self.windows.mask is None:
            return x
        lead = (1,) * (x.ndim - self.bank.dimension)
        known, weight = (w.reshape(lead + self.shape) for w in (self.windows.mask, self.windows.pixel))
        mean = jnp.where(known, x * weight.astype(x.dtype), 0).mean(self._space, keepdims=True)
        return jnp.where(known, x, mean)

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
        known = self.reference_variance
        floor = jnp.finfo(x.dtype).tiny if known is None else 1e-12 * known.astype(x.dtype)
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

    def numbers(self, x):
        """The means of the products, divided, of powers the logarithm."""
        products, plan = self.raw(x), self.plan
        scale = self._scales(products) if self.frozen is None else self.frozen.scale.astype(products.dtype)
        frozen = jnp.ones_like(scale) if self.frozen is None else scale
        scale = jnp.concatenate([scale, frozen, jnp.ones(1, scale.dtype)])
        values = products[plan.gather] / (scale[plan.left] * scale[plan.right])
        values = values.mean(1)
        tiny = jnp.finfo(values.dtype).tiny
        logs = jnp.log(jnp.maximum(jnp.where(plan.log, values, 1), tiny))
        return jnp.where(plan.log, logs, values)

    def _scales(self, products: Array) -> Array:
        return jnp.sqrt(jnp.maximum(products[self.plan.scales], jnp.finfo(products.dtype).tiny))

    def fit(self, target):
        """Freeze the divisors to the target's power: of one field, or the mean power of a stack of fields."""
        fields, _ = self.as_fields(target)
        power, variance = _power_and_variance(self, fields)
        scale = jnp.sqrt(power)
        self._check_power(np.asarray(variance), np.asarray(scale), float(np.abs(np.asarray(fields)).max()))
        return freeze(self, Frozen(None, scale, variance))

    def _check_power(self, variance: np.ndarray, scale: np.ndarray, size: float) -> None:
        check_finite(scale, "the power of the target")
        rounding = size * 10 * np.finfo(scale.dtype).eps
        if np.any(variance <= rounding**2):
            raise InputError("the target has zero variance (a constant field): there is nothing to match.")
        layout = self.plan.layout
        empty = np.flatnonzero(scale[: layout.C * layout.bands] <= rounding)
        if len(empty):
            band = self.bank.table.take(empty[:1] % layout.bands).names()[0]
            raise InputError(f"the target has no power in the band {band}: use a smaller J, or add noise.")

    def at(self, shape) -> "Moments":
        """The same moments, with the same frozen divisors, on another canvas."""
        if self.windows is not None and self.windows.belongs:
            raise InputError("a map with a mask or without edges belongs to its canvas: build one for the other.")
        self._check_filters()
        return self._of(self.bank.at(shape))

    def with_mask(self, mask) -> "Moments":
        """The same moments, with the same frozen divisors, of the samples where `mask` is true; None: of all."""
        if mask is None and not self.masked:
            return self
        self._check_filters()
        return self._of(self.bank, mask, remove_edges=self.windows is not None and self.windows.remove_edges)

    def _of(self, bank: FilterBank, mask=None, *, remove_edges: bool = False) -> "Moments":
        windows = make_windows(bank, mask, remove_edges=remove_edges)
        products, remainder = make_products(bank, windows), None if self.remainder is None else remainders(bank)
        return Moments(bank, products, windows, remainder, self.plan, self.channels, self.other_filters, self.frozen)

    def _check_filters(self) -> None:
        if self.other_filters:
            raise InputError("a map with `outer` filters of its own belongs to its canvas and mask: build one anew.")


@eqx.filter_jit
def _power_and_variance(phi: Moments, fields: Array) -> tuple[Array, Array]:
    """Mean over fields of the products that divide, and of the variance of every channel."""

    def one(x):
        variance = phi._mean_and_variance(phi.completed(x[None] if phi.channels is None else x))[1]
        return phi.raw(x)[phi.plan.scales], variance

    power, variance = jax.lax.map(one, fields)
    return power.mean(0), variance.mean(0)


def remainders(bank: FilterBank) -> tuple[Array, Array]:
    """Filters of what the wavelets leave free: the low-pass without 0, and sqrt(1 - Littlewood–Paley) beyond it."""
    low = bank.low_pass().copy()
    corner = np.sqrt(np.maximum(1 - bank.littlewood_paley(), 0))
    low.flat[0] = corner.flat[0] = 0
    return jnp.asarray(low, bank.dtype), jnp.asarray(corner, bank.phi.dtype)
