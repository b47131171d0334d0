"""The door of scikit-learn: its own checks, a peer's classifier, pipelines and searches, and input that is refused."""

import pickle

import jax
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import check_estimator

import scatjax as sj
from scatjax.sklearn import PCAAffineClassifier, ScatteringTransformer
from scatjax.wavelets import morlet

from .helpers import GOLDEN

AFFINE = GOLDEN / "affine.npz"
ESTIMATORS = {
    "transformer": ScatteringTransformer(),
    "log": ScatteringTransformer(log=True),
    "renormalized": ScatteringTransformer(log=True, renormalize=True),
    "mean": ScatteringTransformer(J=1, averaging=sj.Mean(), order=1, batch_size=3),
    "classifier": PCAAffineClassifier(),
    "classifier, d=0": PCAAffineClassifier(n_components=0),  # lines are too much for its blobs of two features
}


def rows(rng, samples=6, features=64, dtype=np.float64):
    return rng.normal(size=(samples, features)).astype(dtype)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
def test_scikit_learns_own_checks(estimator):
    """Skipped are only the checks that need what is not installed or not switched on."""
    done = check_estimator(estimator, on_fail=None, on_skip=None)
    failed = {check["check_name"]: check["exception"] for check in done if check["status"] == "failed"}
    assert not failed and len(done) > 40, failed
    for check in done:
        if check["status"] == "skipped":
            assert any(word in str(check["exception"]) for word in ("SCIPY_ARRAY_API", "pandas", "polars")), check


@pytest.mark.golden
def test_affine_spaces_of_the_peer():
    """ScatNet's affine classifier in MATLAB: distances for d = 0..6 and labels."""
    with np.load(AFFINE) as stored:
        X, y, train, test, distances, labels = (stored[n] for n in "X y train test distances labels".split())
    model = PCAAffineClassifier(n_components=6).fit(X[train], y[train])
    ours = model.distances(X[test])
    assert np.abs(ours - distances).max() < 1e-12
    assert np.array_equal(model.classes_[ours.argmin(-1)], labels)
    assert np.array_equal(model.predict(X[test]), labels[-1])


def test_affine_distances_are_projections(rng):
    """Against the projector written out, where a class has fewer samples than directions asked for."""
    X, y = rows(rng, 12, 5), np.array([0] * 3 + [1] * 9)
    distances = PCAAffineClassifier(n_components=4).fit(X, y).distances(X)
    for k, d in ((0, 1), (0, 4), (1, 3), (1, 4)):
        own = X[y == k]
        V = np.linalg.eigh(np.cov(own.T, bias=True))[1][:, ::-1][:, : min(d, len(own) - 1)]
        s = X - own.mean(0)
        assert np.abs(distances[d, :, k] - np.linalg.norm(s - s @ V @ V.T, axis=1)).max() < 1e-7


def test_cross_validation_finds_the_dimension(rng):
    """Two lines through one mean: d = 0 knows nothing, d = 1 all, and in three dimensions d = 3 nothing again."""
    t = rng.normal(size=(80, 1))
    X = t * np.repeat([[1.0, 0, 0], [0, 1, 0]], 40, axis=0) + 1e-2 * rng.normal(size=(80, 3))
    model = PCAAffineClassifier().fit(X, np.repeat(["a", "b"], 40))
    assert model.n_components_ == 1 and model.cv_scores_.shape == (4,)
    assert model.cv_scores_[1] > 0.95 > model.cv_scores_[0]
    assert model.score(X, np.repeat(["a", "b"], 40)) > 0.95
    assert PCAAffineClassifier().fit(X[[0, 1, 79]], ["a", "a", "b"]).n_components_ == 0  # one of b: nothing to hold out


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_are_the_operators(rng, x64, dtype):
    """Images: what the operator gives, flattened; in the dtype of the rows and with the names of the table."""
    X = rows(rng, 5, 16 * 12, dtype)
    S = ScatteringTransformer(J=2, L=3, shape=(16, 12), batch_size=2).fit(X)
    direct = sj.Scattering(morlet((16, 12), J=2, L=3))(X.reshape(5, 16, 12))
    assert S.transform(X).dtype == dtype and S.n_features_in_ == 192
    assert np.abs(S.transform(X) - np.asarray(direct.values).reshape(5, -1)).max() < 100 * np.finfo(dtype).eps
    names = S.get_feature_names_out()
    assert len(names) == len(set(names)) == S.transform(X).shape[1]
    site = np.ravel_multi_index((3, 2, 1), direct.values.shape[1:])
    assert names[site] == f"{direct.table.names()[3]}(2,1)"


