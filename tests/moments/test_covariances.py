"""The engine of covariances against a slow statement of its formula, for random sets of every kind."""

import jax
import numpy as np
import pytest

from scatjax.domains import Reflect, Zero
from scatjax.moments import Gamma, PhaseHarmonics, RectifierCovariances
from scatjax.moments.covariances import pairs
from scatjax.moments.covariances.pairs import Norm
from scatjax.wavelets import bump_steerable

from ..helpers.covariances import QUICK, Slow, numbers

SHAPE, J, L = (15, 18), 2, 3
MOVES = np.array([[3, -2], [-4, 5], [0, 7], [-1, -1]])


def random_gamma(rng, bands=("psi", "psi", "psi", "low", "haar", "one"), n=24, C=1, angles=2 * L, **options):
    """Rows at random: all that a field may be, with two harmonics or phases, some shifted, some conjugated."""
    columns, phases = {}, options.get("phases")
    harmonics = rng.permutation([-3, -1, 0, 1, 2, 4] if phases is None else np.arange(-1, phases))[:2]
    for side in (1, 2):
        band = rng.choice(bands, n)
        psi = band == "psi"
        k = rng.integers(0, 2, n)
        wide = rng.choice(harmonics, n)
        l = np.where(psi, rng.integers(0, angles, n), np.where(band == "haar", rng.integers(0, 3, n), 0))
        columns |= {f"band{side}": band, f"c{side}": rng.integers(0, C, n), f"j{side}": psi * rng.integers(0, J, n)}
        columns |= {f"l{side}": l, f"k{side}": np.where(psi, wide, k)}
    both = (columns["band1"] == "one") & (columns["band2"] == "one")
    columns["band2"] = np.where(both, "psi", columns["band2"])
    move = rng.choice(MOVES) * rng.integers(0, 2, (n, 1))
    flip = rng.integers(0, 2, n) if phases is None else 0
    return Gamma(**options, **columns, dy=move[:, 0], dx=move[:, 1], flip=flip)


def compare(phi, slow, rng, *, fit=True):
    """Of a field in units of another, or of its own: 1e-10 in float64."""
    C = () if phi.channels is None else (phi.channels,)
    x, target = rng.gamma(2.0, size=(2, *C, *phi.shape))
    phi = phi.fit(target) if fit else phi
    got = numbers(phi.gamma, jax.jit(phi.vector, compiler_options=QUICK)(x))
    lift = (lambda y: y) if C else (lambda y: y[None])
    want = slow(lift(x), lift(target) if fit else None)
    worst = np.abs(got - want).argmax()
    row = {name: column[worst].item() for name, column in phi.gamma.rows.columns.items()}
    assert np.abs(got - want).max() < 1e-10, f"{got[worst]} against {want[worst]} in the row {row}"


def bank(**options):
    return bump_steerable(SHAPE, J=J, L=L, **options)


MASK = np.ones(SHAPE, bool)
MASK[5:7, 3:8] = False
CASES = {
    "own": dict(fit=False, bank=dict(oversampling="full")),
    "channels": dict(C=2),
    "pooled": dict(norm=Norm(pooled=True), C=2),
    "own_centers": dict(norm=Norm(center="own", divide=False, low="own")),
    "inner_low_own_centers": dict(norm=Norm(center="own", low="target")),
    "inner_low": dict(norm=Norm(low="target", floor=0.1)),
    "complex": dict(complex_map=True, C=2),
    "complex_pooled": dict(complex_map=True, C=2, norm=Norm(pooled=True, low="own")),
    "rectifiers": dict(phases=4, C=2, norm=Norm(floor=0.1)),
    "five_phases": dict(phases=5, norm=Norm(low="target", floor=1e-9)),
    "reflect": dict(bank=dict(boundary=Reflect(reach=1.0))),
    "zero": dict(bank=dict(boundary=Zero(reach=1.0)), phases=3, norm=Norm(low="target")),
    "mask": dict(mask=MASK),
    "mask_channels": dict(mask=MASK, C=2, norm=Norm(center="own")),
    "edges": dict(remove_edges=True, norm=Norm(low="target")),
    "edges_of_rectifiers": dict(remove_edges=True, phases=4, edges=pairs.alpha_gray(J).edges),
    "mask_and_edges": dict(mask=MASK, remove_edges=True, norm=Norm(low="own", pooled=True)),
}


@pytest.mark.parametrize("name", CASES)
def test_against_the_formula(name, rng, x64):
    case = dict(CASES[name])
    made, C, fit = bank(**case.pop("bank", {})), case.pop("C", 1), case.pop("fit", True)
    windows = {key: case.pop(key) for key in ("mask", "remove_edges") if key in case}
    gamma = random_gamma(rng, C=1 if "complex_map" in case else C, **case)
    make = PhaseHarmonics if gamma.phases is None else RectifierCovariances
    phi = make(made, gamma, channels=C if C > 1 else None, **windows)
    compare(phi, Slow(made, gamma, **windows), rng, fit=fit)


def test_opposite_wavelets_of_a_cut_box(rng, x64):
    """A box of 16 wave numbers holds -8 and not 8, where the mirror of -8 is: complex maps need both."""
    made = bump_steerable((24, 22), J=J, L=L, oversampling=0)
    assert made.psi[1].shape[1:] == (16, 16)
    gamma = Gamma(complex_map=True, j1=1, j2=1, l1=np.arange(2 * L), l2=np.arange(2 * L), k1=np.arange(2 * L) % 2, k2=1)
    compare(PhaseHarmonics(made, gamma, channels=2), Slow(made, gamma), rng)
