"""What a run would cost: rows, filters, and one gradient of the matching energy, compiled and timed on this machine."""

import dataclasses
import time
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from . import schema
from .assemble import make_operator
from .model import Model
from .tables.choice import choose as choose

if TYPE_CHECKING:
    from ..moments import AbstractMoments
    from ..wavelets import FilterBank


@dataclasses.dataclass(frozen=True)
class Cost:
    """Rows of the moment map, bytes of filters and of a gradient's temporaries, seconds to compile it and to run it."""

    rows: int
    filter_bytes: int
    temporary_bytes: int
    compile_seconds: float
    gradient_seconds: float
    gradients: int

    @property
    def seconds(self) -> float:
        """An upper estimate of the run: every sample takes all of its steps, one gradient a step.

        >>> Cost(10, 0, 0, 1.0, 0.01, 100).seconds
        2.0
        """
        return self.compile_seconds + self.gradients * self.gradient_seconds


def measure(config: schema.Run, bank: "FilterBank", phi: "AbstractMoments", target: np.ndarray) -> Cost:
    """Compile and time one gradient of 1/2 |phi(x) - phi(target)|^2 at a field of the target's shape."""
    phi = phi.fit(target)
    x = jnp.asarray(target[0] if config.field.stack else target)
    goal = phi.vector(x) * 0.9
    energy = lambda y: 0.5 * jnp.sum((phi.vector(y) - goal) ** 2)
    begin = time.perf_counter()
    program = jax.jit(jax.value_and_grad(energy)).lower(x).compile()
    compiled = time.perf_counter() - begin
    memory: Any = program.memory_analysis()
    return Cost(
        rows=len(phi.table),
        filter_bytes=sum(leaf.nbytes for leaf in jax.tree.leaves(bank)),
        temporary_bytes=int(getattr(memory, "temp_size_in_bytes", 0)),
        compile_seconds=compiled,
        gradient_seconds=_fastest(program, x),
        gradients=samples(config) * most_steps(config),
    )


def measured(model: Model) -> "AbstractMoments":
    r"""What the verb of a model matches: its moments, or the coefficients of its operator.

    >>> from scatjax.run import loads, prepare
    >>> text = 'field = {source = "brick64"}\nbank = {kind = "morlet", J = 2, L = 2}\ninvert = {}'
    >>> type(measured(prepare(loads(schema.Run, text)))).__name__
    'Flattened'
    """
    if "S" not in model.config.verb_arguments:
        return model.phi
    from ..synthesis.inversion import Flattened

    return Flattened(make_operator(model.config, model.bank, model.channels))


def most_steps(config: schema.Run) -> int:
    """The steps of all solvers of the chain together; 0 of a verb that names no limit.

    >>> most_steps(schema.Run(schema.Field("brick"), verb=choose("verb", "synthesize", max_steps=7)))
    7
    """
    steps = config.verb.arguments.get("max_steps", 0)
    solvers = len(config.solver) if isinstance(config.solver, tuple) else 1
    return sum(steps) if isinstance(steps, tuple) else steps * solvers


def samples(config: schema.Run) -> int:
    """How many samples the verb draws, each of a verb with noises as often as there are noises."""
    numbers = config.verb.arguments
    return numbers.get("num_samples", 1) * numbers.get("num_noises", 1)


def _fastest(program: Any, x: Any, repeats: int = 5) -> float:
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        jax.block_until_ready(program(x))
        times.append(time.perf_counter() - begin)
    return min(times)
