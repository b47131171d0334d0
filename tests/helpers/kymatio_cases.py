"""Kymatio main's golden outputs (11552ed, NumPy, float64) as arguments of `scatjax.kymatio` and what they gave."""

import re

import numpy as np

from . import GOLDEN


def series() -> dict[str, dict]:
    """Case -> arguments of Scattering1D, the input x, and the stored arrays by their last name."""
    cases: dict[str, dict] = {}
    with np.load(GOLDEN / "kymatio_1d.npz") as stored:
        for key in stored:
            name, last = key.split("__")
            cases.setdefault(name, {"arguments": _series_arguments(name)})[last] = stored[key]
    return cases


def _series_arguments(name: str) -> dict:
    N, J, Q = re.match(r"\w_N(\d+)_J(\d+)_Q([\d-]+)", name).groups()
    T, stride = re.search(r"_T(\w+)", name), re.search(r"_stride(\d+)", name)
    Q = tuple(map(int, Q.split("-")))
    return {
        "J": int(J),
        "shape": int(N),
        "Q": Q[0] if len(Q) == 1 else Q,
        "T": None if T is None else T[1] if T[1] == "global" else int(T[1]),
        "stride": int(stride[1]) if stride else None,
        "max_order": 1 if "_o1" in name else 2,
        "out_type": "dict" if T and T[1] == "0" else "array",
    }


def images() -> dict[str, dict]:
    """Case -> arguments of Scattering2D, the input x by the sheet's recipe, and S."""
    cases = {}
    with np.load(GOLDEN / "kymatio_2d.npz") as stored:
        for key in stored:
            name = key.removesuffix("__S")
            M, N, J, L = map(int, re.match(r"\w_(\d+)x(\d+)_J(\d)_L(\d)", name).groups())
            arguments = {"J": J, "shape": (M, N), "L": L, "max_order": 1 if "_o1" in name else 2}
            cases[name] = {"arguments": arguments, "x": _walks((M, N)), "S": stored[key]}
    return cases


def _walks(shape: tuple[int, int]) -> np.ndarray:
    r = np.random.RandomState(7)
    x = r.randn(2, *shape).cumsum(-1).cumsum(-2)
    x = (x - x.mean((1, 2), keepdims=True)) / x.std((1, 2), keepdims=True)
    x[1] = r.randn(*shape)
    return x


def own_data(dimension: int) -> dict[str, np.ndarray]:
    """Kymatio's own test data: x, Sx, J, .. ."""
    with np.load(GOLDEN / "kymatio_test_data.npz") as stored:
        return {key[3:]: stored[key] for key in stored if key.startswith(f"{dimension}d_")}
