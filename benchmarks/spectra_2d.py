"""Scattering spectra in two dimensions: time, compile time, memory, distance to the limit, and synthesis.

    python benchmarks/spectra_2d.py            # all rows; --repeat 5 for a quick look

The peer of the sheet (SihaoCheng/scattering_transform) is not on PyPI; the bar is restated against Kymatio torch's 2D
row (256², J=5, L=8, order 2), timed in the same run, alternately, in a process of its own. Values are compared with the
golden outputs before timing. Our process keeps its memory (`scatjax.run.keep_memory`). The limit is the time of the
FFTs that no algorithm of this family avoids: one forward of the input, one inverse for each first-layer field on its
grid, one real forward of each modulus; with the best of jnp.fft and scipy.fft.
"""

import argparse
import sys
import time
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy.fft

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]
from peers import Peer, alternately  # noqa: E402

import scatjax as sj  # noqa: E402
from scatjax.run import keep_memory  # noqa: E402

GOLDEN = ROOT / "tests" / "golden" / "cheng"
SIDE, J, L = 256, 6, 4
PEER_LOSS = {50: 129.0, 100: 9.8}  # of Cheng's recipe on lensing, J=5, isotropic
PEER_GRADIENT = 518 / 1359  # Cheng's gradient / Kymatio's, both of one run


def ready(function, *arguments):
    """A call that waits for its result."""
    return lambda: jax.block_until_ready(function(*arguments))


def check_values() -> float:
    """Largest difference from the peer's C01 and C11 without its crop, 128², float32, full grids."""
    with np.load(GOLDEN / "inputs_128.npz") as stored:
        x = stored["x"].astype(np.float32)
    bank = sj.wavelets.morlet((128, 128), J=5, L=4, constants=sj.wavelets.Cheng(), oversampling="full")
    c = jax.jit(sj.ScatteringSpectra(bank))(x)
    rows = c.table.take(c.table.rows(kind="C11", part="re"))
    with np.load(GOLDEN / "exact_morlet_128.npz") as stored:
        want = stored["C11"][(slice(None), *(rows[k] for k in ("j1", "j2", "j3", "l1", "l2", "l3")))]
    return float(np.abs(np.asarray(c["C11"]) - want).max())


def programs(oversampling, *, isotropic: bool):
    """Forward and gradient of the covariance row, and what they cost to build."""
    x = jnp.asarray(np.random.default_rng(0).standard_normal((SIDE, SIDE)), jnp.float32)
    began = time.perf_counter()
    bank = sj.wavelets.morlet((SIDE, SIDE), J=J, L=L, oversampling=oversampling)
    filters = time.perf_counter() - began
    phi = sj.ScatteringSpectra(bank, isotropic=isotropic).fit(x)
    traces = []

    def square(phi, x):
        traces.append(1)
        return jnp.sum(phi.vector(x) ** 2)

    forward = eqx.filter_jit(lambda phi, x: phi.vector(x))
    gradient = eqx.filter_jit(lambda phi, x: jax.value_and_grad(lambda y: square(phi, y))(x))
    began = time.perf_counter()
    compiled = gradient.lower(phi, x).compile()
    compile_time = time.perf_counter() - began
    temporaries = compiled.compiled.memory_analysis().temp_size_in_bytes / 1e6
    for scale in (1.0, 2.0, 3.0):
        gradient(phi, x * scale)
    row = {"filters s": filters, "compile s": compile_time, "temp MB": temporaries, "retraces": len(traces) - 1}
    row["numbers"] = len(phi.table)
    return ready(forward, phi, x), ready(gradient, phi, x), row, bank


def limit(bank, repeat: int) -> float:
    """Time of the unavoidable FFTs, each with the better of jnp.fft and scipy.fft."""
    rng = np.random.default_rng(0)
    total = 0.0
    for shape, kind in [((1, SIDE, SIDE), "rfft2")] + [
        ((L, *grid), kind) for grid in bank.grids for kind in ("ifft2", "rfft2")
    ]:
        x = rng.standard_normal(shape).astype(np.float32)
        x = x if kind == "rfft2" else x.astype(np.complex64)
        ours = jax.jit(getattr(jnp.fft, kind))
        theirs = getattr(scipy.fft, kind)
        calls = {"jax": ready(ours, jnp.asarray(x)), "scipy": lambda f=theirs, x=x: f(x, workers=-1)}
        total += min(alternately(calls, None, repeat).values())
    return total


