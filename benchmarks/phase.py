"""Phase harmonics and rectifiers: time and descents.

    python benchmarks/phase.py --peer-python ../peervenv/bin/python          # all parts; --parts speed for one

pywph 1.1.3 runs in turn in a process of its own, on the same noise, its numbers compared with ours before timing. The
codes of rectifier covariances and of Zhang and Mallat are not on PyPI: their rows are those of the sheet, measured on
such cores. Times are CPU-milliseconds: its threads and ours share two cores.
"""

import argparse
import sys
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]
from peers import Peer, noise  # noqa: E402
from series import cost  # noqa: E402

import scatjax as sj  # noqa: E402
from scatjax.run import keep_memory  # noqa: E402
from scatjax.synthesis import SameSpectrum, White  # noqa: E402
from scatjax.synthesis.start import Refined  # noqa: E402

N = 256
SPEED = [  # name, map, what the peer types or its CPU-milliseconds, bars
    ("pywph, 513 numbers", lambda: wph((N, N), 7, 0, normalized=False), "WPHOp(256, 256, 7, L=4, dn=0)", (20, 15)),
    ("pywph dn=2, 3105", lambda: wph((N, N), 7, 2, normalized=False), "WPHOp(256, 256, 7, L=4, dn=2)", (10, 10)),
    ("ALPHA gray, 28 564", lambda: alpha((N, N)), (4250, 7820), (10, 6)),
    ("Zhang-Mallat C, 128^2, J=4, L=4", lambda: zhang_mallat("c", (128, 128), 4, 4), (2660, 8900), (10, 6)),
]


def main() -> None:
    """The tables of the parts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--parts", default="speed,descents")
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--models", default="", help="only models of `quality` and `descents` whose name holds this")
    parser.add_argument("--peer-python", default=sys.executable, help="the interpreter of the peers' environment")
    arguments = parser.parse_args()
    keep_memory()
    print(f"jax {jax.__version__}, {jax.devices()[0]}\n")
    for part in arguments.parts.split(","):
        {"speed": speed, "descents": descents}[part](arguments)
        jax.clear_caches()


def wph(shape, J, translations=0, **options):
    """The set of pywph on the bump-steerable bank."""
    bank = sj.wavelets.bump_steerable(shape, J=J, L=4)
    return sj.PhaseHarmonics(bank, sj.pairs.pywph(J, 4, translations=translations, **options))


def zhang_mallat(model, shape, J=5, L=8):
    """Their sets B, C, D."""
    make = getattr(sj.pairs, f"zhang_mallat_{model}")
    return sj.PhaseHarmonics(sj.wavelets.bump_steerable(shape, J=J, L=L), make(J, L))


def alpha(shape, J=5):
    """Rectifier covariances of gray textures."""
    return sj.RectifierCovariances(sj.wavelets.morlet(shape, J=J, L=4), sj.pairs.alpha_gray(J, 4))


def speed(arguments) -> None:
    """Values and gradient beside the peer."""
    print("| work | ours, CPU-ms | peer, CPU-ms | peer / ours (bar) | differs | first calls s | temp MB |")
    print("|---|---|---|---|---|---|---|")
    for name, make, peer, bars in SPEED:
        phi = make()
        x = jnp.asarray(noise(phi.shape))
        forward, gradient, first, megabytes = programs(phi, x)
        other = Peer(arguments.peer_python, peer, phi.shape) if isinstance(peer, str) else None
        differs, theirs = float("nan"), peer
        if other:
            differs = float(np.abs(np.sort(complex_rows(phi, forward())) - np.sort(np.abs(other.output()))).max())
        ours, both = [], []
        for call, what in ((forward, "forward"), (gradient, "gradient")):
            ours.append(cost(call, arguments.repeat)[1])
            if other:
                both.append(np.median([other.cpu_milliseconds(what) for _ in range(arguments.repeat // 2 + 1)]))
        theirs = both or ((float("nan"),) * 2 if isinstance(peer, str) else peer)
        ratios = " / ".join(f"{b / a:.1f}x" for a, b in zip(ours, theirs, strict=True))
        print(
            f"| {name} | {ours[0]:.0f} / {ours[1]:.0f} | {theirs[0]:.0f} / {theirs[1]:.0f} | **{ratios}** "
            f"({bars[0]} / {bars[1]}) | {differs:.0e} | {first:.1f} | {megabytes:.0f} |",
            flush=True,
        )
        if other:
            other.close()
    print()


def complex_rows(phi, values) -> np.ndarray:
    """|.| of each row: the order of rows of one class is the peer's, imaginary parts that are 0 have no row."""
    row, part = phi.gamma.parts()
    out = np.zeros(len(phi.gamma), complex)
    np.add.at(out, row, np.where(part == 0, 1, 1j) * np.asarray(values))
    return np.abs(out)


