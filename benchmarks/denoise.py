"""Statistical denoising of a vorticity of 128^2 under white noise of its own variance, beside pywph's example recipe.

    python benchmarks/denoise.py --data ../shared/data/fields/turb2d_N256.npz [--seeds 4] [--peer PYTHON]

Each row: pixel error (RMSE to the clean field), spectrum over floor(|k|) = 1..63 at the bins where the noisy one is off
by more than 1 dB (largest and rms error in dB, bins beyond 1 dB), medians over noises. The recipe is that of pywph's
examples/denoising.py: 100 noises redrawn at each evaluation, the mean of squares, 50 iterations of L-BFGS-B from the
data; here on our moments, which are the peer's numbers to rounding; `--peer` names a Python with pywph 1.1.3 and runs
the first seed on the peer itself, with `--peer-noises` noises, on one thread.

"smooth spectrum known" filters the data's modes to the power that a known smooth spectrum of the field says: no
estimate made of the data alone can be expected nearer to the clean spectrum.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
J, L = 5, 4


def main() -> None:
    """One table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--translations", type=int, default=0)
    parser.add_argument("--noises", type=int, default=100, help="of the recipe, an evaluation")
    parser.add_argument("--peer", help="a Python that has pywph")
    parser.add_argument("--peer-noises", type=int, default=10)
    parser.add_argument("--on-peer", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    x = cropped(np.load(arguments.data)["vorticity"][0].astype(float), 128)
    x = (x - x.mean()) / x.std()
    if arguments.on_peer:
        return on_peer(arguments, noisy(x, 0))
    rows: dict[str, list] = {}
    for seed in range(arguments.seeds):
        d = noisy(x, seed)
        for name, restore in methods(arguments).items():
            began = time.perf_counter()
            u, note = restore(seed, d, x)
            rows.setdefault(name, []).append((*judged(x, d, u), time.perf_counter() - began, note))
            print(name, seed, rows[name][-1], file=sys.stderr, flush=True)
    if arguments.peer:
        rows[f"pywph 1.1.3, {arguments.peer_noises} noises, seed 0"] = [from_peer(arguments, x)]
    print("| method | RMSE | dB max | dB rms | bins beyond 1 dB | s | steps |\n|---|---|---|---|---|---|---|")
    for name, found in rows.items():
        rmse, largest, rms, beyond, seconds = np.median([row[:5] for row in found], 0)
        notes = ", ".join(row[5] for row in found)
        print(f"| {name} | {rmse:.3f} | {largest:.2f} | {rms:.2f} | {beyond:.1f} | {seconds:.0f} | {notes} |")


def noisy(x: np.ndarray, seed: int) -> np.ndarray:
    """The field with white noise of variance 1."""
    return (x + np.random.default_rng(seed).standard_normal(x.shape)).astype(np.float32)


def cropped(x: np.ndarray, side: int) -> np.ndarray:
    """The wave numbers that a smaller canvas holds."""
    n, start = len(x), (len(x) - side) // 2
    modes = np.fft.fftshift(np.fft.fft2(x))[start : start + side, start : start + side].copy()
    modes[0] = modes[:, 0] = 0
    return np.fft.ifft2(np.fft.ifftshift(modes)).real * (side / n) ** 2


def spectrum(x: np.ndarray) -> np.ndarray:
    """Mean power of floor(|k|) = 1..N/2-1."""
    k = np.fft.fftfreq(len(x)) * len(x)
    ring = np.floor(np.hypot(k[:, None], k)).astype(int).ravel()
    return (np.bincount(ring, (np.abs(np.fft.fft2(x)) ** 2).ravel()) / np.bincount(ring))[1 : len(x) // 2]


def judged(x, d, u) -> tuple[float, float, float, int]:
    """RMSE; error of the spectrum in dB, largest, rms, and bins beyond 1, where the noisy one is beyond 1."""
    clean, before, after = map(spectrum, (x, d, np.asarray(u, float)))
    off = np.abs(10 * np.log10(before / clean)) > 1
    error = np.abs(10 * np.log10(after / clean))[off]
    rms = lambda values: float(np.sqrt(np.mean(values**2)))
    return rms(u - x), float(error.max()), rms(error), int((error > 1).sum())


def methods(arguments) -> dict:
    """Functions by name, (seed, data, clean) to (field, note)."""
    sys.path.insert(0, str(ROOT))
    import jax

    import scatjax as sj

    bank = sj.wavelets.bump_steerable((128, 128), J=J, L=L)
    phi = sj.PhaseHarmonics(bank, sj.pairs.pywph(J, L, arguments.translations))

    def ours(start=None):
        def restore(seed, d, x):
            from_data = None if start is None else sj.Given(d)
            r = sj.denoise(jax.random.key(seed), phi, d, sj.White(std=1.0), start=from_data, report=None)
            return np.asarray(r.fields[0]), str(int(r.steps[0]))

        return restore

    return {
        "the noisy field": lambda seed, d, x: (d, ""),
        "Wiener's filter, spectrum known": lambda seed, d, x: (known(x, d, wiener=True), ""),
        "smooth spectrum known": lambda seed, d, x: (known(x, d), ""),
        "denoise": ours(),
        "denoise from the data": ours("data"),
        f"pywph's recipe, {arguments.noises} noises": lambda seed, d, x: recipe(phi.fit(d), d, seed, arguments.noises),
    }


def known(x: np.ndarray, d: np.ndarray, *, wiener: bool = False) -> np.ndarray:
    """The data filtered with the smoothed spectrum of the clean field."""
    from scatjax.domains.bands import wavenumbers
    from scatjax.synthesis.denoising.spectrum_under_noise import ring_numbers, smooth_spectrum

    ring, k = ring_numbers(x.shape), wavenumbers(x.shape)
    modes = np.bincount(ring.ravel())
    mean = lambda values: (np.bincount(ring.ravel(), values.ravel()) / modes)[1:]
    clean, power = (mean(np.abs(np.fft.fft2(y)) ** 2 / y.size) for y in (x, d))
    S = smooth_spectrum(clean, 0 * clean, modes[1:], mean(k), 0.01)
    W = S / (S + 1)
    gain = np.concatenate([[1.0], W if wiener else np.sqrt(W**2 + W / power)])
    return np.fft.ifft2(np.fft.fft2(d) * gain[ring]).real


def recipe(phi, d: np.ndarray, seed: int, noises: int):
    """The peer's example: noise redrawn at each evaluation, the mean of squares, from the data."""
    import equinox as eqx
    import jax
    import jax.numpy as jnp
    from scipy.optimize import minimize

    @eqx.filter_jit
    def evaluate(phi, u, target, key):
        def one(total, i):
            n = jax.random.normal(jax.random.fold_in(key, i), u.shape)
            loss = lambda u: jnp.sum((phi.vector(u + n) - target) ** 2) / noises
            return jax.tree.map(jnp.add, total, jax.value_and_grad(loss)(u)), None

        return jax.lax.scan(one, (jnp.zeros(()), jnp.zeros_like(u)), jnp.arange(noises))[0]

    target, calls = phi.vector(d), iter(range(10**6))

    def objective(v):
        key = jax.random.fold_in(jax.random.key(seed), next(calls))
        value, slope = evaluate(phi, jnp.asarray(v.reshape(d.shape), jnp.float32), target, key)
        return float(value), np.asarray(slope, float).ravel()

    found = minimize(objective, d.ravel().astype(float), method="L-BFGS-B", jac=True, options=OPTIONS)
    return found.x.reshape(d.shape), f"{found.nit} ({found.nfev})"


OPTIONS = {"maxiter": 50, "gtol": 1e-14, "ftol": 1e-14, "maxcor": 20}


def from_peer(arguments, x: np.ndarray) -> tuple:
    """The first seed by the peer, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "u.npz"
        options = ["--data", str(arguments.data), "--translations", str(arguments.translations)]
        options += ["--peer-noises", str(arguments.peer_noises), "--on-peer", str(path)]
        began = time.perf_counter()
        subprocess.run([arguments.peer, __file__, *options], check=True)
        seconds = time.perf_counter() - began
        stored = np.load(path)
        return (*judged(x, noisy(x, 0), stored["u"]), seconds, str(stored["note"]))


def on_peer(arguments, d: np.ndarray) -> None:
    """Denoise by pywph's examples/denoising.py on a real map, on one thread."""
    import pywph
    import torch
    from scipy.optimize import minimize

    torch.set_num_threads(1)
    torch.manual_seed(0)
    operator = pywph.WPHOp(*d.shape, J, L=L, dn=arguments.translations, device="cpu")
    target, M = operator.apply(d, norm="auto"), arguments.peer_noises

    def objective(v):
        u, total = torch.from_numpy(v.reshape(d.shape).astype(np.float32)).requires_grad_(), 0.0
        for _ in range(M):
            field, chunks = operator.preconfigure(u + torch.randn(d.shape))
            for chunk in range(chunks):
                values, rows = operator.apply(field, chunk, norm="auto", ret_indices=True)
                loss = torch.sum(torch.abs(values - target[rows]) ** 2) / M
                loss.backward(retain_graph=True)
                total += loss.item()
        return total, u.grad.numpy().astype(float).ravel()

    found = minimize(objective, d.ravel().astype(float), method="L-BFGS-B", jac=True, options=OPTIONS)
    np.savez(arguments.on_peer, u=found.x.reshape(d.shape), note=f"{found.nit} ({found.nfev})")


if __name__ == "__main__":
    main()
