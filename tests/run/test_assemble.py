"""Every table of a config becomes the object it names, with its arguments."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import moments, samplers
from scatjax.errors import InputError
from scatjax.run import Field, Run, choose, dump, loads
from scatjax.run.assemble import make_bank, make_moments, make_solver, make_target, read_field

FIELD = Field("brick64")
NUMBERS = {
    "marginals": {"weight": 2.0}, "quantiles": {"count": 5}, "power_spectrum": {"bins": 4, "weight": 0.5},
    "bispectrum": {"bins": 3},
}  # fmt: skip
EXTRA = tuple(choose("extra", kind, **numbers) for kind, numbers in NUMBERS.items())
BANKS = {
    "morlet": "Morlet", "bump_steerable": "BumpSteerable", "bump_cheng": "BumpCheng", "shannon": "Shannon",
    "gaussian_steerable": "GaussianSteerable",
}  # fmt: skip


def morlet(**options):
    return choose("bank", "morlet", **options)


def spectra(**options):
    return choose("moments", "spectra", **options)



@pytest.mark.parametrize("kind", BANKS)
def test_banks(kind):
    bank = make_bank(Run(FIELD, bank=choose("bank", kind, J=3, L=6, oversampling="full")), (32, 48))
    name = type(bank.family).__name__
    assert (name, bank.J, bank.L, bank.oversampling, bank.shape) == (BANKS[kind], 3, 6, "full", (32, 48))


@pytest.mark.parametrize("constants, name", [("exact", "Exact"), ("kymatio", "Kymatio"), ("cheng", "Cheng")])
def test_constants(constants, name):
    bank = make_bank(Run(FIELD, bank=morlet(J=2, constants=constants)), (16, 16))
    assert type(bank.family.constants).__name__ == name


def test_moments_are_stacked_with_their_weights():
    config = Run(FIELD, bank=morlet(J=2), moments=spectra(isotropic=True, ends=True), extra=EXTRA)
    phi = make_moments(config, make_bank(config, (32, 32)))
    kinds = [type(m).__name__ for m in phi.maps]
    assert kinds == ["Moments", "Marginals", "Quantiles", "PowerSpectrum", "Bispectrum"]
    assert phi.factors == (1.0, 2.0, 1.0, 0.5, 1.0)
    assert jax.eval_shape(phi.vector, jnp.zeros((32, 32))).shape == (len(phi.table),)


def test_spectra_take_their_options():
    config = Run(FIELD, bank=morlet(J=2), moments=spectra(isotropic=True, normalization="P11", ends=True))
    phi, plain = (make_moments(c, make_bank(c, (32, 32))) for c in (config, Run(FIELD, bank=morlet(J=2))))
    wanted = moments.ScatteringSpectra(phi.bank, isotropic=True, normalization="P11", ends=True)
    assert phi.table == wanted.table and plain.table != phi.table


def test_solvers_and_their_chains():
    solver = make_solver(Run(FIELD, solver=choose("solver", "lbfgs", memory=7)))
    assert isinstance(solver, samplers.LBFGS) and solver.memory == 7
    numbers = {"adam": {"learning_rate": 0.1}, "gradient_descent": {"step_size": 0.5}}
    numbers |= {"levenberg_marquardt": {"damping": 2.0}}
    solvers = tuple(choose("solver", kind, **given) for kind, given in numbers.items())
    chain = make_solver(Run(FIELD, solver=solvers))
    assert [type(one).__name__ for one in chain] == ["Optax", "GradientDescent", "LevenbergMarquardt"]
    assert float(chain[2].damping) == 2.0


def test_targets_have_the_precision_and_rank_of_the_config(tmp_path, rng):
    assert make_target(Run(FIELD)).dtype == np.float32
    with jax.enable_x64(True):  # noqa: FBT003
        config = loads(Run, 'precision = "float64"\nfield = {source = "brick64"}\nbank = {kind = "morlet", J = 2}')
        target = make_target(config)
        phi = make_moments(config, make_bank(config, target.shape))
        assert target.dtype == jax.eval_shape(phi.vector, jnp.asarray(target)).dtype == np.float64
    np.save(tmp_path / "s.npy", rng.normal(size=(3, 16, 16)).astype("float32"))
    source = str(tmp_path / "s.npy")
    assert make_target(Run(Field(source, stack=True))).shape == (3, 16, 16)
    with pytest.raises(InputError, match="expected .time,. or .y, x.: set field.stack = true"):
        make_target(Run(Field(source)))


def test_fields_are_read_as_the_config_says(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text("date,open,close\n2020-01-02,1,8\n2020-01-03,2,4\n2020-01-06,3,\n")
    text = f'field = {{source = {str(path)!r}, column = "close", log_returns = true}}'
    config = loads(Run, text)
    assert loads(Run, dump(config)) == config
    np.testing.assert_array_equal(read_field(config), [np.log(4) - np.log(8), np.nan])
    np.testing.assert_array_equal(read_field(loads(Run, text, ["field.log_returns=false"])), [8, 4, np.nan])
    assert read_field(Run(Field(f"{path}::open"))).tolist() == read_field(Run(Field(str(path), "open"))).tolist()
    with pytest.raises(InputError, match="holds 2 columns of numbers .'open', 'close'.: name one"):
        read_field(Run(Field(str(path))))
    with pytest.raises(InputError, match="is no .csv"):
        read_field(Run(Field("brick", column="close")))
    assert make_target(Run(Field(str(path), column="open"))).dtype == np.float32
