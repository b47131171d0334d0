"""The command line: `scatjax {synthesize,analyze,info}`, also as `python -m scatjax`.

Exit codes: 0 done; 2 bad input or config (one line, no traceback); 3 samples that did not converge, outputs kept;
130 and 143 stopped by Ctrl-C and SIGTERM, the best fields so far kept. Rooms are imported inside of the functions, so
that `--help` and a misspelled config answer at once. Only here is JAX's persistent compile cache switched on:
environment SCATJAX_CACHE = a folder, or `off`.
"""

import argparse
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ..errors import ConfigError, InputError

if TYPE_CHECKING:
    from ..coefficients import Coefficients
    from ..run import Folder, Model, Run

DONE, BAD_INPUT, NOT_CONVERGED, INTERRUPTED, TERMINATED = 0, 2, 3, 130, 143


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    >>> main(["info", "--set", "seed=1"])
    2
    """
    with Signals() as signals:
        try:
            arguments = _parser().parse_args(argv)
            return arguments.command(arguments, signals)
        except InputError as error:
            return _refuse(error)
        except ImportError as error:
            if "scatjax[" not in str(error):
                raise
            return _refuse(error)
        except KeyboardInterrupt:
            print("error: stopped before there was anything to keep.", file=sys.stderr)
            return signals.code
        except BrokenPipeError:  # the reader of a pipe, such as `head`, has had enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return DONE


class Signals:
    """SIGTERM goes the way of Ctrl-C, on which the verb returns the best fields so far; `code` says which it was."""

    def __init__(self) -> None:
        self.code = INTERRUPTED
        self.before: Any = None

    def __enter__(self) -> "Signals":
        if threading.current_thread() is threading.main_thread():  # Python allows handlers nowhere else
            self.before = signal.signal(signal.SIGTERM, self._terminate)
        return self

    def __exit__(self, *error: object) -> None:
        if self.before is not None:
            signal.signal(signal.SIGTERM, self.before)

    def _terminate(self, number: int, frame: FrameType | None) -> None:
        self.code = TERMINATED
        signal.raise_signal(signal.SIGINT)


def synthesize(arguments: argparse.Namespace, signals: Signals) -> int:
    """Draw new fields that share the target's moments; write samples, metrics, provenance and pictures."""
    from ..run import Folder, dump, load, prepare, provenance
    from ..run.assemble import make_solver, make_start, make_variable

    config = load(_run_type(), arguments.config, _overrides(arguments), arguments.fast)
    _start_jax(config)
    model = prepare(config)
    config = model.config
    choices = {"solver": make_solver(config), "start": make_start(config)}
    choices["variable"] = make_variable(config, model.target)
    folder = Folder(arguments.out, config.name)
    text = dump(config)
    folder.start(text, provenance(text, config.seed, {config.field.source: model.field}))
    print(_headline(model))
    began = time.perf_counter()
    try:
        result = _draw(model, choices, folder)
        _keep(folder, model, result)
    except BaseException as error:
        if isinstance(error, InputError) and not folder.begun:  # refused, such as a field without power in a band
            folder.discard()
            raise
        folder.finish("interrupted" if isinstance(error, KeyboardInterrupt) else "failed", error=str(error))
        raise
    return _conclude(folder, result, time.perf_counter() - began, signals)


def analyze(arguments: argparse.Namespace, signals: Signals) -> int:
    """Measure a field: print a table of its coefficients, write them and pictures of field, bank and coefficients."""
    import equinox as eqx

    from ..run import Folder, dump, prepare, provenance
    from . import pictures

    config = _field_or_config(arguments)
    _start_jax(config)
    model = prepare(config)
    config, field = model.config, model.field
    coefficients = eqx.filter_jit(model.phi)(model.target)
    folder = Folder(arguments.out, f"{config.name}-analysis")
    text = dump(config)
    folder.start(text, provenance(text, config.seed, {config.field.source: field}))
    coefficients.save(folder.place("coefficients.npz"))
    paths = [folder.add(folder.place("coefficients.npz"))]
    values = _mean(coefficients) if config.field.stack else coefficients
    if config.output.pictures:
        paths += pictures.of_analysis(folder, model, values)
    mean, std = np.nanmean(field), np.nanstd(field)
    print(f"{config.field.source} {field.shape} {field.dtype}, mean {mean:.4g}, std {std:.4g}")
    if model.is_series:
        print(series_summary(model, coefficients))
    print(model.bank)
    print(table(values))
    folder.finish("done")
    print("\n".join(map(str, paths)))
    return DONE


def info(arguments: argparse.Namespace, signals: Signals) -> int:
    """Print versions, devices and precision; with a config also what a run of it would cost on this machine."""
    from ..run.origin import devices, versions

    if arguments.config is None and (_overrides(arguments) or arguments.fast):
        raise InputError("--set, --seed and --fast change a config: name one, as in `scatjax info configs/NAME.toml`.")
    config = None
    if arguments.config is not None:
        from ..run import load

        config = load(_run_type(), arguments.config, _overrides(arguments), arguments.fast)
    cache = _start_jax(config)
    for name, value in (versions() | devices()).items():
        print(f"{name:<18}{value if value not in ('', None) else '-'}")
    print(f"{'compile_cache':<18}{cache or 'off'}")
    if config is not None:
        _print_cost(config)
    return DONE


