r"""What a sampler is: `init(x, energy) -> state` and `step(key, state, energy) -> (state, info)`, both pure.

State is only what the next step needs; Info is everything else: the iterate, its energy, a Status and the cost. `init`
never evaluates the energy: the first step does, so that the program holds one evaluation and not two (compile time). A
step of a state that has ended changes nothing and says so again. The key of step i is `fold_in(key, i)`, given by
the host; solvers that draw nothing ignore it (None will do). A chain of solvers is a list that the host runs in turn.

Numbers that a user may change between calls are arrays inside (NumPy scalars until a program takes them: building a
solver runs no JAX operation), so that a new value compiles nothing; ints are static.
"""

import abc
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from ..errors import Status


class Info(eqx.Module):
    """What a step reports.

    `x`: the iterate; `value`: its energy; `status`: a Status, `running` while the run goes on; `evaluations`: what this
    step cost in value_and_grad, or vector-Jacobian products, of the energy (int32).
    """

    x: Array
    value: Float[Array, ""]
    status: Any
    evaluations: Int[Array, ""]


class AbstractSampler(eqx.Module):
    """`init` and `step`; see the module. One file a sampler, and nothing here knows of wavelets."""

    @abc.abstractmethod
    def init(self, x: Array, energy) -> Any:
        """The state that starts at x; no evaluation."""

    @abc.abstractmethod
    def step(self, key: PRNGKeyArray | None, state: Any, energy) -> tuple[Any, Info]:
        """One step: the next state, and what happened."""










def fresh(tree):
    """Every array copied, strongly typed: no two leaves share a buffer (donation), no retrace at the second chunk.

    >>> fresh(jnp.asarray(1.0)).weak_type
    False
    """
    copy = lambda leaf: jnp.array(leaf, dtype=leaf.dtype, copy=True)
    return jax.tree.map(lambda leaf: copy(leaf) if isinstance(leaf, jax.Array | np.ndarray) else leaf, tree)


def select(condition, yes, no):
    """`where` over two trees of one structure, for the branches of one lane."""
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), yes, no)


def choose(condition, yes: Any, no: Any) -> Any:
    """`where` for two Status.

    >>> choose(True, Status.stalled, Status.running) == Status.stalled
    Array(True, dtype=bool)
    """
    return Status.where(condition, yes, no)


def is_running(status) -> Array:
    """True while the run goes on.

    >>> bool(is_running(Status.running)), bool(is_running(Status.stalled))
    (True, False)
    """
    return status == Status.running
