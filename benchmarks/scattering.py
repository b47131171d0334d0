"""Scattering in one, two and three dimensions beside Kymatio torch 0.3.0: time, compile time, memory, limit.

    python benchmarks/scattering.py            # all rows; --rows 2D for some, --repeat 5 for a quick look

Both take the same noise, in turn, the peer in a process of its own; outputs are compared before timing (one dimension
through the scale rule of `scatjax.kymatio.from_030`). Our process keeps its memory (`scatjax.run.keep_memory`). The
limit is the time of the FFTs that no algorithm of this family avoids: one real forward of the input, one inverse for
each field at its grid, one real forward of each field that a second layer filters; with the best of jnp.fft and
scipy.fft.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy.fft

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]
from peers import Peer, alternately, noise  # noqa: E402

from scatjax import kymatio  # noqa: E402
from scatjax.run import keep_memory  # noqa: E402

ROWS = [  # what both sides type, the batch, the bars: speed over the peer
    ("Scattering2D(J=5, shape=(256, 256), L=8)", (1, 256, 256), (12, 10)),
    ("Scattering2D(J=2, shape=(32, 32), L=8)", (128, 32, 32), (3, 3.5)),
    ("Scattering1D(J=8, shape=65536, Q=8)", (1, 65536), (4, 4.5)),
    ("Scattering1D(J=8, shape=65536, Q=8)", (16, 65536), (3, 3)),
    ("Scattering1D(J=12, shape=65536, Q=12)", (1, 65536), (7, 5)),
    ("HarmonicScattering3D(J=2, shape=(32, 32, 32), L=3)", (1, 32, 32, 32), (3, 3)),
    ("HarmonicScattering3D(J=2, shape=(64, 64, 64), L=3)", (1, 64, 64, 64), (3, 3)),
]


def main() -> None:
    """A Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=11)
    parser.add_argument("--rows", default="", help="only rows whose text holds this")
    parser.add_argument("--peer-python", default=sys.executable, help="the interpreter of the peers' environment")
    arguments = parser.parse_args()
    kept = "memory kept" if keep_memory() else "memory not kept"
    print(f"jax {jax.__version__}, {jax.devices()[0]}, {kept}; times in ms, forward / gradient\n")
    print("| work, batch | ours | peer | peer / ours (bar) | time / limit | differs | made s | first s | temp MB |")
    print("|---|---|---|---|---|---|---|---|---|")
    for what, shape, bars in ROWS:
        if arguments.rows in what:
            row(what, shape, bars, arguments.repeat, arguments.peer_python)
            jax.clear_caches()


def row(what: str, shape: tuple[int, ...], bars: tuple[float, float], repeat: int, python: str) -> None:
    """One line of the table."""
    began = time.perf_counter()
    S = eval(what, vars(kymatio))
    made = time.perf_counter() - began
    x = jnp.asarray(noise(shape))
    forward, gradient, first, temporaries = programs(S, x)
    peer = Peer(python, what, shape)
    differs = difference(np.asarray(forward()), peer.output(), S) if peer else float("nan")
    times = alternately({"forward": forward, "gradient": gradient}, peer, repeat)
    least = limit(S.operator, shape[0], repeat)
    ours, theirs = ([times[f"{side}{name}"] for name in ("forward", "gradient")] for side in ("", "peer "))
    ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
    peer.close()
    print(
        f"| `{what}`, {shape[0]} | {ours[0]:.1f} / {ours[1]:.1f} | {theirs[0]:.0f} / {theirs[1]:.0f} | "
        f"**{ratios[0]:.1f}x / {ratios[1]:.1f}x** ({bars[0]} / {bars[1]}) | "
        f"{ours[0] / least:.1f} / {ours[1] / least:.1f} of {least:.1f} | {differs:.0e} | {made:.2f} | "
        f"{first[0]:.1f} / {first[1]:.1f} | {temporaries[0]:.0f} / {temporaries[1]:.0f} |",
        flush=True,
    )


def programs(S, x) -> tuple[Callable, Callable, list[float], list[float]]:
    """Forward and gradient, their first calls in s and their temporaries in MB."""
    calls, first, temporaries = [], [], []
    square = lambda y, S: jnp.sum(S(y) ** 2)
    for function in (lambda S, x: S(x), lambda S, x: jax.grad(square)(x, S)):
        program = eqx.filter_jit(function)
        began = time.perf_counter()
        jax.block_until_ready(program(S, x))
        first.append(time.perf_counter() - began)
        temporaries.append(program.lower(S, x).compile().compiled.memory_analysis().temp_size_in_bytes / 1e6)
        calls.append(lambda program=program: jax.block_until_ready(program(S, x)))
    return *calls, first, temporaries


def difference(ours: np.ndarray, theirs: np.ndarray, S) -> float:
    """Largest difference over the largest value."""
    theirs = np.asarray(kymatio.from_030(theirs, S)) if isinstance(S, kymatio.Scattering1D) else theirs
    theirs = theirs.reshape(ours.shape)
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def limit(operator, batch: int, repeat: int) -> float:
    """Time of the unavoidable FFTs, each with the better of jnp.fft and scipy.fft."""
    if not hasattr(operator, "bank"):
        return float("nan")  # solid harmonics are products of one axis, without FFTs
    bank = operator.bank
    chains = operator.paths.chains(bank)
    work = [((batch, *bank.domain.padded), "rfftn")]
    for m, layer in enumerate(chains):
        for j, paths in layer.items():
            shape = (batch * len(paths), *bank.layer(m).grids[j])
            work += [(shape, "ifftn")] + ([(shape, "rfftn")] if m + 1 < len(chains) else [])
    return sum(_best(shape, kind, bank.dimension, repeat) for shape, kind in work)


def _best(shape: tuple[int, ...], kind: str, dimension: int, repeat: int) -> float:
    axes = tuple(range(-dimension, 0))
    x = noise(shape) if kind == "rfftn" else noise(shape).astype(np.complex64)
    ours, device = jax.jit(lambda y: getattr(jnp.fft, kind)(y, axes=axes)), jnp.asarray(x)
    theirs = getattr(scipy.fft, kind)
    calls = {
        "jax": lambda: jax.block_until_ready(ours(device)),
        "scipy": lambda: theirs(x, axes=axes, workers=-1),
    }
    times = alternately(calls, None, repeat)
    return min(times["jax"], times["scipy"])


if __name__ == "__main__":
    main()
