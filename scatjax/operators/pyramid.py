"""The wavelet transform and the modulus pyramids, un-averaged: one `Coefficients` a scale, each on its own grid."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ..coefficients import Coefficients, Table, concatenate
from ..domains.torus import spectrum
from ..wavelets import FilterBank
from .cascade import Layer, cascade
from .operator import AbstractOperator, check_channels
from .paths import Chains, Paths, path_table
from .pointwise import identity


class WaveletTransform(AbstractOperator):
    r"""$W_{j\theta}x = x\star\psi_{j\theta}$: a tuple over scales of Coefficients `(*batch, 2 channel L, *grid_j)`.

    `c["W"]` of each is the complex array. A linear map, exact to 1e-6 at an oversampling of 2 octaves: the fields of a
    scale are band-limited. (At 1, tails are cut where they are .007 of the peak, Morlet, or .018, Gaussian-steerable;
    the steerable bumps and Shannon's lose nothing.)

    >>> from scatjax.wavelets import morlet
    >>> W = WaveletTransform(morlet((32, 32), J=2, L=4))(np.ones((32, 32), np.float32))
    >>> [w["W"].shape for w in W]
    [(4, 32, 32), (4, 32, 32)]
    """

    bank: FilterBank
    channels: int | None = eqx.field(static=True, default=None)

    def __check_init__(self):
        check_channels(self.channels)

    @property
    def shape(self):
        """Shape of the fields taken."""
        return self.bank.shape

    def _apply(self, x: Array):
        layers = _layers(self.bank, x, self.channels, Paths(rule=identity))
        return tuple(self._name(j, fields) for j, fields in layers[0].items())

    def _name(self, j: int, fields: Array) -> Coefficients:
        table = path_table(self.bank, "W", self.bank.table.rows(j=j)[:, None], self.channels)
        flat = fields.reshape(-1, *fields.shape[2:])
        parts = Table(**{n: np.tile(c, 2) for n, c in table.columns.items()}, part=np.repeat(["re", "im"], len(table)))
        return Coefficients(jnp.concatenate([flat.real, flat.imag]), parts, self.bank.dimension)


class ModulusPyramid(AbstractOperator):
    r"""$U[\lambda_1..\lambda_m]x$ for m = 1..order: a tuple over outer scales of Coefficients `(*batch, path,
    *grid_j)`.

    Fields of kind "U1", "U2", …; their table holds j1, l1, …, the chain of scales and angles, and the channel.

    >>> from scatjax.wavelets import morlet
    >>> U = ModulusPyramid(morlet((32, 32), J=2, L=4), order=2)(np.ones((32, 32), np.float32))
    >>> [(u["U1"].shape, "U2" in u.kinds) for u in U]
    [((4, 32, 32), False), ((4, 32, 32), True)]
    """

    bank: FilterBank
    order: int = eqx.field(static=True, default=1)
    channels: int | None = eqx.field(static=True, default=None)

    def __check_init__(self):
        check_channels(self.channels)

    @property
    def shape(self):
        """Shape of the fields taken."""
        return self.bank.shape

    def _apply(self, x: Array):
        paths = Paths(order=self.order)
        chains, layers = paths.chains(self.bank), _layers(self.bank, x, self.channels, paths)
        return tuple(self._name(chains, layers, j) for j in range(max(map(max, layers)) + 1))

    def _name(self, chains: list[Chains], layers: list[Layer], j: int) -> Coefficients:
        orders = [m for m, layer in enumerate(layers) if j in layer]
        tables = [path_table(self.bank, f"U{m + 1}", chains[m][j], self.channels) for m in orders]
        values = [layers[m][j].reshape(-1, *layers[m][j].shape[2:]) for m in orders]
        return Coefficients(jnp.concatenate(values), concatenate(tables), self.bank.dimension)


def _layers(bank: FilterBank, x: Array, channels: int | None, paths: Paths) -> list[Layer]:
    fields = x[None] if channels is None else x
    return cascade(bank, spectrum(bank.domain.pad(fields), bank.dimension), paths)
