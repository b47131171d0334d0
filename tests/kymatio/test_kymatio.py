"""The door: Kymatio's golden outputs, its layouts, its attributes, and what a program may do with the objects."""

import pickle
import subprocess
import sys

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import scatjax as sj
from scatjax import wavelets
from scatjax.domains import ReflectBy
from scatjax.errors import InputError
from scatjax.kymatio import HarmonicScattering3D, Scattering1D, Scattering2D, from_030
from scatjax.wavelets import Decimated

from ..helpers import kymatio_cases

SERIES, IMAGES = kymatio_cases.series(), kymatio_cases.images()
AVERAGED = [name for name in SERIES if "S" in SERIES[name] and "global" not in name]
TOLERANCES = {"float64": 1e-13, "float32": 2e-6}
both = pytest.mark.parametrize("dtype", TOLERANCES)


def errors(got, want, orders):
    """Largest error of each order over the largest value of that order."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape
    rows = [orders == m for m in range(orders.max() + 1)]
    return [np.abs(got - want)[:, r].max() / np.abs(want)[:, r].max() for r in rows if r.any()]


@pytest.mark.golden
@both
@pytest.mark.parametrize("name", AVERAGED)
def test_series(name, dtype, x64):
    case = SERIES[name]
    S = Scattering1D(**case["arguments"])
    out = np.asarray(S(case["x"].astype(dtype)))
    out = out[..., ::16] if "stride1_" in name + "_" else out  # stored every 16th
    assert out.dtype == dtype and max(errors(out, case["S"], S.meta()["order"])) < TOLERANCES[dtype]


@pytest.mark.golden
@pytest.mark.parametrize("name", [name for name in AVERAGED if "order" in SERIES[name]])
def test_meta(name):
    case = SERIES[name]
    S = Scattering1D(**case["arguments"])
    meta = S.meta()
    for column in ("order", "n", "j"):
        width = meta[column].shape[-1] if column != "order" else None
        want = case[column] if width is None else case[column][:, :width]
        assert np.array_equal(meta[column], want, equal_nan=True), column
    for column in ("xi", "sigma"):
        assert np.allclose(meta[column], case[column][:, : meta[column].shape[1]], rtol=1e-14, atol=0, equal_nan=True)
    assert meta["key"] == [tuple(int(n) for n in row if n == n) for row in case["n"]]
    assert [S.pad_left, S.pad_right] == case["pad"][1:].tolist()


@pytest.mark.golden
@both
def test_moduli(dtype, x64):
    """T=0: every U, on its own grid; and T='global' is their mean, not Kymatio's sum over the pad."""
    (name,) = [name for name in SERIES if "_T0" in name]
    case = SERIES[name]
    out = Scattering1D(**case["arguments"])(case["x"].astype(dtype))
    stored = {key[2:]: value for key, value in case.items() if key.startswith("U_")}
    stored = {tuple(map(int, key.split("_"))) if key else (): value for key, value in stored.items()}
    assert out.keys() == stored.keys()
    for key, want in stored.items():
        assert np.abs(np.asarray(out[key][:1]) - want).max() < TOLERANCES[dtype] * np.abs(want).max(), key
    S = Scattering1D(**case["arguments"] | {"T": "global", "out_type": "array"})
    means = np.asarray(S(case["x"][:1].astype(dtype)))[0, :, 0]
    want = np.array([stored[key].mean() for key in S.meta()["key"]])
    assert np.abs(means - want).max() < TOLERANCES[dtype] * np.abs(want).max()


@pytest.mark.golden
@both
@pytest.mark.parametrize("name", IMAGES)
def test_images(name, dtype, x64):
    case = IMAGES[name]
    S = Scattering2D(**case["arguments"])
    out = S(case["x"].astype(dtype))
    assert out.dtype == dtype and max(errors(out, case["S"], S.meta()["order"])) < TOLERANCES[dtype]


@pytest.mark.golden
def test_kymatios_own_data():
    data = kymatio_cases.own_data(1)
    S = Scattering1D(J=int(data["J"]), shape=data["x"].shape[-1], Q=int(data["Q"]))
    assert S.output_size() == 222 and np.abs(np.asarray(S(data["x"])) - data["Sx"]).max() < 1e-6 * data["Sx"].max()
    data = kymatio_cases.own_data(2)
    S = Scattering2D(J=int(data["J"]), shape=data["x"].shape[-2:], pre_pad=bool(data["pre_pad"]))
    assert S.output_size() == 417 and np.abs(np.asarray(S(data["x"])) - data["Sx"]).max() < 1e-6 * data["Sx"].max()


SHORT = [(4096, 4, 8, None, 3), (5000, 5, (8, 1), 20, 2), (3001, 3, 1, 100, 2), (8192, 6, 1, None, 2)]


@pytest.mark.parametrize("N, J, Q, T, order", SHORT)
def test_the_short_torus_has_the_digits_of_kymatios(N, J, Q, T, order, rng, x64):
    S = Scattering1D(J=J, shape=N, Q=Q, T=T, max_order=order)
    peer = sj.Scattering(S._peer, order, stride=S.stride)
    assert S.operator.bank.domain.padded < peer.bank.domain.padded == (S.pad_left + N + S.pad_right,)
    x = rng.normal(size=(2, N))
    x[1] = x[1].cumsum() / 30
    assert max(errors(S(x), peer(x).values, S.meta()["order"])) < 1e-13