def table(coefficients: "Coefficients") -> str:
    """One line a kind: rows, smallest, mean and largest value, and the mean modulus.

    >>> from scatjax.coefficients import Coefficients, Table
    >>> import jax.numpy as jnp
    >>> print(table(Coefficients(jnp.array([1.0, 3.0]), Table(kind=["S1", "S1"]))))
    kind          rows         min        mean         max    mean |.|
    S1               2           1           2           3           2
    """
    lines = [f"{'kind':<12}{'rows':>6}" + "".join(f"{name:>12}" for name in ("min", "mean", "max", "mean |.|"))]
    for kind in coefficients.kinds:
        values = np.asarray(coefficients.values)[coefficients.table.rows(kind=kind)]
        numbers = (values.min(), values.mean(), values.max(), np.abs(values).mean())
        lines.append(f"{kind:<12}{len(values):>6}" + "".join(f"{number:>12.4g}" for number in numbers))
    return "\n".join(lines)


def series_summary(model: "Model", coefficients: "Coefficients") -> str:
    """Length, scales, coefficients, what a Gaussian has 0 and 3 of (gaps left out), and the self-similarity score.

    >>> from scatjax.run import Field, Run, prepare
    >>> model = prepare(Run(Field("helium_jet")))
    >>> summary, floor = series_summary(model, model.phi(model.target)).split("; ")
    >>> print(summary)
    T=4096, J=9, 368 coefficients, skewness -0.115, kurtosis 2.58, self-similarity score 29.2 (0: alike at all scales
    >>> print(floor)
    white noise of this length: 7.82 +- 3)
    """
    from .. import diagnostics, moments

    known = model.field[~np.isnan(model.field)].astype(float)
    shape = f"skewness {diagnostics.skewness(known):.3g}, kurtosis {diagnostics.kurtosis(known):.3g}"
    line = f"T={model.field.shape[-1]}, J={model.bank.J}, {len(coefficients.table)} coefficients, {shape}"
    try:
        score = moments.self_similarity(coefficients)
    except InputError:  # few scales, several wavelets an octave: there is no score
        return line
    if np.isnan(score.floor):
        noise = moments.white_noise_scores(model.phi)
        floor = f"white noise of this length: {noise.mean():.3g} +- {noise.std():.2g}"
    else:
        floor = f"{score.floor:.3g} +- {score.error:.2g} by estimation alone"
    return f"{line}, self-similarity score {score.total:.3g} (0: alike at all scales; {floor})"


class _Parser(argparse.ArgumentParser):
    """Argparse with errors of one line."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see `{self.prog} --help`.")


def _parser() -> argparse.ArgumentParser:
    from ..version import __version__

    parser = _Parser("scatjax", description="Wavelet scattering and maximum-entropy models of fields.")
    parser.add_argument("--version", action="version", version=f"scatjax {__version__}")
    commands = parser.add_subparsers(required=True, metavar="{synthesize,analyze,info}", parser_class=_Parser)
    shared, out = _Parser(add_help=False), _Parser(add_help=False)
    shared.add_argument("--set", action="append", default=[], metavar="a.b=v", help="override one value of the config")
    shared.add_argument("--seed", type=int, help="override the seed")
    shared.add_argument("--fast", action="store_true", help="apply the config's own table [fast] (a tiny run)")
    out.add_argument("--out", type=Path, metavar="DIR", help="output folder, new or empty (default: runs/NAME-NNN)")
    _add(commands, synthesize, [shared, out]).add_argument("config", metavar="CONFIG.toml")
    _add(commands, analyze, [shared, out]).add_argument("source", metavar="FIELD_OR_CONFIG")
    _add(commands, info, [shared]).add_argument("config", metavar="CONFIG.toml", nargs="?")
    return parser


def _add(commands: Any, command: Callable[..., int], parents: list[_Parser]) -> argparse.ArgumentParser:
    summary = (command.__doc__ or "").strip()
    parser = commands.add_parser(command.__name__, parents=parents, help=summary, description=summary)
    parser.set_defaults(command=command)
    return parser


def _refuse(error: Exception) -> int:
    print("error:", " ".join(str(error).split()), file=sys.stderr)
    return BAD_INPUT


def _overrides(arguments: argparse.Namespace) -> list[str]:
    return arguments.set + ([] if arguments.seed is None else [f"seed={arguments.seed}"])


def _run_type() -> "type[Run]":
    from ..run import Run

    return Run


def _field_or_config(arguments: argparse.Namespace) -> "Run":
    from ..run import config, load

    if arguments.source.endswith(".toml"):
        return load(_run_type(), arguments.source, _overrides(arguments), arguments.fast)
    if arguments.fast:
        raise InputError("--fast applies the table [fast] of a config: name one, or leave it out.")
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(arguments.source).stem).strip("-")[:60] or "field"
    tree = config.override({"field": {"source": arguments.source}, "name": name}, _overrides(arguments))
    return config.build(_run_type(), tree)


def _start_jax(config: "Run | None") -> Path | None:
    """Precision, memory and compile cache, before anything is compiled; the cache's folder or None."""
    import jax

    from ..run import keep_memory

    keep_memory()
    if config is not None and config.precision == "float64":
        if jax.default_backend() == "tpu":
            raise ConfigError("precision: TPUs have no float64: use 'float32', or a CPU or GPU.")
        jax.config.update("jax_enable_x64", True)
    cache = cache_folder()
    if cache is not None:
        jax.config.update("jax_compilation_cache_dir", str(cache))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)  # programs of less than 1 s count, too
    return cache


