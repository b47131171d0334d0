r"""The contract of a moment map: a field goes in, K named real numbers come out.

A map of your own is one class in one file. Inherit from the class that has most of what you need done:

- `AbstractPlain`: `fit` has nothing to freeze. Write `shape`, `channels`, `table`, `numbers`, `at`.
- `AbstractScaled`: moments are divided by scales of the field, the target's after `fit`. Write `shape`, `channels`,
  `table`, a field `frozen`, `power` (the squared scales of a field), `scaled` (the moments, given scales), `at`.
- `AbstractAround` (in `around`): the map is made of another one. Write `phi`, `channels`, `table`, `weights`,
  `numbers`.
- `AbstractMoments`: everything below that is abstract; `AbstractUnmasked` if the map has no masks.

Members are abstract or final: no class overrides what another one wrote, whether it is marked so or not. What every
map has is then `phi(x)`, `phi.vector(x)`, and the derivatives at one field that samplers need, `vjp`, `rows`, `gram`,
`laplacian`.

>>> class MeanSquare(AbstractPlain):
...     shape: tuple[int, ...] = eqx.field(static=True)
...     channels: int | None = eqx.field(static=True, default=None)
...
...     @property
...     def table(self):
...         return Table(kind=["mean square"])
...
...     def numbers(self, x):                                    # of ONE field; dtype follows x
...         return jnp.mean(x**2)[None]
...
...     def at(self, shape):
...         return MeanSquare(shape)

The laws that a map must pass are in `scatjax.testing`: `check_laws` (dtype, leading axes, structure, one trace, a
finite gradient at 0, at a constant and at a single pixel) and `check_features` (its derivatives, in float64).

>>> from scatjax.testing import check_laws
>>> x = np.random.default_rng(0).normal(size=(4, 4)).astype("float32")
>>> check_laws(MeanSquare((4, 4)), x)
>>> MeanSquare((4, 4)).laplacian(x)                              # of a mean square, 2
Array([2.], dtype=float32)
"""

import abc
from typing import Any, TypeVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ..coefficients import Coefficients, Table
from ..derivatives import BATCH, gram_of, laplacian_of, rows_of
from ..errors import InputError, check_floating, check_real, check_shape
from ..moved import attribute
from ..numbers import count
from ..operators import AbstractOperator


class Frozen(eqx.Module):
    """Numbers of a target that `fit` keeps.

    - `center`: what is subtracted from fields, arrays in whatever structure the map has; None: nothing.
    - `scale`: what divides, likewise.
    - `reference`: the variance of each channel of the fields that the map was fitted to; None: not known.
    """

    center: Any = None
    scale: Any = None
    reference: Float[Array, "C"] | None = None


Map = TypeVar("Map", bound="AbstractMoments")
NOTHING = Frozen()  # of a map that has nothing to freeze: it is fitted from the start


