"""The peers of the benchmarks, Kymatio torch 0.3.0 and pywph 1.1.3, in a process of their own: a line in, a time out.

    python benchmarks/peers.py "Scattering2D(J=5, shape=(256, 256), L=8)" 1

Needs numpy, scipy, torch, kymatio and pywph alone (requirements.txt), so it can have an environment of its own.
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
        return self.name.startswith(("kymatio", "pywph"))

    def milliseconds(self, what: str) -> float:
        """Wall time of one call, "forward" or "gradient"."""
        return float(self._ask(what).split()[0])

    def cpu_milliseconds(self, what: str) -> float:
        """CPU time of one call, of all threads."""
        return float(self._ask(what).split()[1])

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
    """Median wall time of each call and of the peer's, timed in turn, each after calls that warm caches and cores."""
    times: dict[str, list[float]] = {name: [] for name in [*calls, *(f"peer {name}" for name in calls)]}
    for _ in range(repeat):
        for name, call in calls.items():
            _warm(call)
            began = time.perf_counter()
            call()
            times[name].append(1e3 * (time.perf_counter() - began))
        for name in calls if peer else ():
            _warm(lambda name=name: peer.milliseconds(name))
            times[f"peer {name}"].append(peer.milliseconds(name))
    return {name: statistics.median(values) if values else float("nan") for name, values in times.items()}


def _warm(call: Callable, seconds: float = 0.05) -> None:
    """Calls for a while: a core that slept, or that the other side's threads still hold, takes half as long again."""
    end = time.perf_counter() + seconds
    call()
    while time.perf_counter() < end:
        call()


def noise(shape: tuple[int, ...]) -> np.ndarray:
    """The batch that both sides take."""
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def serve(what: str, shape: tuple[int, ...]) -> None:
    """The peer's process."""
    try:
        name, calls = (pywph_calls if what.startswith("WPHOp") else kymatio_calls)(what, noise(shape))
    except ImportError as error:
        print(error, flush=True)
        return
    for call in calls.values():
        call()
    print(name, flush=True)
    for line in map(str.strip, sys.stdin):
        if line in calls:
            began = time.perf_counter(), time.process_time()
            calls[line]()
            wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
            print(1e3 * wall, 1e3 * cpu, flush=True)
        else:
            np.save(line, np.asarray(calls["forward"]()))
            print("saved", flush=True)


def kymatio_calls(what: str, x: np.ndarray) -> tuple[str, dict[str, Callable]]:
    """Kymatio's values and gradient."""
    import scipy.special

    # Kymatio 0.3.0 asks SciPy for a function that 1.17 renamed
    if not hasattr(scipy.special, "sph_harm"):
        scipy.special.sph_harm = lambda m, n, azimuth, polar: scipy.special.sph_harm_y(n, m, polar, azimuth)
    import torch
    from kymatio import torch as kymatio

    device = "cuda" if torch.cuda.is_available() else "cpu"
    scattering = eval(what, {name: getattr(kymatio, name) for name in kymatio.__all__})  # what our own script typed
    S = scattering.to(device) if hasattr(scattering, "to") else scattering
    x = torch.from_numpy(x).to(device)

    def forward():
        with torch.no_grad():
            return S(x).cpu()

    def gradient():
        y = x.clone().requires_grad_()
        (S(y) ** 2).sum().backward()
        return y.grad.cpu()

    name = f"kymatio, torch {torch.__version__}, {torch.get_num_threads()} threads, {device}"
    return name, {"forward": forward, "gradient": gradient}


def pywph_calls(what: str, x: np.ndarray) -> tuple[str, dict[str, Callable]]:
    """Functions of pywph: values and gradient of the sum of squares, all chunks, without normalization."""
    import pywph
    import torch

    op = eval(what.replace(")", ", device='cpu', precision='single')"), {"WPHOp": pywph.WPHOp})

    def chunks(*, requires_grad):
        y, count = op.preconfigure(torch.from_numpy(x.copy()), requires_grad=requires_grad)
        for i in range(count):
            yield y, op.apply(y, i, norm=None, ret_indices=False, pbc=True)

    def forward():
        return np.concatenate([c.detach().numpy() for _, c in chunks(requires_grad=False)])

    def gradient():
        gradient = None
        for y, c in chunks(requires_grad=True):
            (c.abs() ** 2).sum().backward(retain_graph=True)
            gradient = y.grad
        return gradient

    name = f"pywph, torch {torch.__version__}, {torch.get_num_threads()} threads"
    return name, {"forward": forward, "gradient": gradient}


if __name__ == "__main__":
    serve(sys.argv[1], tuple(map(int, sys.argv[2].split(","))))
