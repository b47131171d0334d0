"""Linear maps of the rows of a moment map: fewer numbers, or the same in another basis."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from ...coefficients import Table
from ...errors import InputError
from ..around import AbstractAround
from ..base import AbstractMoments

COVARIANCES = ("C01", "C11")


class Rotation(eqx.Module):
    """A linear change of rows in blocks: block b takes the rows `index[b]` (group, n) to `matrix[b]` (m, n) times them.

    An index one past the end is a row that is zero by structure.
    """

    index: tuple[Int[Array, "..."], ...]
    matrix: tuple[Float[Array, "..."], ...]

    def __call__(self, v: Float[Array, "K"]) -> Float[Array, "M"]:
        """The rows of the blocks, one block after the other."""
        padded = jnp.concatenate([v, jnp.zeros(1, v.dtype)])
        blocks = zip(self.index, self.matrix, strict=True)
        turned = [jnp.matmul(padded[i], m.T.astype(v.dtype), precision="highest") for i, m in blocks]
        return jnp.concatenate([t.reshape(-1) for t in turned])


class Reduced(AbstractAround):
    """A moment map in other rows: means at lags (`invariant`), or harmonics (`reduced`) less those `keep` dropped."""

    phi: AbstractMoments
    rotations: tuple[Rotation, ...]
    kept: Int[Array, "M"]
    table: Table = eqx.field(static=True)

    @property
    def channels(self):  # type: ignore[override]
        """Channels of the fields taken."""
        return self.phi.channels

    @property
    def weights(self):
        """The weights that the map inside gives to these kinds of rows."""
        kinds = dict(zip(self.phi.table["kind"].tolist(), self.phi.weights.tolist(), strict=True))
        return np.array([kinds.get(kind, 1.0) for kind in self.table["kind"].tolist()])

    def numbers(self, x):
        """The numbers of the map inside in the other rows."""
        v = self.phi.numbers(x)
        for rotation in self.rotations:
            v = rotation(v)
        return v[self.kept]

    def keep(self, fields, signal_to_noise: int | float = 2.0) -> "Reduced":
        r"""Keep covariances with $|\mathrm{mean}|/\mathrm{std}>\tau$ over an ensemble `(field, [channel], y, x)`.

        The standard deviation has ddof 1; all other kinds of rows stay. $\tau=0$ drops only what is zero in every
        field.
        """
        samples = np.shape(fields)[: -len(self.shape) - (self.channels is not None)]
        if len(samples) != 1 or samples[0] < 2:
            raise InputError(f"fields has shape {np.shape(fields)}: pass a stack of at least two fields.")
        values = np.asarray(self(fields).values)
        mean, std = np.abs(values.mean(0)), values.std(0, ddof=1)
        keep = (mean > signal_to_noise * std) | ~np.isin(self.table["kind"], COVARIANCES)
        return Reduced(self.phi, self.rotations, self.kept[keep], self.table.take(keep))
