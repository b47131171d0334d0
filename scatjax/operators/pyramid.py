"""The wavelet transform and the modulus pyramids, un-averaged: one `Coefficients` a scale, each on its own grid."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ..coefficients import Coefficients, Table, concatenate
from ..domains.torus import spectrum
from ..wavelets import FilterBank
from .cascade import Paths, cascade
from .operator import AbstractOperator, check_channels
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
        return tuple(self._name(j, layer[0]) for j, layer in enumerate(layers))

    def _name(self, j: int, fields: Array) -> Coefficients:
        table = _table("W", Paths().chains(1, j, self.bank.L), self.channels)
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
        layers = _layers(self.bank, x, self.channels, paths)
        return tuple(self._name(paths, j, layer) for j, layer in enumerate(layers))

    def _name(self, paths: Paths, j: int, layer: list[Array]) -> Coefficients:
        chains = [paths.chains(order + 1, j, self.bank.L) for order in range(len(layer))]
        tables = [_table(f"U{m}", chain, self.channels) for m, chain in enumerate(chains, start=1)]
        values = jnp.concatenate([fields.reshape(-1, *fields.shape[2:]) for fields in layer])
        return Coefficients(values, concatenate(tables), self.bank.dimension)


def _layers(bank: FilterBank, x: Array, channels: int | None, paths: Paths) -> list[list[Array]]:
    fields = x[None] if channels is None else x
    return cascade(bank, spectrum(bank.domain.pad(fields), bank.dimension), paths)


def _table(kind: str, chains: np.ndarray, channels: int | None) -> Table:
    """Rows channel-outer, path-inner, as the cascade lays them out."""
    count, order = len(chains), chains.shape[1]
    n = channels or 1
    columns = {f"{letter}{m + 1}": np.tile(chains[:, m, i], n) for i, letter in enumerate("jl") for m in range(order)}
    channel = np.repeat(np.arange(n) if channels else [-1], count)
    return Table(kind=np.full(n * count, kind), **columns, channel=channel)
