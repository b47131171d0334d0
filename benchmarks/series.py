"""Scattering spectra of series: time, descents, many paths.

    python benchmarks/series.py --data ../shared/data/series         # all parts; --parts speed for one

The peer, scatspectra db21477, is not on PyPI: its CPU-seconds and its rows of quality are those of the sheets, measured
on such cores. Ours are of the whole process; `SymmetricOn` mirrors a path and redoes the pad at each layer, as it does.
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
    """Four tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--parts", default="speed,paths,quality,descents")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--paths", type=int, default=1000)
    arguments = parser.parse_args()
    keep_memory()
    print(f"jax {jax.__version__}, {jax.devices()[0]}\n")
    for part in arguments.parts.split(","):
        {"speed": speed, "descents": descents, "paths": paths, "quality": quality}[part](arguments)
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
        for boundary in (MIRROR, Periodic()):
            x = np.random.default_rng(0).standard_t(4, size=shape).astype("float32")
            ours, first = timed(sj.ScatteringSpectra(bank(shape[-1], J, boundary)).fit(x), jnp.asarray(x))
            ratios = [1e3 * theirs / own[1] for theirs, own in zip(peer, ours, strict=True)]
            cells = " | ".join(f"{wall:.1f} / {cpu:.1f}" for wall, cpu in ours)
            name = f"{shape}, {J}, {type(boundary).__name__}"
            print(f"| {name} | {cells} | **{ratios[0]:.0f}x / {ratios[1]:.0f}x** (10 / 10) | {first:.1f} |")
    print()


def timed(phi, x) -> tuple[list[tuple[float, float]], float]:
    """The costs of analysis and gradient, and the seconds of their first calls."""
    square = lambda y, phi: jnp.sum(phi.vector(y) ** 2)
    forward = eqx.filter_jit(lambda phi, x: phi.vector(x))
    gradient = eqx.filter_jit(lambda phi, x: jax.grad(square)(x, phi))
    began = time.perf_counter()
    jax.block_until_ready((forward(phi, x), gradient(phi, x)))
    first = time.perf_counter() - began
    return [cost(lambda: forward(phi, x)), cost(lambda: gradient(phi, x))], first


def data(folder: Path) -> dict[str, tuple[np.ndarray, int]]:
    """Series with its mean removed, and J, by name."""
    close = np.load(folder / "snp500_daily.npz")["close"]
    helium = np.load(folder / "heliumjet_synthesized_4096.npy")
    models = np.load(folder / "models1d.npz")
    series = {"S&P": (np.diff(np.log(close)), 9), "helium": (helium, 8), "mrw": (models["mrw"][0], 8)}
    return {name: (x - x.mean(), J) for name, (x, J) in series.items()}


def descents(arguments) -> None:
    """Evaluations of L-BFGS to 6e-3, then steps of dual Levenberg-Marquardt to 1e-6, in float64."""
    jax.config.update("jax_enable_x64", True)
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
                    jax.random.key(0), phi, x, num_samples=2, solver=solver, max_steps=15, tolerance=1e-6,
                    start=Given(drawn.fields), **options,
                )  # fmt: skip
                spread = np.asarray(drawn.fields.std(-1) / x.std())
                steps = f"{polished.steps.tolist()}, {float(polished.residual.max()):.0e}"
                print(
                    f"| {name}, {J}, {type(boundary).__name__} | {title} | {drawn.steps.tolist()} | "
                    f"{steps} | {spread.min():.3f}-{spread.max():.3f} |",
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


PEER = {  # spectra alone, the worst of 3 seeds of each column but kurtosis, of which the best
    "PS rms dB": 0.62, "W1 inc 1": 0.05, "W1 inc 4": 0.04, "W1 inc 16": 0.045, "W1 inc 64": 0.10, "kurt 1": 6.1,
    "kurt 4": 7.2, "kurt 16": 7.9, "kurt 64": 5.3, "skew 16": -1.0, "S1": 0.032, "S2": 0.01, "S3": 0.13, "S4": 0.31,
    "vol": 0.17, "vol rmse": 0.03, "lev": -4.6, "lev rmse": 0.11,
}  # fmt: skip


def quality(arguments) -> None:
    """S&P, first 4096 returns, J = 8, to 6e-3: medians over seeds, spectra alone and with the increments held."""
    x = np.diff(np.log(np.load(arguments.data / "snp500_daily.npz")["close"]))[:4096].astype("float32")
    spectra = sj.ScatteringSpectra(bank(4096, 8))
    held = sj.Stack((spectra, sj.moments.IncrementQuantiles(x.shape)), weights=(1.0, 0.07))
    columns = {"target": list(judged(x, x).values()), "peer": list(PEER.values())}
    for name, phi in (("spectra", spectra), ("with increments", held)):
        drawn = sj.synthesize(
            jax.random.key(0), phi, x, num_samples=arguments.seeds, max_steps=400, tolerance=6e-3, report=None
        )
        columns[name] = np.median([list(judged(x, y).values()) for y in np.asarray(drawn.fields)], axis=0)
        print(f"{name}: evaluations {drawn.steps.tolist()}, {drawn.statuses()}")
    print(f"\n| statistic | {' | '.join(columns)} |\n|---|" + "---|" * len(columns))
    for i, statistic in enumerate(PEER):
        print(f"| {statistic} | {' | '.join(f'{values[i]:.3g}' for values in columns.values())} |")


def judged(r, s) -> dict[str, float]:
    """The statistics of section 4 of the sheet, of a candidate s against r."""
    d = sj.diagnostics
    out = {"PS rms dB": d.decibels(d.welch(r)[1], d.welch(s)[1])[0]}
    lags = (1, 4, 16, 64)
    both = {lag: (d.path_increments(r, lag), d.path_increments(s, lag)) for lag in lags}
    out |= {f"W1 inc {lag}": d.wasserstein(*both[lag]) for lag in lags}
    out |= {f"kurt {lag}": d.kurtosis(both[lag][1]) for lag in lags} | {"skew 16": d.skewness(both[16][1])}
    out |= {f"S{q}": error for q, error in zip((1, 2, 3, 4), d.path_structure_error(r, s), strict=True)}
    for name, statistic in (("vol", d.volatility_autocorrelation), ("lev", d.leverage)):
        true, other = statistic(r), statistic(s)
        out[name] = other.mean() if name == "vol" else other.sum()
        out[f"{name} rmse"] = np.sqrt(np.mean((other - true) ** 2))
    return out


if __name__ == "__main__":
    main()
