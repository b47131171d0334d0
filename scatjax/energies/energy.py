r"""Energies: pytrees that are called, `energy(x) -> scalar`, and descended by the samplers of `scatjax.samplers`.

The microcanonical energy is $E(x) = \frac12 |(\Phi(x) - y)/s|^2$ (Bruna, Mallat 2018): a least-squares energy,
which gives its residual too, so that Gauss-Newton solvers can use it.

An energy of your own is one class. Inherit from `AbstractLeastSquares` and write `residual`, where the energy is half a
sum of squares: Levenberg-Marquardt then takes it as L-BFGS does. Else inherit from `AbstractEnergy` and write
`__call__`. It acts on ONE state, channels included; verbs `vmap` over samples. What changes between calls (targets,
weights, temperatures) is an array field: a new target is no new program. Members are abstract or final.

>>> class Quartic(AbstractEnergy):
...     strength: Array
...     def __call__(self, x):
...         return self.strength * jnp.sum(x**4)
>>> float(Quartic(jnp.array(0.5))(jnp.ones(4)))
2.0
"""

import abc
from typing import Any, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..citations import cites
from ..errors import InputError
from .variable import AbstractVariable


class AbstractEnergy(eqx.Module):
    """A differentiable scalar of one state: `energy(x)`, minus the log of an unnormalized density, or a misfit.

    Hash and equality are identity, as for operators, so that plain `jax.jit(energy)` works.
    """

    @abc.abstractmethod
    def __call__(self, x: Array) -> Float[Array, ""]:
        """The energy of one state."""

    @final
    def __hash__(self) -> int:
        return id(self)

    @final
    def __eq__(self, other) -> bool:
        return self is other


class AbstractLeastSquares(AbstractEnergy):
    r"""$E(x) = \frac12 |r(x)|^2$: whoever gives `residual` gives the energy.

    >>> class Distance(AbstractLeastSquares):
    ...     center: Array
    ...     def residual(self, x):
    ...         return x - self.center
    >>> float(Distance(jnp.array([1.0, 2.0]))(jnp.zeros(2)))
    2.5
    """

    @abc.abstractmethod
    def residual(self, x: Array) -> Float[Array, "K"]:
        """The K real numbers that vanish at a solution."""

    @final
    def __call__(self, x):
        """Half of the squared norm of the residual."""
        return 0.5 * jnp.sum(self.residual(x) ** 2)


@cites("bruna2018")
class Matching(AbstractLeastSquares):
    r"""$r(x) = w\,(\Phi(x) - y)$, so that $E(x) = \frac12 \sum_k w_k^2 (\Phi_k(x) - y_k)^2$.

    **Arguments**

    - `phi`: anything with `.vector(x) -> (K,)` real, such as a moment map.
    - `target`: (K,) numbers, or Coefficients.
    - `weights`: (K,) numbers, by default `phi.weights` if the map has them, else 1.

    **Errors** InputError if target, weights and `phi.vector(x)` have not one length.

    >>> class Powers(eqx.Module):
    ...     def vector(self, x):
    ...         return jnp.stack([jnp.mean(x), jnp.mean(x**2)])
    >>> energy = Matching(Powers(), target=[0.0, 1.0], weights=[1.0, 2.0])
    >>> float(energy(jnp.full(4, 2.0)))                       # (2**2 + (2 * 3) ** 2) / 2
    20.0
    """

    phi: Any
    target: Float[Array, "K"]
    weights: Float[Array, "K"]

    def __init__(self, phi, target, weights=None):
        if not hasattr(phi, "vector"):
            raise InputError(f"phi is a {type(phi).__name__} without `vector(x)`: pass a moment map.")
        self.phi = phi
        self.target = _real(getattr(target, "values", target), "target")
        if weights is None:
            weights = getattr(phi, "weights", None)
        ones = np.ones(self.target.shape)
        self.weights = _real(ones if weights is None else weights, "weights").astype(self.target.dtype)
        if self.target.ndim != 1 or self.weights.shape != self.target.shape:
            raise InputError(
                f"target has shape {self.target.shape} and weights {self.weights.shape}: both must be (K,); "
                f"average a stack of targets first."
            )

    def residual(self, x):
        r"""$w\,(\Phi(x) - y)$, in the dtype of `phi.vector(x)`."""
        values = self.phi.vector(x)
        if values.shape != self.target.shape:
            raise InputError(
                f"phi.vector gives shape {values.shape} for a state of shape {x.shape}, the target has "
                f"{self.target.shape}: pass phi.vector(field) of this very map as target."
            )
        return self.weights.astype(values.dtype) * (values - self.target.astype(values.dtype))


def _real(values, name: str) -> Array:
    # Python floats would be weakly typed, and a target that comes later as an array would then compile anew
    array = jnp.asarray(values if isinstance(values, Array) else np.asarray(values))
    if jnp.issubdtype(array.dtype, jnp.complexfloating):
        raise InputError(f"{name} is complex: pass real and imaginary parts as two rows.")
    return array if jnp.issubdtype(array.dtype, jnp.floating) else array.astype(jnp.result_type(float))


class PulledEnergy(AbstractEnergy):
    r"""An energy as a function of a variable: $v \mapsto E(\mathrm{decode}(v))$. Made by `Pulled`."""

    energy: AbstractEnergy
    variable: AbstractVariable

    def __call__(self, x):
        """The energy of the decoded state."""
        return self.energy(self.variable.decode(x))


class PulledLeastSquares(AbstractLeastSquares):
    r"""A least-squares energy as a function of a variable: $v \mapsto r(\mathrm{decode}(v))$. Made by `Pulled`."""

    energy: AbstractLeastSquares
    variable: AbstractVariable

    def residual(self, x):
        """The residual of the decoded state."""
        return self.energy.residual(self.variable.decode(x))


def Pulled(energy: AbstractEnergy, variable: AbstractVariable) -> AbstractEnergy:
    r"""The energy that solvers see when they descend on a variable: $E \circ$ decode; least squares stays least
    squares.

    **Arguments**

    - `energy`: of a state.
    - `variable`: what is moved in place of the state.

    >>> from scatjax.energies import Centered
    >>> class Half(AbstractLeastSquares):
    ...     def residual(self, x):
    ...         return x
    >>> pulled = Pulled(Half(), Centered(2.0))
    >>> float(pulled(jnp.array([5.0, 7.0]))), isinstance(pulled, AbstractLeastSquares)      # (1 + 9) / 2
    (5.0, True)
    """
    if isinstance(energy, AbstractLeastSquares):
        return PulledLeastSquares(energy, variable)
    return PulledEnergy(energy, variable)
