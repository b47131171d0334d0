"""A verb of a config on its model: what the verb asks for by name is handed to it, its numbers are those of its table.

    key, phi, target or data, mask, solver, start, variable, report, noise, S and values

A verb is a function with some of these and keyword-only numbers of its own; it returns an object with `fields`,
`residual`, `status` and `steps`, an item per sample, such as a `Synthesis`. Other arrays of it, an item per sample, are
kept beside the fields. A new verb is such a function and a line in the table of kinds.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import ConfigError
from . import assemble, kinds
from .model import Model
from .tables.choice import bound

STANDARD = ("fields", "residual", "status", "steps", "evaluations", "synthesis", "key")


class Task:
    r"""A verb with its objects: solvers, start, variable, noise, operator are made (and refused) before a folder is.

    >>> from scatjax.run import loads, prepare
    >>> from scatjax.run.schema import Run
    >>> task = Task(prepare(loads(Run, 'field = {source = "brick64"}\nbank = {kind = "morlet", J = 2}')))
    >>> sorted(task.objects)
    ['phi', 'solver', 'start', 'target', 'variable']
    """

    def __init__(self, model: Model):
        self.model = model
        made = {name: make_one(model) for name, make_one in MAKERS.items() if name in model.config.verb_arguments}
        self.objects = {name: value for name, value in made.items() if value is not None}
        if "S" in self.objects:
            self.objects["values"] = _values(model, self.objects["S"])

    @property
    def solvers(self) -> int:
        """How many solvers are run in turn."""
        solver = self.objects.get("solver")
        return len(solver) if isinstance(solver, list) else 1

    @property
    def rows(self) -> int:
        """How many numbers are matched."""
        if "S" not in self.objects:
            return len(self.model.phi.table)
        values = self.objects["values"]
        return sum(c.values.size for c in (values if isinstance(values, tuple) else (values,)))

    @property
    def matched(self) -> str:
        """What is matched, in a word."""
        return "coefficients" if "S" in self.objects else "moments"

    @property
    def inputs(self) -> dict[str, np.ndarray]:
        """Arrays that were read from files beside the field, by their table."""
        config, found = self.model.config, {}
        if config.noise is not None and isinstance(self.objects.get("noise"), np.ndarray):
            found[config.noise.source] = self.objects["noise"]
        if config.start is not None and config.start.kind == "given":
            found[config.start.source] = np.asarray(self.objects["start"].fields)
        return found

    def run(self, report: Callable | None) -> Any:
        """What the verb returns, from the seed of the config."""
        import jax

        verb, key = self.model.config.verb, jax.random.key(self.model.config.seed)
        return kinds.constructor("verb", verb.kind)(**bound(verb, key=key, report=report, **self.objects))


def _moments(model: Model) -> Any:
    """The map; one without the mask for a verb that takes the mask itself."""
    if model.mask is None or "mask" not in model.config.verb_arguments:
        return model.phi
    return assemble.make_moments(model.config, model.bank, None, model.channels)


def _values(model: Model, operator: Any) -> Any:
    """The coefficients of the target."""
    if model.mask is not None:
        raise ConfigError(f"field.mask: `scatjax {model.config.verb.kind}` takes no gaps: fill them.")
    if model.config.field.stack:
        raise ConfigError(f"field.stack: `scatjax {model.config.verb.kind}` takes one field: set it to false.")
    return operator(model.target)


MAKERS: dict[str, Callable[[Model], Any]] = {
    "phi": _moments,
    "target": lambda model: model.target,
    "data": lambda model: model.target,
    "mask": lambda model: model.mask,
    "S": lambda model: assemble.make_operator(model.config, model.bank, model.channels),
    "noise": lambda model: assemble.make_noise(model.config),
    "solver": lambda model: assemble.make_solver(model.config),
    "start": lambda model: assemble.make_start(model.config, model.mean),
    "variable": lambda model: assemble.make_variable(model.config, model.target),
}


def arrays(result: Any) -> dict[str, np.ndarray]:
    """Arrays of a result with an item per sample, by name, the fields and their status left out.

    >>> import types
    >>> sorted(arrays(types.SimpleNamespace(fields=np.zeros((2, 3)), steps=np.ones(2), residual=np.ones(2))))
    ['residual', 'steps']
    """
    names = [field.name for field in dataclasses.fields(result)] if dataclasses.is_dataclass(result) else []
    own = [name for name in names if name not in STANDARD]
    found = {name: np.asarray(getattr(result, name, None)) for name in ("residual", "steps", "evaluations", *own)}
    return {name: x for name, x in found.items() if x.ndim > 0 and len(x) == len(result.fields)}
