"""Where a result comes from: versions, commit, devices, flags, seed, digests and times, as plain JSON.

What (config, key) determine is in the samples; what they do not (times, hosts, versions) is here and in the metrics.
"""

import datetime
import hashlib
import importlib.metadata
import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

CORE = ("jax", "jaxlib", "optax", "equinox", "numpy", "scipy")


def versions() -> dict[str, str]:
    """Versions of scatjax, Python and the core packages.

    >>> "jax" in versions()
    True
    """
    from ..version import __version__

    return {"scatjax": __version__, "python": platform.python_version()} | {name: _version(name) for name in CORE}


def devices() -> dict[str, Any]:
    """The devices and the numerical settings of this process; initializes JAX's backend.

    >>> sorted(devices())
    ['count', 'kind', 'matmul_precision', 'platform', 'x64', 'xla_flags']
    """
    import jax

    found, flags = jax.devices(), jax.config.values
    return {
        "platform": found[0].platform,
        "kind": found[0].device_kind,
        "count": len(found),
        "x64": bool(flags["jax_enable_x64"]),
        "matmul_precision": flags["jax_default_matmul_precision"],
        "xla_flags": os.environ.get("XLA_FLAGS", ""),
    }


def provenance(config: str, seed: int, inputs: Mapping[str, np.ndarray], argv: Sequence[str] | None = None) -> dict:
    """What is known when a run starts; `inputs` are the arrays that were read, by their source.

    >>> sorted(provenance("seed = 0", 0, {"brick": np.zeros(2)}, []))[:4]
    ['argv', 'commit', 'config_sha256', 'devices']
    """
    return {
        "status": "running",
        "versions": versions(),
        "commit": commit(Path(__file__).parents[1]),
        "devices": devices(),
        "host": platform.node(),
        "argv": list(sys.argv if argv is None else argv),
        "seed": seed,
        "config_sha256": hashlib.sha256(config.encode()).hexdigest(),
        "inputs": {source: digest(array) for source, array in inputs.items()},
        "started": now(),
    }


def digest(array: np.ndarray) -> str:
    """sha256 of an array's dtype, shape and bytes.

    >>> digest(np.zeros(2)) == digest(np.zeros((1, 2)))
    False
    """
    head = f"{array.dtype.str}{array.shape}".encode()
    return hashlib.sha256(head + np.ascontiguousarray(array).tobytes()).hexdigest()


def commit(folder: Path) -> dict[str, Any] | None:
    """The git commit of the sources, and whether they differ from it; None where there is no git or no checkout."""
    git = lambda *words: subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=10)
    try:
        own = git("ls-files", "--error-unmatch", "__init__.py")  # not a checkout that merely holds the environment
        head, changes = git("rev-parse", "HEAD"), git("status", "--porcelain", "--", ".")
    except (OSError, subprocess.SubprocessError):
        return None
    if own.returncode or head.returncode or changes.returncode:
        return None
    return {"sha": head.stdout.strip(), "dirty": bool(changes.stdout.strip())}


def now() -> str:
    """The time, UTC, to the second.

    >>> now().endswith("+00:00")
    True
    """
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def to_json(value: Any, indent: int | None = None) -> str:
    """JSON of dicts, lists, numbers and arrays; JSON has no NaN, so what is not finite becomes null.

    >>> to_json({"energy": np.array([1.5, np.nan])})
    '{"energy": [1.5, null]}'
    """
    return json.dumps(_plain(value), allow_nan=False, ensure_ascii=False, indent=indent)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
