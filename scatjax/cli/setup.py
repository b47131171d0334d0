"""What every command does first: the config with its overrides, JAX's precision, memory and compile cache."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConfigError

if TYPE_CHECKING:
    from ..run import Run


def overrides(arguments: argparse.Namespace) -> list[str]:
    """The overrides of a command line, --seed as one of them."""
    return arguments.set + ([] if arguments.seed is None else [f"seed={arguments.seed}"])


def load_config(arguments: argparse.Namespace, path: str, verb: str = "") -> "Run":
    """The config of a file with the overrides; `verb` is that of a file that has the table of none."""
    from ..run import Run, load

    return load(Run, path, overrides(arguments), fast=arguments.fast, verb=verb)


def start_jax(config: "Run | None") -> Path | None:
    """Precision, memory and compile cache, before anything is compiled; the cache's folder or None."""
    import jax

    from ..run import keep_memory

    keep_memory()
    if config is not None and config.precision == "float64":
        if jax.default_backend() == "tpu":
            raise ConfigError("precision: TPUs have no float64: use 'float32', or a CPU or GPU.")
        jax.config.update("jax_enable_x64", val=True)
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