def evaluation_rows(repeat: int, peer: Peer) -> None:
    """Times of forward and gradient beside the peer's and the limit."""
    print("| work | numbers | forward ms | gradient ms | time/limit | compile s | temp MB | filters s | retraces |")
    print("|---|---|---|---|---|---|---|---|---|")
    for isotropic, oversampling in ((False, 2), (True, 2), (False, 1), (False, "full")):
        forward, gradient, row, bank = programs(oversampling, isotropic=isotropic)
        times = alternately({"forward": forward, "gradient": gradient}, peer, repeat)
        least = limit(bank, repeat)
        name = f"spectra {SIDE}² J={J} L={L} {'iso' if isotropic else 'full'}, oversampling={oversampling}"
        print(
            f"| {name} | {row['numbers']} | {times['forward']:.1f} | {times['gradient']:.1f} | "
            f"{times['forward'] / least:.1f} / {times['gradient'] / least:.1f} of {least:.1f} ms | "
            f"{row['compile s']:.1f} | {row['temp MB']:.0f} | {row['filters s']:.2f} | {row['retraces']} |"
        )
        if peer:
            ratios = times["peer forward"] / times["forward"], times["peer gradient"] / times["gradient"]
            print(
                f"| Kymatio torch {SIDE}² J=5 L=8, in turn with it | | {times['peer forward']:.0f} | "
                f"{times['peer gradient']:.0f} | **{ratios[0]:.1f}x / {ratios[1]:.1f}x** | | | | |"
            )
        jax.clear_caches()


def synthesis_row(path: str, repeat: int, peer: Peer) -> None:
    """L-BFGS from white noise on a 128² field (J=5, isotropic): loss by evaluations, time to the peer's end."""
    with np.load(path) as stored:
        x = stored["lensing"].astype(np.float32)
    bank = sj.wavelets.morlet(x.shape, J=5, L=4, constants=sj.wavelets.Cheng())
    phi = sj.ScatteringSpectra(bank, isotropic=True).fit(x)
    target = np.asarray(phi.vector(x), float)
    loss = lambda r: (np.asarray(r.residual) * np.linalg.norm(target)) ** 2 / len(target) * 1e8
    draw = lambda steps, n=1, tolerance=0.0, **options: sj.synthesize(
        jax.random.key(0), phi, x, num_samples=n, max_steps=steps, tolerance=tolerance, report=None, **options
    )
    for steps in (50, 100, 200):
        print(f"lensing 128², 5 samples, {steps} evaluations: loss {np.round(loss(draw(steps, 5)), 2)}")
    enough = float(np.sqrt(PEER_LOSS[100] * len(target) / 1e8) / np.linalg.norm(target))
    gradient = eqx.filter_jit(lambda phi, x: jax.value_and_grad(lambda y: jnp.sum(phi.vector(y) ** 2))(x))
    one = alternately({"v": ready(gradient, phi, jnp.asarray(x))}, None, 4 * repeat)["v"]
    for n in (1, 8):
        draw(100, n)
        began = time.perf_counter()
        r = draw(100, n)
        wall = 1e3 * (time.perf_counter() - began) / int(np.sum(np.asarray(r.evaluations)))
        print(f"{n} samples: {wall:.2f} ms an evaluation, value_and_grad {one:.2f} ms: ratio {wall / one:.2f}")
    recipes = {
        "white noise": lambda: draw(300, 1, enough),
        "the target's spectrum": lambda: draw(300, 1, enough, start=sj.SameSpectrum(0.5)),
    }
    gradient_time = alternately({"gradient": lambda: None}, peer, repeat)["peer gradient"] if peer else float("nan")
    theirs = gradient_time * PEER_GRADIENT / (SIDE / 128) ** 2
    print(f"the peer's recipe, restated: 100 x {theirs:.0f} ms = {theirs / 10:.1f} s to a loss of 9.8")
    for name, recipe in recipes.items():
        recipe()
        seconds = alternately({"recipe": recipe}, None, repeat)["recipe"] / 1e3
        print(f"from {name}: {int(recipe().steps[0])} evaluations, {seconds:.2f} s: {theirs / 10 / seconds:.1f}x")


def main() -> None:
    """All rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=11)
    parser.add_argument("--peer-python", default=sys.executable, help="the interpreter of the peers' environment")
    parser.add_argument("--fields", default=str(ROOT.parent / "shared" / "data" / "fields" / "fields128.npz"))
    arguments = parser.parse_args()
    kept = "memory kept" if keep_memory() else "memory not kept"
    peer = Peer(arguments.peer_python, "Scattering2D(J=5, shape=(256, 256), L=8)", (1, 256, 256))
    print(f"jax {jax.__version__}, {jax.devices()[0]}, {kept}")
    print(f"C11 differs from the peer's by {check_values():.1e} (float32)\n")
    evaluation_rows(arguments.repeat, peer)
    if Path(arguments.fields).exists():
        print()
        synthesis_row(arguments.fields, arguments.repeat, peer)
    else:
        print(f"missing {arguments.fields}: pass --fields for the synthesis row", file=sys.stderr)


if __name__ == "__main__":
    main()
