r"""Linear systems in a Gram matrix $G = J J^T$ of moments, solved in the metric of its diagonal.

Raw Gram matrices of moments have conditions of 1e4 to 3e8, as rows differ in scale; with a unit diagonal 5e2 to 7e3.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from ..numbers import Number, like


def unit_diagonal(gram: Float[Array, "K K"]) -> tuple[Float[Array, "K K"], Float[Array, "K"]]:
    r"""$A = G/(d d^T)$ and $d = \sqrt{\mathrm{diag}\,G}$, with d = 1 where the diagonal is 0.

    >>> unit_diagonal(jnp.array([[4.0, 2.0], [2.0, 9.0]]))[1]
    Array([2., 3.], dtype=float32)
    """
    scale = nonzero(jnp.sqrt(jnp.diag(gram)))
    return gram / (scale[:, None] * scale[None, :]), scale


def gram_solve(gram: Float[Array, "K K"], right: Float[Array, "K"], ridge: Number) -> Float[Array, "K"]:
    r"""$(A + \mathrm{ridge}\,I)^{-1} (r/d) / d$ with A the Gram matrix of unit diagonal.

    **Arguments**

    - `gram`: G.
    - `right`: r.
    - `ridge`: relative to a unit diagonal: 0 for a few well-chosen moments, 1e-7 in score matching, 1 to start a
      Levenberg-Marquardt run.

    >>> gram_solve(jnp.diag(jnp.array([1.0, 100.0])), jnp.array([1.0, 100.0]), 0.0)
    Array([1., 1.], dtype=float32)
    """
    matrix, scale = unit_diagonal(gram)
    ridge = like(ridge, gram) * jnp.eye(gram.shape[0], dtype=gram.dtype)
    return jnp.linalg.solve(matrix + ridge, right / scale) / scale


def condition(gram: Float[Array, "K K"]) -> Float[Array, ""]:
    """The condition number of the unit-diagonal Gram matrix: report it beside every `gram_solve`.

    >>> float(condition(jnp.diag(jnp.array([1.0, 1e6]))))
    1.0
    """
    values = jnp.linalg.eigvalsh(unit_diagonal(gram)[0])
    return values[-1] / values[0]


def nonzero(scale: Array) -> Array:
    """The scales, 1 where a moment has no slope but rounding: one that the variable holds fixed counts as it is."""
    floor = jnp.finfo(scale.dtype).eps * scale.max(initial=0.0)
    return jnp.where(scale > floor, scale, jnp.ones_like(scale))
