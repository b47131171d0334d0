"""Recovery of images from their phase harmonic correlations, up to a translation.

    python benchmarks/recover.py --data ../shared/data/images/mzr_boat_cartoon.npz                  # cartoon64, the bar
    python benchmarks/recover.py --data ... --image boat256 --J 8 --seeds 1 --evaluations 5000 --minutes 30 \
        --chunk 200 --out runs/boat256

One row: PSNR of each seed at the best circular shift, their median, the relative residual. With `--out`, PATH.csv has
PSNR and residual against evaluations, written as the run goes, PATH.png the curve, and PATH.npz the last fields, from
which a run that was stopped goes on when called again; each chunk clears the memory of L-BFGS, as the paper restarts.
Published for boat256, J = 8, L = 8, within scales alone: 22.5 dB, median 21.4, of 10 runs of 11 x 500 iterations; the
peer's cartoon64: 26.2 dB of one seed at 300.
docs/recover_boat256.png is the curve of 30 minutes on a busy machine: 700 evaluations, 18.4 dB and rising.
"""

import argparse
import csv
import sys
import time
from pathlib import Path

import jax
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
import scatjax as sj  # noqa: E402
from scatjax.run import keep_memory  # noqa: E402

BARS = {"cartoon64": "26 dB", "boat256": "21.4 dB (published median)"}


def main() -> None:
    """One table of one row."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--image", default="cartoon64", choices=["cartoon64", "cartoon256", "boat256"])
    parser.add_argument("--J", type=int, default=6)
    parser.add_argument("--L", type=int, default=8)
    parser.add_argument("--scale-steps", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--evaluations", type=int, default=300)
    parser.add_argument("--chunk", type=int, default=300, help="evaluations between two rows of the curve")
    parser.add_argument("--minutes", type=float, default=np.inf)
    parser.add_argument("--equal-weights", action="store_true", help="as published: rows (1, 0) count once")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    jax.config.update("jax_enable_x64", True)
    keep_memory()
    with np.load(arguments.data) as images:
        x = images[arguments.image].astype(float)
    bank = sj.wavelets.bump_steerable(x.shape, J=arguments.J, L=arguments.L, dtype="float64")
    pairs = sj.pairs.mallat_zhang_rochette(arguments.J, arguments.L, arguments.scale_steps, means=False)
    phi = sj.PhaseHarmonics(bank, pairs).fit(x)
    end = time.perf_counter() + 60 * arguments.minutes
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    rows = [run(arguments, phi, x, seed, end) for seed in seeds]
    evaluations, psnr, residual = zip(*rows, strict=True)
    print("| image, numbers | evaluations | PSNR, dB | median | relative residual | bar |\n|---|---|---|---|---|---|")
    print(
        f"| {arguments.image}, J={arguments.J}, L={arguments.L}, dj={arguments.scale_steps}, {len(phi.table)} | "
        f"{', '.join(map(str, evaluations))} | {', '.join(f'{p:.1f}' for p in psnr)} | **{np.median(psnr):.1f}** | "
        f"{', '.join(f'{r:.1e}' for r in residual)} | {BARS.get(arguments.image, '')} |"
    )


def run(arguments, phi, x: np.ndarray, seed: int, end: float) -> tuple[int, float, float]:
    """(evaluations, PSNR, residual) of one seed; in chunks if its curve is wanted or its time is limited."""
    options = {"num_samples": 1, "tolerance": 0.0, "report": None}
    if arguments.equal_weights:
        options["weights"] = phi.weights
    whole = arguments.out is None and not np.isfinite(end)
    chunk = arguments.evaluations if whole else min(arguments.chunk, arguments.evaluations)
    y, curve = resumed(arguments, seed)
    began = time.perf_counter() - (curve[-1][1] if curve else 0)
    while not curve or (curve[-1][0] < arguments.evaluations and time.perf_counter() < end):
        if y is not None:
            options["start"] = sj.Given(y)
        r = sj.recover(jax.random.key(seed), phi, x, max_steps=chunk, **options)
        y, done = np.asarray(r.fields[0]), (curve[-1][0] if curve else 0) + int(r.synthesis.evaluations[0])
        curve.append((done, time.perf_counter() - began, float(r.psnr[0]), float(r.residual[0])))
        print(f"seed {seed}: {done} evaluations, {curve[-1][1]:.0f} s, {r.psnr[0]:.2f} dB", file=sys.stderr, flush=True)
        if arguments.out:
            keep(arguments.out, seed, y, curve)
        if r.statuses()[0] in ("not_finite", "interrupted"):
            break
    return curve[-1][0], curve[-1][2], curve[-1][3]


def resumed(arguments, seed: int):
    """The last field and curve of a seed, if there are any."""
    path = _named(arguments.out, seed, ".npz") if arguments.out else None
    if path is None or not path.exists():
        return None, []
    with np.load(path) as stored:
        return stored["field"], [(int(n), *map(float, rest)) for n, *rest in stored["curve"]]


def keep(out: Path, seed: int, y: np.ndarray, curve: list) -> None:
    """The curve and the field so far."""
    out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(_named(out, seed, ".npz"), field=y, curve=np.array(curve))
    with open(_named(out, seed, ".csv"), "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["evaluations", "seconds", "psnr", "residual"])
        writer.writerows((n, f"{s:.1f}", f"{p:.3f}", f"{r:.4e}") for n, s, p, r in curve)
    try:
        import matplotlib
    except ImportError:
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    evaluations, _, psnr, _ = zip(*curve, strict=True)
    figure, axis = pyplot.subplots(figsize=(5, 3), layout="constrained")
    axis.plot(evaluations, psnr, marker=".", label=f"seed {seed}")
    if out.name.startswith("boat256"):
        axis.axhline(21.4, color="k", ls="--", lw=1, label="published median")
    axis.set(xlabel="evaluations", ylabel="PSNR, dB", title=out.name)
    axis.legend()
    figure.savefig(_named(out, seed, ".png"), dpi=100)
    pyplot.close(figure)


def _named(out: Path, seed: int, suffix: str) -> Path:
    return out.with_name(f"{out.name}-{seed}{suffix}")


if __name__ == "__main__":
    main()