def test_float64_where_jax_has_it_switched_off(rng):
    """scikit-learn promises float64 out for float64 in: all digits, also after pickling, and the flag stays off."""
    X = rows(rng)
    S = ScatteringTransformer(J=3).fit(X)
    with jax.enable_x64(True):
        exact = np.asarray(sj.Scattering(morlet((64,), J=3))(X).values).reshape(6, -1)
    assert np.abs(S.transform(X) - exact).max() < 1e-14 and not jax.config.jax_enable_x64
    assert np.array_equal(pickle.loads(pickle.dumps(S)).transform(X), S.transform(X))
    assert np.abs(S.transform(X.astype(np.float32)) - exact).max() < 1e-5


def test_chunks_change_nothing(rng):
    X = rows(rng, 7)
    whole = ScatteringTransformer(J=3).fit_transform(X)
    for size in (1, 3, 100):
        assert np.abs(ScatteringTransformer(J=3, batch_size=size).fit_transform(X) - whole).max() < 1e-14


def test_large_fields_go_one_by_one(rng):
    """The default chunk follows the size of the fields, so that memory does not follow the number of rows."""
    sizes = [ScatteringTransformer(J=3).fit(rows(rng, 2, n))._rows() for n in (64, 2**12, 2**20)]
    assert sizes[0] > sizes[1] > sizes[2] == 1, sizes


def test_log_has_the_floor_of_the_training_data(rng):
    X = 10 * rows(rng)
    plain, log = ScatteringTransformer(J=3).fit(X), ScatteringTransformer(J=3, log=True).fit(X)
    S = plain.transform(X).reshape(6, len(plain.table_), -1)
    assert log.epsilon_ == pytest.approx(1e-3 * S[:, plain.table_["kind"] == "S1"].mean())
    for Y in (X, X[:2] / 7):  # the floor is learned, not made anew
        assert np.allclose(log.transform(Y), np.log(np.abs(plain.transform(Y)) + log.epsilon_), atol=1e-12)
    assert np.array_equal(ScatteringTransformer(J=3, log=True).fit_transform(X), log.transform(X))
    assert ScatteringTransformer(J=3, log=True, epsilon=0.5).fit(X).epsilon_ == 0.5
    assert np.isfinite(ScatteringTransformer(J=3, log=True).fit_transform(np.zeros((2, 64)))).all()


@pytest.mark.parametrize("order, shape", [(3, (64,)), (2, (8, 8))])
def test_renormalized_rows_are_ratios(rng, x64, order, shape):
    """As `sj.renormalize` with the epsilon of the training data; what is louder has the same ratios and their logs."""
    X = rows(rng)
    options = {"J": 3 if len(shape) == 1 else 2, "order": order, "shape": shape, "renormalize": True}
    ratios, logs = ScatteringTransformer(**options).fit(X), ScatteringTransformer(**options, log=True).fit(X)
    S = sj.Scattering(morlet(shape, J=options["J"]), order)(X[:3].reshape(3, *shape))
    expected = np.asarray(sj.renormalize(S, ratios.epsilon_).values).reshape(3, -1)
    assert np.abs(ratios.transform(X[:3]) - expected).max() < 1e-12
    second = np.repeat(ratios.table_["kind"] > "S1", np.prod(ratios.sites_))
    assert np.allclose(logs.transform(X)[:, second], np.log(np.abs(ratios.transform(X)[:, second]) + 1e-3), atol=1e-12)
    assert np.allclose(logs.transform(X)[:, ~second], np.log(np.abs(ratios.transform(X)[:, ~second]) + logs.epsilon_))
    loud = clone(logs).fit(100 * X).transform(100 * X)
    assert np.allclose(loud[:, second], logs.transform(X)[:, second], atol=1e-10)
    assert np.allclose(loud[:, ~second], logs.transform(X)[:, ~second] + np.log(100), atol=1e-10)