@pytest.mark.parametrize("T", [0, "global"])
def test_the_short_torus_keeps_kymatios_samples(T, rng, x64):
    """Without averaging, and in means: at the places, and of the digits, of the long one."""
    S, x = Scattering1D(J=4, shape=4000, Q=8, T=T, out_type="dict"), rng.normal(size=(2, 4000))
    families = [S.operator.bank.layer(m).family for m in range(2)]
    long = wavelets.bank.make_bank(families, (4000,), Decimated(), ReflectBy((S.pads,)), None, S.operator.bank.T)
    peer = eqx.tree_at(lambda s: s.operator, S, sj.Scattering(long, averaging=S.operator.averaging))
    got, want = S(x), peer(x)
    assert S.operator.bank.domain.padded < long.domain.padded and got.keys() == want.keys()
    assert max(float(np.abs(got[key] - want[key]).max()) for key in got) < 1e-13


def test_warnings_point_at_the_caller():
    """Python shows a deprecation only to the script that it seems to come from; in a process without type checks."""
    script = (
        "from scatjax.kymatio import Scattering1D as S\nS(4, 256, oversampling=1)\nS(4, 256, backend='torch')\nS(6, 64)"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stderr
    assert [f"<string>:{line}: " in shown for line in (2, 3, 4)] == [True] * 3 and "DeprecationWarning" in shown


def test_pre_pad(rng, x64):
    """The caller pads: the same coefficients."""
    x = rng.normal(size=(2, 20, 24))
    S, padded = Scattering2D(J=2, shape=(20, 24), L=4), Scattering2D(J=2, shape=(20, 24), L=4, pre_pad=True)
    pads = [((P - M) // 2, P - M - (P - M) // 2) for P, M in zip(padded.padded_shape, (20, 24), strict=True)]
    assert np.abs(padded(np.pad(x, [(0, 0), *pads], mode="reflect")) - S(x)).max() < 1e-14


LAYOUTS = {
    "series": (lambda **kw: Scattering1D(J=3, shape=256, Q=2, **kw), (256,)),
    "images": (lambda **kw: Scattering2D(J=2, shape=(16, 16), L=3, **kw), (16, 16)),
}
layouts = pytest.mark.parametrize("make, shape", LAYOUTS.values(), ids=LAYOUTS)


@layouts
def test_lists_are_the_rows_of_the_array(make, shape, rng):
    x = rng.normal(size=(2, *shape)).astype(np.float32)
    rows, array, meta = make(out_type="list")(x), np.asarray(make()(x)), make().meta()
    assert len(rows) == array.shape[1]
    for i, row in enumerate(rows):
        assert np.array_equal(row["coef"], array[:, i]) and row["n"] == meta["key"][i]
        assert row["order"] == meta["order"][i] == len(row["j"])
        assert list(row["j"]) == [int(j) for j in meta["j"][i] if j == j]
        if len(shape) == 2:
            assert [j * 3 + t for j, t in zip(row["j"], row["theta"], strict=True)] == list(row["n"])


def test_dict_has_keys_of_bands(rng):
    x = rng.normal(size=256).astype(np.float32)
    S = Scattering1D(J=3, shape=256, Q=2, out_type="dict")
    array, out = Scattering1D(J=3, shape=(256,), Q=2)(x), S(x)
    assert list(out) == S.meta()["key"] and all(np.array_equal(out[k], a) for k, a in zip(out, array, strict=True))


@layouts
def test_programs_take_the_objects(make, shape, rng):
    """jit, vmap, grad, jvp, pickle, batch axes, S.scattering; filter_jit passes filters as arguments."""
    S, x = make(), jnp.asarray(rng.normal(size=(2, 3, *shape)), jnp.float32)
    want = np.asarray(S(x))
    close = lambda got: np.abs(np.asarray(got) - want).max() < 1e-6
    assert close(jax.jit(S)(x)) and close(jax.vmap(S)(x)) and close(S.scattering(x)) and close(eqx.filter_jit(S)(x))
    assert close(pickle.loads(pickle.dumps(S))(x))
    slope = jax.grad(lambda y: (S(y) ** 2).sum())(x)
    direction = jnp.ones_like(x)
    _, moved = jax.jvp(lambda y: (S(y) ** 2).sum(), (x,), (direction,))
    assert np.isfinite(slope).all() and np.allclose(moved, (slope * direction).sum(), rtol=1e-3)
    doubled = jax.tree.map(lambda leaf: 2 * leaf if eqx.is_inexact_array(leaf) else leaf, S)
    assert not close(eqx.filter_jit(lambda S, x: S(x))(doubled, x))


def test_counts():
    """Kymatio's counts, of the sheet."""
    assert Scattering1D(J=8, shape=2048, Q=(12, 2)).output_size(detail=True) == (1, 76, 594)
    assert Scattering1D(J=6, shape=512, Q=8, max_order=3).output_size(detail=True) == (1, 38, 87, 92)
    assert Scattering2D(J=5, shape=(32, 32)).output_size(detail=True) == (1, 40, 640)
    assert Scattering2D(J=3, shape=(32, 32), L=6, max_order=1).output_size() == 19


def test_attributes():
    S = Scattering1D(J=4, shape=200, Q=4, T=16)
    assert S.shape == (200,) and S.N == 200 and S.J == 4 and S.Q == (4,) and S.T == 16
    assert S.pad_left + S.pad_right + 200 == 512 and len(S.psi1_f) == S.output_size(detail=True)[1]
    assert S.ind_start[0] == S.pad_left and S.ind_end[4] - S.ind_start[4] == S(np.zeros(200, np.float32)).shape[-1]
    assert [len(level) for level in S.phi_f["levels"]] == [512, 256, 128, 64, 32]
    assert len(S.psi2_f[-1]["levels"]) == S.psi2_f[-1]["j"] + 1


def test_solid_layout():
    S = HarmonicScattering3D(J=2, shape=(16, 16, 16), L=2, integral_powers=(1, 2))
    x = np.random.default_rng(0).normal(size=(2, 16, 16, 16)).astype(np.float32)
    c = S.operator(x)
    out = S(x)
    assert out.shape == (2, 6, 3, 2) and S.shape == (16, 16, 16)
    rows = c.table.rows(kind="S2", j1=0, j2=2, l=1, q=2.0)
    assert np.array_equal(out[:, 4, 1, 1], c.values[:, rows[0]])


def test_from_030():
    """2^-K1 at order 1 and 2^-(K1 + min(j2, log2 T)) at order 2 are undone."""
    S = Scattering1D(J=4, shape=256, Q=2, T=4)
    j = S.meta()["j"]
    old = np.ones((3, S.output_size(), 5), np.float32)
    new = np.asarray(from_030(old, S))
    for row, order in enumerate(S.meta()["order"]):
        assert (new[:, row] == 2.0 ** sum(min(j[row, m], 2) for m in range(order))).all()
    with pytest.raises(InputError, match="build S with their J"):
        from_030(old[:, 1:], S)


BAD = [
    (lambda: Scattering1D(J=9, shape=256), "J=9, T=512 for N=256: use an integer J of 1 to 8"),
    (lambda: Scattering1D(J=0, shape=256), "integer J of 1 to 8"),
    (lambda: Scattering1D(J=4, shape=256, T=300), "T of 1 to 256"),
    (lambda: Scattering1D(J=4, shape=256, Q=0), "Q=0"),
    (lambda: Scattering1D(J=4, shape=256, T="local"), "or 'global'"),
    (lambda: Scattering1D(J=4, shape=256, T=0), "out_type='dict' or 'list'"),
    (lambda: Scattering1D(J=4, shape=256, stride=32), "power of two of at most 16"),
    (lambda: Scattering1D(J=4, shape=256, stride=3), "power of two of at most 16"),
    (lambda: Scattering1D(J=4, shape=256, out_type="tree"), "out_type='tree'"),
    (lambda: Scattering1D(J=4, shape=(16, 16)), "length of a series"),
    (lambda: Scattering2D(J=5, shape=(16, 64)), "integer of 1 to 4"),
    (lambda: Scattering2D(J=2, shape=(16, 16), out_type="dict"), "out_type='dict'"),
    (lambda: HarmonicScattering3D(J=1, shape=(8, 8, 8), method="local"), "method='integral'"),
    (lambda: Scattering1D(J=3, shape=256)(np.ones(256, int)), "convert it to float32"),
    (lambda: Scattering1D(J=3, shape=256, out_type="dict")(np.ones(256, np.complex64)), "use 'array'"),
    (lambda: Scattering1D(J=3, shape=256)(np.ones(257, np.float32)), "crop or pad the field"),
    (lambda: Scattering2D(J=2, shape=(16, 16))(np.full((16, 16), np.nan, np.float32)), "NaN or Inf"),
]


@pytest.mark.parametrize("call, message", BAD)
def test_bad_input(call, message, unchecked):
    with pytest.raises(InputError, match=message):
        call()


def test_what_kymatio_does_and_this_does_not():
    S = Scattering1D(J=3, shape=256)
    with pytest.raises(AttributeError, match="jax.device_put"):
        S.cuda()
    with pytest.raises(AttributeError, match="frozen: build a new one with max_order=1"):
        S.max_order = 1
    with pytest.raises(AttributeError, match="no 'gpu'"):
        getattr(S, "gpu")  # noqa: B009
    with pytest.warns(UserWarning, match="backend='torch' is ignored"):
        Scattering1D(J=3, shape=256, backend="torch")
    with pytest.warns(DeprecationWarning, match="use stride="):
        oversampled = Scattering1D(J=3, shape=256, oversampling=2)
    assert oversampled.stride == 2
    with pytest.raises(TypeError, match="unknown arguments"):
        Scattering1D(J=3, shape=256, averaging=True)
