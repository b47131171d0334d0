"""The peer of the benchmarks, Kymatio torch 0.3.0, in a process of its own: a line in, a wall time out; and the clock.

    python benchmarks/peers.py "Scattering2D(J=5, shape=(256, 256), L=8)" 1

Needs numpy, scipy, torch and kymatio alone (requirements.txt), so it can have an environment of its own.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np


class Peer:
    """One Kymatio object on one batch of white noise; False where the peer is missing."""

    def __init__(self, python: str, what: str, shape: tuple[int, ...]):
        command = [python, __file__, what, ",".join(map(str, shape))]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.name = self.process.stdout.readline().strip()
        if not self:
            print(f"missing peer: {self.name}; pip install -r benchmarks/requirements.txt", file=sys.stderr)

    def __bool__(self) -> bool:
        return self.name.startswith("kymatio")

    def milliseconds(self, what: str) -> float:
        """Wall time of one call, "forward" or "gradient"."""
        return float(self._ask(what))

    def output(self) -> np.ndarray:
        """What the peer makes of the batch."""
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "output.npy")
            self._ask(path)
            return np.load(path)

    def close(self) -> None:
        """End the process, so that its threads take no time from the next row."""
        self.process.stdin.close()
        self.process.wait()

    def _ask(self, what: str) -> str:
        print(what, file=self.process.stdin, flush=True)
        return self.process.stdout.readline()


def alternately(calls: dict[str, Callable], peer: Peer | None, repeat: int) -> dict[str, float]:
    """Median wall time of each call and of the peer's, timed in turn, each after a call that warms the cache."""
    times: dict[str, list[float]] = {name: [] for name in [*calls, *(f"peer {name}" for name in calls)]}
    for _ in range(repeat):
        for name, call in calls.items():
            call()
            began = time.perf_counter()
            call()
            times[name].append(1e3 * (time.perf_counter() - began))
        for name in calls if peer else ():
            peer.milliseconds(name)
            times[f"peer {name}"].append(peer.milliseconds(name))
            time.sleep(0.05)  # until its threads sleep
    return {name: statistics.median(values) if values else float("nan") for name, values in times.items()}


def noise(shape: tuple[int, ...]) -> np.ndarray:
    """The batch that both sides take."""
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def serve(what: str, shape: tuple[int, ...]) -> None:
    """The peer's process."""
    import scipy.special


    # Kymatio 0.3.0 asks SciPy for a function that 1.17 renamed
    if not hasattr(scipy.special, "sph_harm"):
        scipy.special.sph_harm = lambda m, n, azimuth, polar: scipy.special.sph_harm_y(n, m, polar, azimuth)
    try:
        import torch
        from kymatio import torch as kymatio
    except ImportError as error:
        print(error, flush=True)
        return
    device = "cuda" if torch.cuda.is_available() else "cpu"
    scattering = eval(what, {name: getattr(kymatio, name) for name in kymatio.__all__})  # what our own script typed
    S = scattering.to(device) if hasattr(scattering, "to") else scattering
    x = torch.from_numpy(noise(shape)).to(device)

    def forward():
        with torch.no_grad():
            out = S(x)
        return out.cpu() if device == "cuda" else out

    def gradient():
        y = x.clone().requires_grad_(True)
        (S(y) ** 2).sum().backward()
        return y.grad.cpu()

    calls = {"forward": forward, "gradient": gradient}
    for call in calls.values():
        call()
    print(f"kymatio, torch {torch.__version__}, {torch.get_num_threads()} threads, {device}", flush=True)
    for line in map(str.strip, sys.stdin):
        if line in calls:
            began = time.perf_counter()
            calls[line]()
            print(1e3 * (time.perf_counter() - began), flush=True)
        else:
            np.save(line, forward().numpy())
            print("saved", flush=True)


if __name__ == "__main__":
    serve(sys.argv[1], tuple(map(int, sys.argv[2].split(","))))