def programs(phi, x):
    """Values, gradient of the sum of squares, seconds of the first calls, megabytes of temporaries of the gradient."""
    began = cost.__globals__["time"].perf_counter()
    square = lambda y, phi: jnp.sum(phi.vector(y) ** 2)
    forward = eqx.filter_jit(lambda phi, x: phi.vector(x))
    gradient = eqx.filter_jit(lambda phi, x: jax.grad(square)(x, phi))
    jax.block_until_ready((forward(phi, x), gradient(phi, x)))
    first = cost.__globals__["time"].perf_counter() - began
    compiled = gradient.lower(phi, x).compile()
    memory = getattr(compiled, "compiled", compiled).memory_analysis().temp_size_in_bytes
    return lambda: forward(phi, x), lambda: gradient(phi, x), first, memory / 2**20


SIDES, COARSE = (32, 64, 128), 160  # coarse to fine; evaluations of each coarse one, the work of 50 at 128^2 in all
TILT = {"pywph dn=2": 1.7, "pywph dn=0": 1.7, "ALPHA": 1.3}  # of the variable; 1.5 for others
SMOOTHING = {"ALPHA": None}  # octaves, of the spectrum that the start has; 0.35 for others
MODELS = {  # name -> (map of a side, field, evaluations of the peer, its energies after them; sheet, section 9)
    "pywph dn=2": (
        lambda n: wph((n, n), scales(n), 2),
        "turb",
        {25: 0.412, 50: 0.0542, 75: 0.02, 100: 0.0109, 108: 0.00934},
    ),
    "pywph dn=0": (lambda n: wph((n, n), scales(n)), "turb", {166: 3.5e-5}),
    "Zhang-Mallat B": (lambda n: zhang_mallat("b", (n, n), scales(n)), "turb", {155: 0.762}),
    "Zhang-Mallat C": (lambda n: zhang_mallat("c", (n, n), scales(n)), "turb", {100: 1.72, 157: 1.44}),
    "ALPHA": (lambda n: alpha((n, n), J=scales(n)), "gravel", {158: 4.06e8}),
}


def scales(n: int) -> int:
    """J = 5 at 128, one less an octave."""
    return int(np.log2(n)) - 2


def fields(folder: Path) -> dict[str, np.ndarray]:
    """The fields of the sheet's section 8, 128 x 128, standardized; "true" are the seven other vorticities."""
    vorticity = np.load(folder / "fields" / "turb2d_N256.npz")["vorticity"]
    cut = np.stack([sj.synthesis.problem.cut_to(v, (128, 128)) for v in vorticity.astype("float32")])
    gravel = np.load(folder / "images" / "brochard_textures_gray256_u8.npz")["gravel"].astype("float32")
    gravel = gravel.reshape(128, 2, 128, 2).mean((1, 3))
    cut = (cut - cut[0].mean()) / cut[0].std()
    return {"turb": cut[0], "true": cut[1:], "gravel": (gravel - gravel.mean()) / gravel.std()}


def descents(arguments) -> None:
    """Energies sum |S - S*|^2 after so many evaluations, medians of seeds: the peer's recipe, ours in a quarter."""
    print("| model | recipe | evaluations: ours (peer) |")
    print("|---|---|---|")
    found = fields(arguments.data)
    for name, (make, field, peer) in MODELS.items():
        if arguments.models not in name:
            continue
        x, unit = found[field], 128.0**4 if name == "ALPHA" else 1.0  # the peer sums over points
        options = {"num_samples": arguments.seeds, "tolerance": 0.0, "report": None, "solver": sj.LBFGS(memory=40)}
        phi = make(128).fit(x)
        total = unit * float(jnp.sum(phi.vector(x) ** 2))
        energy = lambda r, total=total: total * float(np.median(np.asarray(r.residual) ** 2))
        white = options | {"start": White(mean=0.0, std=1.0)}
        drawn = {n: sj.synthesize(jax.random.key(0), phi, x, max_steps=n, **white) for n in peer}
        plain = {n: energy(r) for n, r in drawn.items()}
        cells = ", ".join(f"{n}: {value:.3g} ({peer[n]:.3g})" for n, value in plain.items())
        print(f"| {name} | white noise, pixels | {cells} |", flush=True)
        quarter, last = max(peer) // 4, peer[max(peer)]
        targets = [sj.synthesis.problem.cut_to(x, (n, n)) for n in SIDES]
        variables = [sj.Whitened.of(t, tilt=TILT.get(name, 1.5)) for t in targets]
        law = SameSpectrum(SMOOTHING.get(name, 0.35))
        coarse = sj.synthesize(
            jax.random.key(0), [make(n) for n in SIDES[:2]], targets[1], start=law, max_steps=COARSE,
            variable=variables[:2], **options,
        )  # fmt: skip
        start = Refined(law, coarse.fields)
        r = sj.synthesize(
            jax.random.key(0), phi, x, start=start, variable=variables[2], max_steps=quarter, **options
        )
        cell = f"{COARSE} + {COARSE} coarse, {quarter} at 128^2: {energy(r):.3g} ({max(peer)}: {last:.3g})"
        print(f"| {name} | coarse to fine, tilted | {cell} |", flush=True)
        jax.clear_caches()
    print()


if __name__ == "__main__":
    main()
