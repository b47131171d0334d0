r"""What a sampler is: `init(x, energy) -> state` and `step(key, state, energy) -> (state, info)`, both pure.

**To add one**, write a file with three classes and nothing else: a state (`AbstractState`: what the next step needs,
with the point `x` and a `status`), an info (`AbstractInfo`: whatever else a step can tell, with its cost), and the
sampler. Add a line to `run/kinds.py` and a row to the table of laws; `docs/extending.md` has a skeleton that runs. The
laws:

- `init` never evaluates the energy. It gives a state whose next step has length 0, so that the first step evaluates
  the start, the compiled program holds ONE evaluation (the dear part to compile), and no state says whether it has
  begun: an energy that is not known yet is infinite.
- A step of a state that has ended changes nothing and says so again, and costs 0.
- The key of step i is `fold_in(key, i)`, given by the loop (`drive.py`): results depend neither on where a run is cut
  nor on the lanes beside. Samplers that draw nothing ignore it (None will do).
- Numbers that a user may change between calls (a step size, a temperature) are array leaves (`scatjax.numbers`), so
  that a new value compiles nothing; ints are static.
- `energy` is whatever the sampler needs: a pytree that is called. The state's `x` is ONE state for it, which may be a
  field with its channels, a cloud of particles, an ensemble.
- An ending of one's own is a subclass of `Status` beside the sampler; numerical trouble is a `Status`, never an
  exception.

A chain of solvers is a list that the host runs in turn.
"""

import abc
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from ..errors import Status
from ..moved import attribute


class AbstractState(eqx.Module):
    """What the next step needs: the point `x` that it leaves, its `status`, and what the sampler adds."""

    x: eqx.AbstractVar[Array]
    status: eqx.AbstractVar[Any]


class AbstractInfo(eqx.Module):
    """What a step tells: `evaluations`, its cost in value_and_grads or vector-Jacobian products of the energy (int32).

    A sampler adds what else there is to tell: the energy of its iterate, an acceptance, an error of the energy.
    """

    evaluations: eqx.AbstractVar[Int[Array, ""]]


class Info(AbstractInfo):
    """What a step of a minimizer tells: the iterate `x` with its energy `value`, and the cost."""

    x: Array
    value: Float[Array, ""]
    evaluations: Int[Array, ""]


class AbstractSampler(eqx.Module):
    """A pair `init`, `step`; the module docstring has the laws."""

    @abc.abstractmethod
    def init(self, x: Array, energy) -> AbstractState:
        """The state that starts at x, whose first step has length 0; no evaluation."""

    @abc.abstractmethod
    def step(self, key: PRNGKeyArray | None, state: Any, energy) -> tuple[Any, AbstractInfo]:
        """One step: the next state, and what happened."""


def fresh(tree):
    """Every array copied, strongly typed: no two leaves share a buffer (donation), no retrace at the second chunk.

    >>> fresh(jnp.asarray(1.0)).weak_type
    False
    """
    copy = lambda leaf: jnp.array(leaf, dtype=leaf.dtype, copy=True)
    return jax.tree.map(lambda leaf: copy(leaf) if isinstance(leaf, jax.Array | np.ndarray) else leaf, tree)


def select(condition, yes, no):
    """`jnp.where` over two trees of one structure, for the branches of one lane."""
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), yes, no)


def choose(condition, yes: Any, no: Any) -> Any:
    """`jnp.where` of two Status.

    >>> choose(True, Status.not_finite, Status.running) == Status.not_finite
    Array(True, dtype=bool)
    """
    return Status.where(condition, yes, no)


def is_running(status) -> Array:
    """True while the run goes on.

    >>> bool(is_running(Status.running)), bool(is_running(Status.not_finite))
    (True, False)
    """
    return status == Status.running

__getattr__ = attribute(__name__)
