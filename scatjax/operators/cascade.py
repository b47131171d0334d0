r"""The cascade: $U[\lambda_1..\lambda_m]x = \rho(\ldots\rho(x\star\psi_{\lambda_1})\ldots\star\psi_{\lambda_m})$,
grouped
by outer scale.

Python loops run over scales only. At each scale ONE batched multiplication and inverse FFT makes all angles of all
inner paths, on the grid of that scale (performance.md 3.1). Every statistic of this library starts here.
"""

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex

from ..domains.torus import Shape, crop, field, half_spectrum, place, times, whole_spectrum
from ..wavelets import FilterBank
from .pointwise import modulus


class Paths(eqx.Module):
    """Which fields a cascade makes: chains of scales that grow outward, each with all its angles.

    `order` = longest chain; `repeat` = whether a scale may follow itself (j1 <= j2) or must grow (j1 < j2); `rule` =
    what is applied after each wavelet.
    """

    order: int = eqx.field(static=True, default=1)
    repeat: bool = eqx.field(static=True, default=False)
    rule: Callable[[Array], Array] = eqx.field(static=True, default=modulus)

    def inner(self, j: int) -> range:
        """Scales that may precede scale j."""
        return range(j + 1 if self.repeat else j)

    def chains(self, order: int, j: int, L: int) -> np.ndarray:
        """(paths, order, 2) columns (scale, angle) of the chains that end at scale j, in the cascade's order."""
        last = np.stack([np.full(L, j), np.arange(L)], axis=1)[:, None]
        if order == 1:
            return last
        inner = [self.chains(order - 1, i, L) for i in self.inner(j)]
        before = np.concatenate(inner) if inner else np.zeros((0, order - 1, 2), int)
        pairs = np.repeat(before, L, axis=0), np.tile(last, (len(before), 1, 1))
        return np.concatenate(pairs, axis=1)


def wavelet_fields(bank: FilterBank, spectra: Complex[Array, "n ..."], j: int) -> Complex[Array, "n L ..."]:
    """x * psi_j for every field (given by its whole spectrum) and every angle, on the grid of scale j."""
    psi = bank.psi[j]
    # stacked and not broadcast: its transpose is then a sum of slices, which fuses (performance.md 3.9)
    each = jnp.stack([crop(spectra, psi.shape[1:])] * bank.L, axis=1)
    inside = times(each, psi[None])
    return field(place(inside, bank.grids[j]), bank.dimension)


def cascade(bank: FilterBank, spectra: Complex[Array, "channel ..."], paths: Paths) -> list[list[Array]]:
    """`out[j][m]`: fields of order m+1 with outer scale j, `(channel, path, *grid_j)`, paths as in `Paths.chains`."""
    out: list[list[Array]] = []
    halves: list[list[tuple[Array, Shape]]] = []  # of each field that a later wavelet filters, transformed once
    for j in range(bank.J):
        out.append([])
        halves.append([])
        for order in range(paths.order):
            inner = [halves[i][order - 1] for i in paths.inner(j) if order <= len(halves[i])] if order else []
            if order and not inner:
                break
            whole = _whole(bank, inner, j) if order else spectra[:, None]
            out[j].append(_layer(bank, whole, j, paths.rule))
            if order + 1 < paths.order:
                halves[j].append((half_spectrum(out[j][order], bank.dimension), bank.grids[j]))
    return out


def _layer(bank: FilterBank, inner: Array, j: int, rule: Callable[[Array], Array]) -> Array:
    channel, n = inner.shape[:2]
    fields = wavelet_fields(bank, inner.reshape(channel * n, *inner.shape[2:]), j)
    return rule(fields).reshape(channel, n * bank.L, *bank.grids[j])


def _whole(bank: FilterBank, halves: list[tuple[Array, Shape]], j: int) -> Array:
    """Whole spectra, on the box of scale j, of real fields given by half spectra on their own grids."""
    box = bank.psi[j].shape[1:]
    return jnp.concatenate([crop(whole_spectrum(half, grid), box) for half, grid in halves], axis=1)
