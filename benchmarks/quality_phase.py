"""How good are textures and turbulence of phase harmonics and rectifiers?

    python benchmarks/quality_phase.py --data ../shared/data                # --models pywph for some

Medians of five seeds beside the peer's row of the sheet (one seed each) and the seven other true fields. Presets are
the published sets by our recipe (start from the target's smooth spectrum, tilted variable, 120 evaluations), alone
and with spectrum, histogram and structure functions in the energy.
"""

import argparse
import sys
from pathlib import Path

import jax
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]
from phase import MODELS, fields  # noqa: E402

import scatjax as sj  # noqa: E402
from scatjax.diagnostics import kurtosis  # noqa: E402

LAGS = (1, 2, 4, 8, 16)
COLUMNS = ("ps", "ps max", "ps2d", "W1", "kurt", "dK", "sf", "lap", "memo")
PEER = {
    "pywph dn=2": (0.059, 0.167, 0.248, 0.013, 3.37, 0.043, 0.012, 0.96, 0.07),
    "pywph dn=0": (0.070, 0.333, 0.614, 0.014, 3.41, 0.048, 0.019, 1.06, 0.07),
    "Zhang-Mallat B": (0.045, 0.098, 0.232, 0.027, 3.09, 0.085, 0.018, 0.88, 0.08),
    "Zhang-Mallat C": (0.049, 0.142, 0.230, 0.029, 3.08, 0.075, 0.019, 0.93, 0.08),
    "ALPHA": (0.060, 0.233, 0.206, 0.043, 2.68, 0.098, 0.027, 1.07, 0.20),
}


def measures(x, y) -> np.ndarray:
    """The columns of the sheet's section 8."""
    mean, std = np.mean(x, dtype=float), np.std(x, dtype=float)
    x, y = ((np.asarray(a, float) - mean) / std for a in (x, y))
    decades = np.abs(np.log10(rings(y) / rings(x)))
    smooth = [box(np.abs(np.fft.fft2(a)) ** 2) for a in (x, y)]
    tails = [np.array([np.mean([kurtosis(d) for d in steps(a, lag)]) for lag in LAGS]) for a in (x, y)]
    structure = [
        np.array([np.mean(np.abs(d) ** q) for lag in LAGS for d in steps(a, lag) for q in (1, 2, 3, 4)]) for a in (x, y)
    ]
    unit = lambda a: (a - a.mean()) / a.std()
    memo = np.fft.ifft2(np.fft.fft2(unit(x)) * np.conj(np.fft.fft2(unit(y)))).real.max() / x.size
    return np.array([
        decades.mean(), decades.max(), np.abs(smooth[1] / smooth[0] - 1).reshape(-1)[1:].mean(),
        np.abs(np.sort(x, None) - np.sort(y, None)).mean(), kurtosis(y), np.abs(tails[1] / tails[0] - 1).max(),
        np.abs(structure[1] / structure[0] - 1).mean(), kurtosis(laplacian(y)) / kurtosis(laplacian(x)), memo,
    ])  # fmt: skip


def rings(x) -> np.ndarray:
    """Mean periodogram over floor(|k|) = 1 .. N/2 - 1."""
    k = np.fft.fftfreq(len(x)) * len(x)
    ring, power = np.floor(np.hypot(k[:, None], k)).astype(int), np.abs(np.fft.fft2(x)) ** 2
    return np.array([power[ring == i].mean() for i in range(1, len(x) // 2)])


def box(power) -> np.ndarray:
    """Circular means over 5 x 5."""
    return sum(np.roll(power, (a, b), (0, 1)) for a in range(-2, 3) for b in range(-2, 3)) / 25


def steps(x, lag: int) -> list[np.ndarray]:
    """Increments along both axes."""
    return [x - np.roll(x, lag, axis) for axis in (0, 1)]


def laplacian(x) -> np.ndarray:
    """Of five points, periodic."""
    return sum(np.roll(x, step, axis) for step in (1, -1) for axis in (0, 1)) - 4 * x


def presets(name: str):
    """Maps by recipe: the set alone, and with what it leaves free."""
    phi, shape = MODELS[name][0](128), (128, 128)
    free = [sj.PowerSpectrum(shape, 40), sj.Quantiles(shape, 128), sj.StructureFunctions(shape)]
    return {"alone": phi, "with spectrum, histogram, structure functions": sj.Stack([phi, *free])}


def show(label: str, values, last: str = "") -> None:
    """One row of the table."""
    print(f"| {label} | " + " | ".join(f"{v:.3g}" for v in values) + f" | {last} |", flush=True)


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--evaluations", type=int, default=120)
    parser.add_argument("--models", default="")
    arguments = parser.parse_args()
    found = fields(arguments.data)
    true = np.array([measures(found["turb"], y) for y in found["true"]])
    print("| model | " + " | ".join(COLUMNS) + " | worse than the peer; outside of the true fields |")
    print("|---" * (len(COLUMNS) + 2) + "|")
    for label, row in (("least", true.min(0)), ("largest", true.max(0))):
        show(f"{label} of seven other true fields of turbulence", row)
    for name in [name for name in MODELS if arguments.models in name]:
        x = found[MODELS[name][1]]
        show(f"**{name}**: peer, one seed", PEER[name])
        for recipe, phi in presets(name).items():
            r = sj.synthesize(
                jax.random.key(0), phi, x, num_samples=arguments.seeds, solver=sj.LBFGS(memory=40), tolerance=0.0,
                max_steps=arguments.evaluations, start=sj.SameSpectrum(0.5), variable=sj.Whitened.of(x, tilt=1),
                report=None,
            )  # fmt: skip
            ours = np.median([measures(x, y) for y in r.fields], axis=0)
            show(recipe, ours, verdict(x, ours, PEER[name], true if MODELS[name][1] == "turb" else None))
        jax.clear_caches()


def verdict(x, ours, peer, true) -> str:
    """Columns further from a copy in law than the peer's, then those beyond all other true fields."""
    ideal = np.array([0, 0, 0, 0, kurtosis(np.asarray(x, float)), 0, 0, 1, 0])
    worse = [c for c, a, b in zip(COLUMNS, np.abs(ours - ideal), np.abs(np.array(peer) - ideal), strict=True) if a > b]
    text = ", ".join(worse) or "none"
    if true is None:
        return text
    low, high = np.where(np.isin(COLUMNS, ("kurt", "lap")), true.min(0), 0), true.max(0)
    outside = [c for c, v, a, b in zip(COLUMNS, ours, low, high, strict=True) if not a <= v <= b]
    return f"{text}; " + (", ".join(outside) or "none")


if __name__ == "__main__":
    main()