def test_a_ready_operator(rng):
    """Any operator or moment map, of fields with channels too; it clones and pickles with its estimator."""
    X = rows(rng, 4, 256, np.float32)
    phi = sj.ScatteringSpectra(morlet((16, 16), J=2, L=2))
    S = ScatteringTransformer(operator=phi)
    expected = np.asarray(phi(X.reshape(4, 16, 16)).values)
    for estimator in (S.fit(X), clone(S).fit(X), pickle.loads(pickle.dumps(S.fit(X)))):
        assert np.abs(estimator.transform(X) - expected).max() < 1e-5
    assert list(S.get_feature_names_out()) == phi.table.names()
    pairs = sj.ScatteringSpectra(morlet((8, 16), J=2, L=2), channels=2)
    assert np.allclose(
        ScatteringTransformer(operator=pairs).fit_transform(X), pairs(X.reshape(4, 2, 8, 16)).values, atol=1e-5
    )


def test_pipeline_and_search(rng):
    """Slow and fast oscillations of random phase: not separable by pixels, and found by a search over averagings."""
    t, phase = np.arange(64), rng.uniform(0, 2 * np.pi, (60, 1))
    y = np.arange(60) % 2
    X = np.cos(np.where(y, 0.6, 1.3)[:, None] * t + phase) + 0.3 * rng.normal(size=(60, 64))
    pipeline = make_pipeline(ScatteringTransformer(J=3), SVC())
    grid = {"scatteringtransformer__averaging": [sj.Local(), sj.Mean()], "scatteringtransformer__order": [1, 2]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(X[:40], y[:40])
    assert search.score(X[40:], y[40:]) == 1.0
    affine = make_pipeline(ScatteringTransformer(J=3), PCAAffineClassifier(2)).fit(X[:40], y[:40])
    assert affine.score(X[40:], y[40:]) == 1.0
    assert "ScatteringTransformer(J=3)" in repr(pipeline)


@pytest.mark.parametrize(
    "estimator, features, remedy",
    [
        (ScatteringTransformer(shape=(8, 9)), 64, "X has 64 features, shape=(8, 9) asks for 72: pass the shape"),
        (ScatteringTransformer(shape=(4, 4, 4)), 64, "pass operator= for other fields"),
        (ScatteringTransformer(J=9), 64, "use J <= 6"),
        (ScatteringTransformer(shape=(8, 8), Q=2), 64, "use L, its angles"),
        (ScatteringTransformer(averaging=sj.Off()), 64, "use Local() or Mean()"),
        (ScatteringTransformer(batch_size=0), 64, "batch_size=0 must be a positive integer"),
        (ScatteringTransformer(log=True, epsilon=0.0), 64, "epsilon=0.0 must be positive"),
        (ScatteringTransformer(), 1, "1 feature(s)"),
    ],
)
def test_bad_parameters_have_remedies(rng, estimator, features, remedy):
    with pytest.raises(ValueError) as error:
        estimator.fit_transform(rows(rng, 3, features))
    assert remedy in str(error.value)


def test_an_operator_leaves_nothing_to_choose(rng):
    S = sj.Scattering(morlet((64,), J=2))
    with pytest.raises(sj.InputError, match="J, shape and operator= exclude each other"):
        ScatteringTransformer(J=2, shape=(8, 8), operator=S).fit(rows(rng))
    with pytest.raises(sj.InputError, match="whose rows have parents"):
        ScatteringTransformer(operator=sj.PowerSpectrum((8, 8), 3), renormalize=True).fit(rows(rng))
    with pytest.raises(sj.InputError, match=r"the operator, which takes \(64,\), asks for 64"):
        ScatteringTransformer(operator=S).fit(rows(rng)[:, 1:])


def test_bad_rows_are_refused(rng):
    X = rows(rng)
    S = ScatteringTransformer(J=2).fit(X)
    with pytest.raises(ValueError, match="NaN"):
        S.transform(np.where(X > 1, np.nan, X))
    with pytest.raises(ValueError, match="63 features"):
        S.transform(X[:, 1:])
    with pytest.raises(ValueError, match="n_components=-1"):
        PCAAffineClassifier(-1).fit(X, [0, 1] * 3)
