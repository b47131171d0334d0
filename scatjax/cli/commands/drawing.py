"""`scatjax synthesize`, `denoise`, `recover`, `invert`, and `run`, which takes the verb whose table the config has."""

import argparse
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import ConfigError, InputError
from ..codes import DONE, NOT_CONVERGED, Signals
from ..setup import load_config, start_jax

if TYPE_CHECKING:
    from ...run import Folder, Model, Run, Task


def draw(arguments: argparse.Namespace, signals: Signals) -> int:
    """Run the verb of a config; write samples, metrics, provenance and pictures."""
    from ...run import Folder, Task, dump, prepare, provenance

    config = _config(arguments)
    start_jax(config)
    model = prepare(config)
    task = Task(model)
    config = model.config
    folder = Folder(arguments.out, config.name)
    text = dump(config)
    folder.start(text, provenance(text, config.seed, {config.field.source: model.field} | task.inputs))
    print(_headline(model, task))
    began = time.perf_counter()
    try:
        result = _run(task, folder)
        _keep(folder, model, result)
    except BaseException as error:
        if isinstance(error, InputError) and not folder.begun:  # refused, such as a field without power in a band
            folder.discard()
            raise
        folder.finish("interrupted" if isinstance(error, KeyboardInterrupt) else "failed", error=str(error))
        raise
    return _conclude(folder, result, time.perf_counter() - began, signals)


def _config(arguments: argparse.Namespace) -> "Run":
    """The config, refused if it is of another verb than the command."""
    verb = "" if arguments.verb == "run" else arguments.verb
    config = load_config(arguments, arguments.config, verb)
    if verb and config.verb.kind != verb:
        own = config.verb.where
        raise ConfigError(
            f"{arguments.config}: {own}: this table is of `scatjax {config.verb.kind}`: run that, "
            f"or write [{verb}] in its place."
        )
    return config


def _headline(model: "Model", task: "Task") -> str:
    config, bank = model.config, model.bank
    shape = "x".join(map(str, model.field.shape))
    angles = "" if model.is_series else f" L={bank.L}"
    kind = getattr(config.bank, "kind", "")
    return f"{config.field.source} {shape}, {kind} J={bank.J}{angles}: {task.rows} {task.matched}"


def _run(task: "Task", folder: "Folder") -> Any:
    from ...run.report import Report

    report = Report(sys.stderr, folder, solvers=task.solvers)
    try:
        return task.run(report)
    finally:
        report.close()


def _keep(folder: "Folder", model: "Model", result: Any) -> None:
    from ...run.verbs import arrays
    from ...synthesis.result import status_names
    from .. import pictures

    kept = arrays(result) | {"fields": model.restored(result.fields), "status": np.array(status_names(result.status))}
    fields, numbers = kept["fields"], model.config.verb.arguments
    size = len(fields) if numbers.get("ensemble") else numbers.get("lanes") or len(fields)
    for unit, first in enumerate(range(0, len(fields), size)):
        part = {name: array[first : first + size] for name, array in kept.items()}
        print(folder.samples(unit, **part))
    if model.is_series:
        print("\n".join(map(str, folder.paths(fields))))
    if model.config.output.pictures:
        print("\n".join(map(str, pictures.of_samples(folder, model, np.asarray(result.fields)))))


def _conclude(folder: "Folder", result: Any, seconds: float, signals: Signals) -> int:
    from ...run.report import count, remedy
    from ...run.verbs import arrays
    from ...synthesis.result import status_names

    names = status_names(result.status)
    numbers = arrays(result)
    steps, residual = np.atleast_1d(np.asarray(result.steps)), np.atleast_1d(np.asarray(result.residual))
    said = ("residual", "steps", "evaluations")
    others = {name: x for name, x in numbers.items() if x.ndim == 1 and name not in said}
    for sample, (name, taken, left) in enumerate(zip(names, steps, residual, strict=True)):
        more = "".join(f", {other} {x[sample]:.3g}" for other, x in others.items())
        print(f"sample {sample}: relative residual {left:.2e} after {taken} steps, {name}{more}")
    print(f"{folder.path}: {seconds:.1f} s")
    interrupted = "interrupted" in names
    folder.finish("interrupted" if interrupted else "done", samples=count(names), seconds=round(seconds, 3))
    good = np.atleast_1d(np.asarray(result.status.success))
    failed = sorted({name for name, well in zip(names, good, strict=True) if not well})
    for name in failed:
        print(f"{name}: {remedy(name)}", file=sys.stderr)
    if interrupted:
        return signals.code
    return NOT_CONVERGED if failed else DONE
