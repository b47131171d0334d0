"""ScatNet's deep scattering spectrum and images, by our families, engine, normalization and frequency scattering."""


import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

import scatjax as sj
from scatjax import wavelets
from scatjax.domains import SymmetricOn
from scatjax.errors import InputError
from scatjax.operators.averaging import AbstractAveraging, Filtered
from scatjax.wavelets import AbstractFamily, Decimated, FilterBank
from scatjax.wavelets.families.peers.scatnet import ScatNetGabor, ScatNetMorlet

from ..helpers import GOLDEN

FOLDER = GOLDEN / "scatnet"
STEP, EPSILON = 128, 2.0**-20
UNIT = STEP**0.5  # the peer multiplies by the root of the step wherever it drops samples
pytestmark = pytest.mark.golden


class LowPass(AbstractAveraging):
    """The peer's last layer: the low-pass of a given bank, cut at the grid that it meets, every `stride` samples."""

    family: AbstractFamily

    def pool(self, bank, stride):
        (N,) = bank.domain.padded
        phi = self.family.phi((N,), 2.0**self.family.J)
        grids = tuple(dict.fromkeys(g for layer in (bank, *bank.following()) for g in ((N,), *layer.grids)))
        halves = tuple(jnp.asarray(phi[: g // 2 + 1]) for (g,) in grids)
        cuts = tuple(((0, -(-bank.shape[0] * g // N), stride * g // N),) for (g,) in grids)
        return Filtered(halves, grids, grids, cuts)


def golden(name: str) -> dict[str, np.ndarray]:
    """The arrays of a file."""
    with np.load(FOLDER / f"{name}.npz") as stored:
        return dict(stored)


def periods(N: int, xi: float, s: float) -> np.ndarray:
    """Four periods of a Gaussian, all of each."""
    omega = 2 * np.pi * np.arange(N) / N
    return sum(np.exp(-((omega - xi - 2 * np.pi * i) ** 2) * s**2 / 2) for i in range(-1, 3))


def sounds() -> tuple[FilterBank, sj.Scattering, sj.Scattering]:
    """The bank of `deep_scattering_spectrum`, its scattering of orders 1 and 2, and that of order 0."""
    boundary = SymmetricOn((4096,), redone=True)
    bank = wavelets.scatnet((2048,), J=8, Q=8, oversampling=Decimated(), boundary=boundary)
    last = LowPass(bank.layer(1).family)
    S = sj.Scattering(bank, order=2, averaging=last, stride=STEP, follows=sj.Bandwidth())
    return bank, S, sj.Scattering(bank, order=0, averaging=LowPass(bank.family), stride=STEP)


def coefficients(x) -> sj.Coefficients:
    """What the peer gives before it is normalized, without the root of the step."""
    _, S, zeroth = sounds()
    c = S(x)
    return eqx.tree_at(lambda c: c.values, c, c.values.at[0].set(zeroth(x).values[0]))


def stored_filters(stored: dict[str, np.ndarray], name: str, N: int) -> np.ndarray:
    """The peer's truncated filters over all wave numbers."""
    starts = np.atleast_1d(stored[f"{name}_start"])
    widths = np.atleast_1d(stored.get(f"{name}_width", len(stored[f"{name}_values"])))
    filters = np.zeros((len(starts), N))
    kept = np.split(stored[f"{name}_values"], np.cumsum(widths)[:-1])
    for row, start, values in zip(filters, starts, kept, strict=True):
        row[(start - 1 + np.arange(len(values))) % N] = values
    return filters


def test_filters_of_sounds(x64):
    """All 36 and 8, with the truncation of each; the low-pass up to its odd part, which the real part leaves out."""
    stored, (bank, _, _) = golden("deep_scattering_spectrum"), sounds()
    for family, name in ((bank.family, "p1"), (bank.layer(1).family, "p2")):
        want = stored_filters(stored, name, 4096)
        ours = np.stack([family.filter(4096, n) for n in range(len(family.bands()))])
        assert ours.shape == want.shape and np.abs(ours - want).max() < 1e-13
        assert np.array_equal(ours != 0, want != 0)
    (phi,) = stored_filters(stored, "phi", 4096)
    assert np.abs(bank.family.phi((4096,), 256.0) - (phi + np.roll(phi[::-1], 1)) / 2).max() < 1e-13


def test_deep_scattering_spectrum(x64):
    """Raw, renormalized, log, and along frequency; every row and time."""
    stored = golden("deep_scattering_spectrum")
    c = coefficients(stored["x"])
    assert np.array_equal(c.table["n1"], stored["n1"]) and np.array_equal(c.table["n2"], stored["n2"])
    assert np.abs(UNIT * c.values - stored["s_raw"]).max() < 1e-13 * np.abs(stored["s_raw"]).max()

    normal = sj.renormalize(c, epsilon=EPSILON)
    unit = np.where(c.table["n2"] < 0, UNIT, 1.0)[:, None]  # a quotient has lost the root of the step
    assert np.abs(unit * normal.values - stored["s_renorm"]).max() < 1e-8 * stored["s_renorm"].max()

    logs = sj.log_scattering(eqx.tree_at(lambda c: c.values, normal, unit * normal.values), epsilon=UNIT * EPSILON)
    assert np.abs(logs.values - stored["s_log"]).max() < 1e-5

    boundary = SymmetricOn((128,), redone=True)
    along = wavelets.scatnet((36,), J=5, Q=1, oversampling=Decimated(), boundary=boundary)
    F = sj.FrequencyScattering(sounds()[1], along, order=1, averaging=LowPass(along.family), stride=16)
    f = F(logs)
    assert f.values.shape == (61, 16)
    unit = np.where(f.table["kind"] == "S0", 1.0, 4.0)[:, None]  # the root of 16 bands
    assert np.abs(unit * f.values - stored["s_freq"]).max() < 1e-5
    assert f.table.take(f.table.rows(kind="S1F0"))["n1"].tolist() == [0, 16, 32]


def test_deep_scattering_spectrum_in_float32():
    """The filters too: 2e-6 of the maximum of an order."""
    stored = golden("deep_scattering_spectrum")
    c = coefficients(stored["x"].astype(np.float32))
    assert c.values.dtype == jnp.float32
    for kind in c.kinds:
        rows = c.table.rows(kind=kind)
        want = stored["s_raw"][rows]
        assert np.abs(UNIT * np.asarray(c[kind], float) - want).max() < 2e-6 * np.abs(want).max(), kind


def test_our_defaults_agree_with_the_peer(x64):
    """Off the ends, where its mirror moves when samples are dropped: 1 % and 3 % of the maximum of orders 1 and 2."""
    stored = golden("deep_scattering_spectrum")
    first, second = sounds()[0], sounds()[0].layer(1)
    T = 256 * first.table["sigma"][-1] / second.table["sigma"][-2]  # as wide as the low-pass of the second bank
    bank = wavelets.scatnet((2048,), J=8, Q=8, boundary=SymmetricOn((4096,)), T=T)
    S = sj.Scattering(bank, stride=STEP, follows=sj.Bandwidth())
    c, peer = S(stored["x"]), sj.Coefficients(jnp.asarray(stored["s_raw"] / UNIT), S.table, 1)
    assert np.array_equal(c.table["n2"], stored["n2"])
    for kind, tolerance in (("S1", 0.01), ("S2", 0.03)):
        print(kind, np.abs(c[kind] - peer[kind])[:, 2:-2].max() / np.abs(peer[kind]).max())
        assert np.abs(c[kind] - peer[kind])[:, 2:-2].max() < tolerance * np.abs(peer[kind]).max(), kind


def test_images(x64):
    """Filters and all paths of orders 0 to 2; the file is in single precision."""
    stored = golden("images")
    boundary = SymmetricOn((80, 80), redone=True)
    bank = wavelets.scatnet((64, 64), J=3, L=4, oversampling="full", boundary=boundary)
    assert np.abs(bank.filters() - stored["psi"]).max() < 1e-6 and np.abs(bank.low_pass() - stored["phi"]).max() < 1e-6
    values = sj.Scattering(bank, order=2, stride=1)(stored["x"]).values
    assert values.shape == (61, 64, 64) and np.abs(np.asarray(values)[:, ::3, ::3] - stored["S2"]).max() < 1e-6


@pytest.mark.parametrize("N", [96, 127])
def test_any_length(N, x64):
    """Filters of another length sample the same Gaussians; Morlet's have no mean but for the peer's rounding."""
    for family in (ScatNetGabor(4, 4), ScatNetMorlet(4, 1)):
        for n, (xi, s) in enumerate(family.gaussians()):
            psi, want = family.filter(N, n), periods(N, xi, s)
            if isinstance(family, ScatNetMorlet):
                want -= want[0] * periods(N, 0.0, s)
            kept = psi != 0
            assert np.abs(psi[kept] / psi.max() - want[kept] / want.max()).max() < 1e-12, (family, n)
            assert np.abs(want[~kept]).max(initial=0) < 1e-3 * want.max()
        assert np.abs(family.phi((N,), 16.0)[0] - 1) < 1e-14
        total = sum(family.filter(N, n) ** 2 for n in range(family.count))
        assert abs(total.max() - 2) < 1e-12
    assert abs(ScatNetMorlet(4, 1).filter(N, 0)[0]) < 1e-12


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: wavelets.scatnet((256,), J=4, Q=8), "too few octaves for Q=8 .* use J >= 5, or a lower Q"),
        (lambda: wavelets.scatnet((256,), L=4), "a series has no angles"),
        (lambda: wavelets.scatnet((16, 16), Q=4), "use L, its angles"),
        (lambda: wavelets.scatnet((64,), J=2, Q=1, boundary=SymmetricOn((32,))), r"must hold fields of shape \(64,\)"),
        (lambda: wavelets.scatnet((64,), J=2, Q=1, boundary=SymmetricOn((99,), redone=True)), "oversampling='full' or"),
    ],
)
def test_bad_input(call, message, unchecked):
    with pytest.raises(InputError, match=message):
        call()
