"""Scattering spectra of series: time, descents, many paths (specs/performance.md 1, specs/spectra.md 5 and 9).

    python benchmarks/series.py --data ../shared/data/series         # all parts; --parts speed for one

The peer, scatspectra db21477, is not on PyPI: its CPU-seconds are those of the sheet, measured on such cores. CPU-seconds
are of the whole process; a path is mirrored and its pad redone at each layer, as by the peer, unless a row says periodic.
"""

import argparse
import sys
import time
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
import scatjax as sj  # noqa: E402
from scatjax.domains import Periodic, SymmetricOn  # noqa: E402
from scatjax.energies import Centered, Composed, Pixels, Whitened  # noqa: E402
from scatjax.run import keep_memory  # noqa: E402
from scatjax.synthesis import Given, SameSpectrum, White  # noqa: E402

MIRROR = SymmetricOn(redone=True)
WORK = [((6064,), 9, (0.2, 0.43)), ((8, 2048), 8, (0.2, 1.0))]  # shape, J, CPU-seconds of the peer


def main() -> None:
    """Three tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--parts", default="speed,descents,paths")
    parser.add_argument("--paths", type=int, default=1000)
    arguments = parser.parse_args()
    keep_memory()
    print(f"jax {jax.__version__}, {jax.devices()[0]}\n")
    for part in arguments.parts.split(","):
        {"speed": speed, "descents": descents, "paths": paths}[part](arguments)
        jax.clear_caches()


def bank(T: int, J: int, boundary=MIRROR, dtype="float32"):
    """The peer's wavelets: on the grids that a redone pad needs, or on band-limited ones."""
    grids = "full" if boundary is MIRROR else 2
    constants = sj.wavelets.ScatSpectra()
    make = sj.wavelets.battle_lemarie
    return make((T,), J=J, constants=constants, boundary=boundary, oversampling=grids, dtype=dtype)


def cost(call, repeat: int = 15) -> tuple[float, float]:
    """Medians of wall and CPU milliseconds."""
    jax.block_until_ready(call())
    times = []
    for _ in range(repeat):
        began = time.perf_counter(), time.process_time()
        jax.block_until_ready(call())
        times.append((time.perf_counter() - began[0], time.process_time() - began[1]))
    return tuple(1e3 * np.median(times, axis=0))


def speed(arguments) -> None:
    """Analysis and gradient of one path and of a batch."""
    print("| shape, J, boundary | analysis wall / CPU ms | gradient wall / CPU ms | peer / ours, CPU | first calls s |")
    print("|---|---|---|---|---|")
    for shape, J, peer in WORK:
        x = np.random.default_rng(0).standard_t(4, size=shape).astype("float32")
        for boundary in (MIRROR, Periodic()):
            phi = sj.ScatteringSpectra(bank(shape[-1], J, boundary)).fit(x)
            square = lambda y, phi: jnp.sum(phi.vector(y) ** 2)
            forward = eqx.filter_jit(lambda phi, x: phi.vector(x))
            gradient = eqx.filter_jit(lambda phi, x: jax.grad(square)(x, phi))
            began = time.perf_counter()
            jax.block_until_ready((forward(phi, x), gradient(phi, x)))
            first = time.perf_counter() - began
            ours = cost(lambda: forward(phi, x)), cost(lambda: gradient(phi, x))
            ratios = [1e3 * theirs / own[1] for theirs, own in zip(peer, ours, strict=True)]
            cells = " | ".join(f"{wall:.1f} / {cpu:.1f}" for wall, cpu in ours)
            name = type(boundary).__name__
            print(
                f"| {shape}, {J}, {name} | {cells} | **{ratios[0]:.0f}x / {ratios[1]:.0f}x** (10 / 10) | {first:.1f} |"
            )
    print()


def data(folder: Path) -> dict[str, tuple[np.ndarray, int]]:
    """name -> (series with its mean removed, J)."""
    close = np.load(folder / "snp500_daily.npz")["close"]
    helium = np.load(folder / "heliumjet_synthesized_4096.npy")
    models = np.load(folder / "models1d.npz")
    series = {"S&P": (np.diff(np.log(close)), 9), "helium": (helium, 8), "mrw": (models["mrw"][0], 8)}
    return {name: (x - x.mean(), J) for name, (x, J) in series.items()}


def descents(arguments) -> None:
    """Evaluations of L-BFGS to 6e-3, then steps of dual Levenberg-Marquardt to 1e-6."""
    print("| series, J, boundary | variable, start | L-BFGS evaluations to 6e-3, 4 seeds | LM steps, residual | std |")
    print("|---|---|---|---|---|")
    for name, (x, J) in data(arguments.data).items():
        for boundary in (MIRROR, Periodic()):
            phi = sj.ScatteringSpectra(bank(len(x), J, boundary, "float64"))
            for title, variable, start in choices(x):
                options = dict(variable=variable, report=None)
                drawn = sj.synthesize(
                    jax.random.key(0), phi, x, num_samples=4, max_steps=400, tolerance=6e-3, start=start, **options
                )
                solver = sj.LevenbergMarquardt()
                polished = sj.synthesize(
                    jax.random.key(0), phi, x, solver=solver, max_steps=15, tolerance=1e-6,
                    start=Given(drawn.fields[:1]), **options,
                )  # fmt: skip
                spread = np.asarray(drawn.fields.std(-1) / x.std())
                print(
                    f"| {name}, {J}, {type(boundary).__name__} | {title} | {drawn.steps.tolist()} | "
                    f"{int(polished.steps[0])}, {float(polished.residual[0]):.0e} | {spread.min():.3f}-{spread.max():.3f} |",
                    flush=True,
                )
    print()


def choices(x):
    """Variables with their starts."""
    white = Whitened.of(x)
    return [
        ("levels, white", Pixels(), White()),
        ("whitened, smooth spectrum", white, SameSpectrum(0.5)),
        ("whitened and centered, smooth spectrum", Composed(Centered(0.0), white), SameSpectrum(0.5)),
    ]


def paths(arguments) -> None:
    """Many independent paths of T = 2048, J = 8, to 6e-3."""
    x = np.load(arguments.data / "snp500_daily.npz")["close"].astype("float64")
    x = np.diff(np.log(x))[:2048].astype("float32")
    x = x - x.mean()
    print(f"| boundary | paths | converged | CPU-seconds (bar {arguments.paths} for {arguments.paths} paths) | wall |")
    print("|---|---|---|---|---|")
    for boundary in (MIRROR, Periodic()):
        phi = sj.ScatteringSpectra(bank(2048, 8, boundary))
        variable = Composed(Centered(0.0), Whitened.of(x))
        began = time.perf_counter(), time.process_time()
        drawn = sj.synthesize(
            jax.random.key(0), phi, x, num_samples=arguments.paths, max_steps=400, tolerance=6e-3, variable=variable,
            report=None,
        )  # fmt: skip
        wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
        converged = sum(status == "converged" for status in drawn.statuses())
        print(f"| {type(boundary).__name__} | {arguments.paths} | {converged} | {cpu:.0f} | {wall:.0f} s |", flush=True)
    print()


if __name__ == "__main__":
    main()
