"""`scatjax info`: versions, devices and precision, and what a run of a config would cost on this machine."""

import argparse
from typing import TYPE_CHECKING

from ...errors import InputError
from ..codes import DONE, Signals
from ..setup import load_config, overrides, start_jax

if TYPE_CHECKING:
    from ...run import Run


def info(arguments: argparse.Namespace, signals: Signals) -> int:
    """Print versions, devices and precision; with a config also what a run of it would cost on this machine."""
    from ...run.origin import devices, versions

    if arguments.config is None and (overrides(arguments) or arguments.fast):
        raise InputError("--set, --seed and --fast change a config: name one, as in `scatjax info configs/NAME.toml`.")
    config = None if arguments.config is None else load_config(arguments, arguments.config)
    cache = start_jax(config)
    for name, value in (versions() | devices()).items():
        print(f"{name:<18}{value if value not in ('', None) else '-'}")
    print(f"{'compile_cache':<18}{cache or 'off'}")
    if config is not None:
        _print_cost(config)
    return DONE


def _print_cost(config: "Run") -> None:
    from ...run import prepare
    from ...run.cost import measure, measured, most_steps, samples
    from ...samplers.progress import clock

    model = prepare(config)
    cost = measure(model.config, model.bank, measured(model), model.target)
    print(f"{'target':<18}{config.field.source} {model.field.shape} {model.field.dtype}")
    print(f"{'bank':<18}{model.bank}, {cost.filter_bytes / 2**20:.1f} MB")
    print(f"{'moments':<18}{cost.rows} rows")
    memory = f"{cost.temporary_bytes / 2**20:.1f} MB of temporaries"
    print(f"{'one gradient':<18}{1e3 * cost.gradient_seconds:.1f} ms, {memory}")
    print(f"{'compile':<18}{cost.compile_seconds:.1f} s")
    steps = f"{samples(config)} samples of {most_steps(config)} steps"
    print(f"{'at most':<18}{clock(cost.seconds)} for {steps}")
