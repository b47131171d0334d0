"""How well are fields found from their scattering coefficients? The peer's own residuals as bars, and what it costs.

    python benchmarks/invert.py --images ../shared/data/images/mnist-t10k-images-idx3-ubyte.gz

Series: the first of case a of the golden file, |dS|/|S| after 200 evaluations of L-BFGS from white noise of the series'
own mean and deviation, and from the start that `invert` makes of the coefficients alone. Images: PSNR of one digit.
Linear: |dx|/|x| of the exact inverse of a wavelet layer, and its time beside the transform's. Times of series and
images are of one sample, with the compilation where the start is "known".
"""

import argparse
import gzip
import sys
import time
from pathlib import Path

import jax
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
import scatjax as sj  # noqa: E402
from scatjax.domains import ReflectBy  # noqa: E402
from scatjax.wavelets import Decimated, Kymatio, make_bank  # noqa: E402
from scatjax.wavelets.families.morlet_series import MorletSeries  # noqa: E402

BARS = {(2, 1): 29, (2, 2): 34, (3, 2): 28}  # (J, order): dB


def peer_series(J: int, pad: np.ndarray) -> sj.Scattering:
    """Kymatio's transform of 1024 samples: its bank, its grids, its pad."""
    families = [MorletSeries(J, Q, constants=Kymatio()) for Q in (8, 1)]
    return sj.Scattering(make_bank(families, (1024,), Decimated(most=J), ReflectBy(by=((int(pad[1]), int(pad[2])),))))


def series(path: Path, seeds: int) -> None:
    """Rows of one dimension."""
    with np.load(path) as stored:
        x, pad = stored["a_N1024_J6_Q8__x"][0].astype(np.float32), stored["a_N1024_J6_Q8__pad"]
    known = sj.synthesis.White(x.mean(), x.std())
    operators = {"Kymatio's, J=6": peer_series(6, pad), "Kymatio's, J=4": peer_series(4, pad)}
    operators["ours, J=6, periodic"] = sj.Scattering(sj.wavelets.morlet(x.shape, J=6, Q=8))
    for name, S in operators.items():
        for label, start in (("known", known), ("from S", sj.synthesis.White())):
            began = time.perf_counter()
            r = sj.invert(S, S(x), start=start, num_samples=seeds, tolerance=0.0, report=None)
            seconds = (time.perf_counter() - began) / seeds
            left = ", ".join(f"{v:.3f}" for v in np.asarray(r.residual))
            far = np.linalg.norm(np.asarray(r.fields) - x, axis=-1) / np.linalg.norm(x)
            far = ", ".join(f"{v:.2f}" for v in far)
            print(f"| series: {name}; start {label} | {left} | {far} | {seconds:.1f} s | .05 |", flush=True)


def images(path: Path, seeds: int) -> None:
    """Rows of two dimensions."""
    digit = np.frombuffer(gzip.open(path).read(), np.uint8, 28 * 28, 16).reshape(28, 28) / 255
    x = np.pad(digit, 2).astype(np.float32)
    for (J, order), bar in BARS.items():
        banks = {"ours, periodic": sj.wavelets.morlet(x.shape, J=J, L=8)}
        banks["Kymatio's"] = sj.wavelets.morlet(
            x.shape, J=J, L=8, constants=Kymatio(), oversampling=Decimated(), boundary=peer_pad(x.shape, J)
        )
        for name, bank in banks.items():
            S = sj.Scattering(bank, order=order)
            for label, start in (("known", sj.synthesis.White(x.mean(), x.std())), ("from S", sj.synthesis.White())):
                began = time.perf_counter()
                r = sj.invert(S, S(x), start=start, num_samples=seeds, tolerance=0.0, report=None)
                seconds = (time.perf_counter() - began) / seeds
                squares = ((np.asarray(r.fields) - x) ** 2).mean((1, 2))
                quality = ", ".join(f"{-10 * np.log10(v):.1f}" for v in squares)
                left = ", ".join(f"{v:.1e}" for v in np.asarray(r.residual))
                row = f"digit: {name}, J={J}, order {order}; start {label}"
                print(f"| {row} | {left} | {quality} dB | {seconds:.1f} s | {bar} dB |", flush=True)


def peer_pad(shape, J: int) -> ReflectBy:
    """Kymatio's pad of images whose sides 2^J divides: 2^J at each end."""
    return ReflectBy(by=tuple((2**J, 2**J) for _ in shape))


def linear() -> None:
    """The exact inverse, in float64."""
    with jax.enable_x64(True):
        x = np.random.default_rng(0).normal(size=1024)
        for Q in (1, 8):
            for oversampling in ("full", 2, Decimated()):
                bank = sj.wavelets.morlet((1024,), J=6, Q=Q, full_band=True, oversampling=oversampling)
                report(f"linear: N=1024, J=6, Q={Q}, {oversampling}", sj.WaveletTransform(bank, low_pass=True), x)
        x = np.random.default_rng(0).normal(size=(256, 256))
        for oversampling in ("full", 2, Decimated()):
            bank = sj.wavelets.morlet(x.shape, J=5, L=8, oversampling=oversampling)
            report(f"linear: 256^2, J=5, L=8, {oversampling}", sj.WaveletTransform(bank, low_pass=True), x)


def report(name: str, W: sj.WaveletTransform, x: np.ndarray) -> None:
    """Errors at once and after conjugate gradients, and times."""
    c = W(x)
    errors = [np.linalg.norm(np.asarray(W.inverse(c, steps)) - x) / np.linalg.norm(x) for steps in (0, 1, 100)]
    forward, at_once = (timed(jax.jit(f), a) for f, a in ((W, x), (lambda c: W.inverse(c, 0), c)))
    refined = timed(jax.jit(W.inverse), c)
    shown = ", ".join(f"{v:.0e}" for v in errors)
    print(f"| {name} | {shown} | W {forward:.1f} ms | inverse {at_once:.1f}, {refined:.1f} ms | |", flush=True)


def timed(program, argument, times: int = 5) -> float:
    """The least time in ms."""
    jax.block_until_ready(program(argument))
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        jax.block_until_ready(program(argument))
        spent.append(time.perf_counter() - began)
    return 1e3 * min(spent)


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    digits = ROOT.parent / "shared" / "data" / "images" / "mnist-t10k-images-idx3-ubyte.gz"
    parser.add_argument("--images", type=Path, default=digits)
    parser.add_argument("--series", type=Path, default=ROOT / "tests" / "golden" / "kymatio_1d.npz")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    print("| what | residual, or error at once, after 1 and 100 steps | distance, or PSNR | time | bar |")
    print("|---" * 5 + "|")
    linear()
    series(arguments.series, arguments.seeds)
    if arguments.images.exists():
        images(arguments.images, arguments.seeds)


if __name__ == "__main__":
    main()