class AbstractMoments(AbstractOperator):
    """A map from fields to K named real numbers.

    `phi(x)` gives Coefficients of shape (*batch, K), `phi.vector(x)` the bare values. `phi.fit(target)` returns a new
    map whose normalization is frozen to the target's: a field, or a stack whose mean power is used.
    """

    table: eqx.AbstractVar[Table]  # the names of the K rows
    complex_fields = False
    weights: eqx.AbstractVar[Float[np.ndarray, "K"]]  # how much each row counts in a matching energy
    frozen: eqx.AbstractVar[Frozen | None]  # None before `fit`; NOTHING if there is nothing to freeze
    mask: eqx.AbstractVar[Bool[Array, "*space"] | None]  # true where fields are known; None: everywhere

    @abc.abstractmethod
    def numbers(self, x: Array) -> Float[Array, "K"]:
        """The K numbers of one field, `([channel], *space)`."""

    @abc.abstractmethod
    def fit(self, target) -> "AbstractMoments":
        """The same map with its normalization frozen to the target's."""

    @abc.abstractmethod
    def at(self, shape) -> "AbstractMoments":
        """The same map, with what is frozen, on another canvas; InputError for a map that belongs to its own."""

    @abc.abstractmethod
    def with_mask(self, mask) -> "AbstractMoments":
        """The same map, with what is frozen, that counts the samples where `mask` is true; None: all of them.

        InputError for a map that has no masks.
        """

    @final
    @property
    def fitted(self) -> bool:
        """True if the normalization is frozen, or there is none."""
        return self.frozen is not None

    @final
    @property
    def masked(self) -> bool:
        """True if some samples of a field count for nothing."""
        return self.mask is not None

    @final
    @property
    def reference_variance(self) -> Float[Array, "C"] | None:
        """Variance of each channel of the fields that the map was fitted to, where it is known."""
        return None if self.frozen is None else self.frozen.reference

    @final
    @property
    def state_shape(self) -> tuple[int, ...]:
        """Shape of one field, ([channel], *space)."""
        return tuple(self.shape) if self.channels is None else (self.channels, *self.shape)

    @final
    def apply(self, x: Array) -> Coefficients:
        """The numbers of one field with their names."""
        return Coefficients(self.numbers(x), self.table)

    @final
    def vector(self, x) -> Float[Array, "*batch K"]:
        """`phi(x).values`, without checks: for use inside of programs."""
        x = jnp.asarray(x)
        batch = x.shape[: x.ndim - len(self.state_shape)]
        if not batch:
            return self.numbers(x)
        return jax.vmap(self.numbers)(x.reshape(-1, *self.state_shape)).reshape(*batch, -1)

    @final
    def vjp(self, x, w) -> Float[Array, "..."]:
        r"""$J^Tw = \nabla_x(w\cdot\Phi)$ at one field, of its shape: one reverse pass whatever K."""
        x, K = self._one_field(x), len(self.table)
        if np.shape(w) != (K,):
            raise InputError(f"w has shape {np.shape(w)}, expected ({K},): give one number per moment.")
        return jax.vjp(self.numbers, x)[1](jnp.asarray(w, x.dtype))[0]

    @final
    def rows(self, x) -> Float[Array, "K ..."]:
        r"""$J = \nabla\Phi$ at one field, (K, [channel], *space): the memory of K fields, K reverse passes."""
        x = self._one_field(x)
        pull = jax.vjp(self.numbers, x)[1]
        return rows_of(lambda w: pull(w)[0], len(self.table), x.dtype)

    @final
    def gram(self, x) -> Float[Array, "K K"]:
        r"""$JJ^T$ at one field: how far the numbers can move apart from each other."""
        return gram_of(self.rows(x))

    @final
    def laplacian(self, x, key=None, probes: int = BATCH) -> Float[Array, "K"]:
        r"""$\sum_i\partial^2\Phi_k/\partial x_i^2$ at one field: exact, two forward passes for each of its samples.

        With a `key` it is estimated from `probes` random signs, as is wanted for large fields.
        """
        return laplacian_of(self.numbers, self._one_field(x), key, count("probes", probes))

    def _one_field(self, x) -> Array:
        """The array of one field; what has leading axes, or another shape, is refused."""
        (check_floating if self.complex_fields else check_real)(x)
        if np.shape(x) != self.state_shape:
            check_shape(x, self.state_shape)
            raise InputError(f"x has shape {np.shape(x)}: pass one field, {self.state_shape}, or use jax.vmap.")
        return jnp.asarray(x)


class AbstractUnmasked(AbstractMoments):
    """A map that counts every sample."""

    @property
    def mask(self):
        """The mask, None: fields are known everywhere."""
        return None

    @final
    def completed(self, x):
        """The fields as they are."""
        return x

    @final
    def with_mask(self, mask):
        """The map itself for None; a mask is refused."""
        if mask is not None:
            raise InputError(f"{type(self).__name__} counts every sample and takes no mask: leave it out of the map.")
        return self


class AbstractPlain(AbstractUnmasked):
    """A map that counts every sample, has nothing to freeze, and whose rows count alike."""

    @property
    def frozen(self):
        """Frozen numbers: there are none."""
        return NOTHING

    @property
    def weights(self):
        """One for each row."""
        return np.ones(len(self.table))

    @final
    def fit(self, target):
        """The map itself: nothing is divided by a scale of the target."""
        return self


class AbstractScaled(AbstractUnmasked):
    """Moments divided by scales of the field: its own, or those of a target that `fit` froze in `frozen.scale`."""

    @abc.abstractmethod
    def power(self, x: Array) -> Float[Array, "S"]:
        """The squares of the scales of one field."""

    @abc.abstractmethod
    def scaled(self, x: Array, scale: Float[Array, "S"]) -> Float[Array, "K"]:
        """The moments of one field, given the scales."""

    @property
    def weights(self):
        """One for each row."""
        return np.ones(len(self.table))

    @final
    def numbers(self, x):
        """The moments in the frozen scales, or in the field's own."""
        if self.frozen is not None:
            return self.scaled(x, self.frozen.scale.astype(x.dtype))
        return self.scaled(x, jnp.sqrt(jnp.maximum(self.power(x), jnp.finfo(x.dtype).tiny)))

    @final
    def fit(self, target):
        """Freeze the scales to the target's power: of one field, or the mean power of a stack of fields."""
        fields, _ = self.as_fields(target)
        power = np.asarray(jax.vmap(self.power)(fields)).mean(0)
        rounding = 10 * np.finfo(power.dtype).eps * float(np.abs(np.asarray(fields)).max())
        if np.any(power <= rounding**2):
            raise InputError("the target has zero variance (a constant field): there is nothing to match.")
        return freeze(self, Frozen(scale=jnp.sqrt(jnp.asarray(power))))


def freeze(phi: Map, frozen: Frozen | None) -> Map:
    """`phi` with its field `frozen` replaced: how `fit` and `at` of a map end."""
    return eqx.tree_at(lambda m: m.frozen, phi, frozen, is_leaf=lambda leaf: leaf is None)

__getattr__ = attribute(__name__)