def cache_folder() -> Path | None:
    """Where compiled programs are kept: SCATJAX_CACHE, or the user's cache folder; None if `off` or not writable."""
    wanted = os.environ.get("SCATJAX_CACHE", "")
    if wanted.lower() in ("off", "0", "no", "false"):
        return None
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or os.path.expanduser("~/.cache")
    folder = Path(wanted) if wanted else Path(home) / "scatjax" / "compiled"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def _headline(model: "Model") -> str:
    config, bank = model.config, model.bank
    shape = "x".join(map(str, model.field.shape))
    angles = "" if model.is_series else f" L={bank.L}"
    kind = getattr(config.bank, "kind", "")
    return f"{config.field.source} {shape}, {kind} J={bank.J}{angles}: {len(model.phi.table)} moments"


def _draw(model: "Model", choices: dict[str, Any], folder: "Folder") -> Any:
    import jax

    from .. import synthesis
    from ..run.report import Report

    numbers, solver = model.config.synthesis, choices["solver"]
    report = Report(sys.stderr, folder, solvers=len(solver) if isinstance(solver, list) else 1)
    try:
        return synthesis.synthesize(
            jax.random.key(model.config.seed),
            model.phi,
            model.target,
            num_samples=numbers.num_samples,
            max_steps=numbers.max_steps,
            tolerance=numbers.tolerance,
            lanes=numbers.lanes,
            ensemble=numbers.ensemble,
            shape=numbers.shape,
            report=report,
            **choices,
        )
    finally:
        report.close()


def _keep(folder: "Folder", model: "Model", result: Any) -> None:
    from ..synthesis.result import status_names
    from . import pictures

    arrays = {name: np.asarray(getattr(result, name)) for name in ("residual", "steps", "evaluations")}
    arrays |= {"fields": model.restored(result.fields), "status": np.array(status_names(result.status))}
    fields, numbers = arrays["fields"], model.config.synthesis
    size = numbers.num_samples if numbers.ensemble else numbers.lanes or numbers.num_samples
    for unit, first in enumerate(range(0, len(fields), size)):
        part = {name: array[first : first + size] for name, array in arrays.items()}
        print(folder.samples(unit, **part))
    if model.is_series:
        print("\n".join(map(str, folder.paths(fields))))
    if model.config.output.pictures:
        print("\n".join(map(str, pictures.of_samples(folder, model, np.asarray(result.fields)))))


def _conclude(folder: "Folder", result: Any, seconds: float, signals: Signals) -> int:
    from ..run.report import count, remedy
    from ..synthesis.result import status_names

    names = status_names(result.status)
    steps, residual = np.atleast_1d(np.asarray(result.steps)), np.atleast_1d(np.asarray(result.residual))
    for sample, (name, taken, left) in enumerate(zip(names, steps, residual, strict=True)):
        print(f"sample {sample}: relative residual {left:.2e} after {taken} steps, {name}")
    print(f"{folder.path}: {seconds:.1f} s")
    interrupted = "interrupted" in names
    folder.finish("interrupted" if interrupted else "done", samples=count(names), seconds=round(seconds, 3))
    for name in sorted(set(names) - {"converged"}):
        print(f"{name}: {remedy(name)}", file=sys.stderr)
    if interrupted:
        return signals.code
    return DONE if set(names) == {"converged"} else NOT_CONVERGED


def _mean(c: "Coefficients") -> "Coefficients":
    from ..coefficients import Coefficients

    return Coefficients(c.values.mean(0), c.table, c.sites)


def _print_cost(config: "Run") -> None:
    from ..run import prepare
    from ..run.cost import measure, most_steps
    from ..samplers.progress import clock

    model = prepare(config)
    cost = measure(model.config, model.bank, model.phi, model.target)
    print(f"{'target':<18}{config.field.source} {model.field.shape} {model.field.dtype}")
    print(f"{'bank':<18}{model.bank}, {cost.filter_bytes / 2**20:.1f} MB")
    print(f"{'moments':<18}{cost.rows} rows")
    memory = f"{cost.temporary_bytes / 2**20:.1f} MB of temporaries"
    print(f"{'one gradient':<18}{1e3 * cost.gradient_seconds:.1f} ms, {memory}")
    print(f"{'compile':<18}{cost.compile_seconds:.1f} s")
    samples = config.synthesis.num_samples
    print(f"{'at most':<18}{clock(cost.seconds)} for {samples} samples of {most_steps(config)} steps")
