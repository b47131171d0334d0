"""Which fields a cascade makes: chains of bands, and the rule that says which band may follow which.

Bands whose path carries no energy are left out: a modulus |x * psi_1| lives below the bandwidth of psi_1, so that only
lower bands see it. `IncreasingScale` is the rule of most peers; at one wavelet per octave it drops 43 % of the
second-order energy of white noise, because three bands share the finest scale; `IncreasingFrequency` keeps all of it.
A rule of your own is one class, a subclass of `AbstractFollows`.
"""

import abc
from collections.abc import Callable, Sequence

import equinox as eqx
import numpy as np
from jaxtyping import Array

from ..coefficients import Table
from ..errors import InputError
from ..wavelets import FilterBank
from .pointwise import modulus

Rule = Callable[[Array], Array]
Chains = dict[int, np.ndarray]  # outer scale -> (paths, order) rows of the layers' tables


class AbstractFollows(eqx.Module):
    """A rule that says which bands of a layer may follow which of the layer before."""

    @abc.abstractmethod
    def allows(self, parent: Table, child: Table) -> np.ndarray:
        """A matrix (parents, children), true where the child may follow; rows of the tables of both layers' banks."""


class IncreasingScale(AbstractFollows):
    """The rule j1 < j2 (with `repeat`: j1 <= j2), scales counted in octaves of subsampling (Kymatio)."""

    repeat: bool = eqx.field(static=True, default=False)

    def allows(self, parent, child):
        """A comparison of the columns j."""
        first, second = parent["j"][:, None], child["j"][None]
        return first <= second if self.repeat else first < second


class IncreasingFrequency(AbstractFollows):
    """The rule xi2 < xi1: every lower band."""

    def allows(self, parent, child):
        """A comparison of the columns xi."""
        return child["xi"][None] < parent["xi"][:, None] * (1 - 1e-12)


class Bandwidth(AbstractFollows):
    r"""The rule $\xi_2 < 2^{o}\,(\pi/\sqrt3)\,\sigma_1$: within the parent's bandwidth times 2^`octaves` (ScatNet)."""

    octaves: float = eqx.field(static=True, default=0.0)

    def allows(self, parent, child):
        """A comparison of the child's xi with the parent's sigma."""
        if np.isnan(parent["sigma"]).any():
            raise InputError("Bandwidth() needs the width sigma of each band: use IncreasingFrequency() here.")
        bandwidth = np.pi / np.sqrt(3) * parent["sigma"] * 2.0**self.octaves
        return child["xi"][None] < bandwidth[:, None]


def _one_per_layer(rules: Rule | Sequence[Rule]) -> tuple[Rule, ...]:
    rules = (rules,) if callable(rules) else tuple(rules)
    if not rules or not all(map(callable, rules)):
        raise InputError(f"rules={rules} must be a pointwise rule, such as modulus, or a tuple with one per layer.")
    return rules


class Paths(eqx.Module):
    """Chains of up to `order` bands, and what is done after each wavelet.

    **Arguments**

    - `order`: the most bands of a chain, which is the number of layers.
    - `follows`: which band may follow which.
    - `rules`: the pointwise rule after a wavelet: one, or a tuple with one per layer; the last serves all that follow.

    >>> from scatjax.operators import identity
    >>> paths = Paths(order=3, rules=(identity, modulus))
    >>> [paths.rule(layer).__name__ for layer in range(3)]
    ['identity', 'modulus', 'modulus']
    """

    order: int = eqx.field(static=True, default=1)
    follows: AbstractFollows = IncreasingScale()
    rules: tuple[Rule, ...] = eqx.field(static=True, default=modulus, converter=_one_per_layer)

    def rule(self, layer: int) -> Rule:
        """The pointwise rule after the wavelets of layer 0, 1, .. ."""
        return self.rules[min(layer, len(self.rules) - 1)]

    def follow(self, bank: FilterBank, layer: int, before: Chains, i: int, j: int) -> np.ndarray:
        """A matrix, true where a band of scale j of this layer may follow a chain that ends at scale i of the last."""
        parent, child = bank.layer(layer - 1).table, bank.layer(layer).table
        return self.follows.allows(parent.take(before[i][:, -1]), child.take(child.rows(j=j)))

    def chains(self, bank: FilterBank) -> list[Chains]:
        """The chains of each order by their outer scale, rows in the order in which the cascade makes them."""
        rows = [{j: layer.table.rows(j=j) for j in range(layer.scales)} for layer in self._layers(bank)]
        out: list[Chains] = [{j: bands[:, None] for j, bands in rows[0].items() if len(bands)}] if rows else []
        for layer in range(1, self.order):
            found = {j: self._extended(bank, layer, out[-1], j, bands) for j, bands in rows[layer].items()}
            out.append({j: chains for j, chains in found.items() if len(chains)})
        return out

    def _layers(self, bank: FilterBank) -> list[FilterBank]:
        return [bank.layer(m) for m in range(self.order)]

    def _extended(self, bank: FilterBank, layer: int, before: Chains, j: int, bands: np.ndarray) -> np.ndarray:
        """Chains whose last band is at scale j, one after the other: inner scales, their chains, then the last band."""
        pieces = [np.zeros((0, layer + 1), int)]
        for i, chains in before.items():
            first, last = np.nonzero(self.follow(bank, layer, before, i, j))
            pieces.append(np.concatenate([chains[first], bands[last][:, None]], axis=1))
        return np.concatenate(pieces)


def path_axes(chains: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The path axis of one outer scale as two axes, (inner chains, bands of the outer scale), the bands inner.

    `chains` are those of one outer scale, `paths.chains(bank)[order][j]`. Gives the inner chains, (inner, order - 1),
    and the bands, rows of the last layer's table; fields `(channel, path, *grid)` of that scale then reshape to
    `(channel, inner, band, *grid)`. InputError where some band follows some inner chains and not others.

    >>> from scatjax.wavelets import morlet
    >>> chains = Paths(order=2).chains(morlet((32, 32), J=2, L=2))[1][1]
    >>> inner, bands = path_axes(chains)
    >>> chains.tolist(), inner[:, 0].tolist(), bands.tolist()
    ([[0, 2], [0, 3], [1, 2], [1, 3]], [0, 1], [2, 3])
    """
    bands = np.unique(chains[:, -1])
    inner = chains[:: len(bands), :-1]
    whole = np.concatenate([np.repeat(inner, len(bands), axis=0), np.tile(bands, len(inner))[:, None]], axis=1)
    if not np.array_equal(whole, chains):
        raise InputError(
            f"these {len(chains)} chains are no product of inner chains and the {len(bands)} bands of their scale: "
            f"use IncreasingScale(), or take the paths by their table."
        )
    return inner, bands


def path_table(bank: FilterBank, kind: str, chains: np.ndarray, channels: int | None = None) -> Table:
    """The names of (paths, order) chains: order, each layer's columns numbered j1, l1, xi1, ..; channels outside."""
    n, count = channels or 1, len(chains)
    bands = [bank.layer(m).table.take(rows) for m, rows in enumerate(chains.T)]
    names = dict.fromkeys(name for table in bands for name in table.columns if name != "kind")
    has = [(name, m, table) for name in names for m, table in enumerate(bands, start=1) if name in table.columns]
    columns = {f"{name}{m}": np.tile(table[name], n) for name, m, table in has}
    channel = {} if channels is None else {"channel": np.repeat(np.arange(n), count)}
    order = np.full(n * count, chains.shape[1])
    return Table(kind=np.full(n * count, kind), order=order, **columns, **channel)
