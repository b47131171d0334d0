r"""The door for people who come from scikit-learn: scattering as a transformer, affine subspaces as a classifier.

`ScatteringTransformer` turns rows (series, or flattened images) into rows of named coefficients; it clones, pickles,
sits in a `Pipeline` and under a `GridSearchCV`. `PCAAffineClassifier` is the classifier of Bruna and Mallat 2013: one
affine space per class; choose it where classes are few and features many. Both pass scikit-learn's `check_estimator`.
Needs the extra `sklearn`; `import scatjax` alone does not import scikit-learn.

>>> from sklearn.datasets import load_digits
>>> from sklearn.pipeline import make_pipeline
>>> X, y = load_digits(return_X_y=True)
>>> digits = make_pipeline(ScatteringTransformer(J=1, L=4, shape=(8, 8)), PCAAffineClassifier(n_components=10))
>>> round(digits.fit(X[:900], y[:900]).score(X[900:], y[900:]), 2)
0.97
"""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from .citations import cites
from .coefficients import Coefficients
from .errors import InputError, missing_extra
from .operators import Local, Scattering
from .operators.normalized import lineage, orders_of
from .wavelets import FilterBank, morlet
from .wavelets.constructors.shared import PERIODIC

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
    from sklearn.model_selection import check_cv
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import _check_feature_names_in, check_is_fitted, validate_data
except ImportError as error:
    raise missing_extra("scikit-learn", "sklearn") from error

VALUES = 2**24  # a chunk holds at most so many numbers: 64 MB in float32
RATIO = 1e-3  # the threshold of the logarithm of a renormalized coefficient, which has no unit
FLOATS = (np.float64, np.float32)


@cites("bruna2013", "anden2014")
class ScatteringTransformer(TransformerMixin, BaseEstimator):
    r"""Scattering coefficients of rows: `(samples, field)` to `(samples, paths times sites)`, in the dtype of the rows.

    **Arguments**

    - `J`, `Q`, `L`, `T`, `boundary`: of Morlet wavelets, with the defaults of `wavelets.morlet`.
    - `shape`: of the fields, (y, x) for images; None: each row is a series.
    - `order`, `averaging`, `stride`: of `Scattering`; an odd number of samples has no stride but 1: pass
      `boundary=Reflect()` or `Zero()`, or `averaging=Mean()`.
    - `renormalize`: divide orders above 1 by their parent plus epsilon.
    - `log`: take log(|S| + epsilon), of these ratios log(|S| + 1e-3).
    - `epsilon`: None: 1e-3 of the mean of the first order over the data that `fit` sees (Andén and Mallat 2014).
    - `operator`: any operator or moment map of one array of coefficients instead; its shape is that of the fields, and
      J to boundary are left out.
    - `batch_size`: rows at once; None: as many as fit in some 100 MB.

    **Attributes** `operator_`; `n_features_in_`; `epsilon_`, if one is used; `table_`, a row per path; `sites_`, the
    shape of the output of one path.

    **Errors** Rows that are not of `shape`, NaN, and what no bank can be built for, are `InputError` or ValueErrors.

    Works in float64 on float64 whether or not JAX's x64 is on; float32 is about twice as fast.

    >>> X = np.random.default_rng(0).normal(size=(5, 64)).astype(np.float32)
    >>> S = ScatteringTransformer(J=3, Q=2).fit(X)
    >>> S.transform(X).shape, S.transform(X).dtype, S.get_feature_names_out()[0]
    ((5, 96), dtype('float32'), 'S0(0)')
    """

    def __init__(
        self,
        J=None,
        Q=None,
        L=None,
        shape=None,
        order=2,
        averaging=None,
        stride=None,
        T=None,
        boundary=None,
        *,
        log=False,
        renormalize=False,
        epsilon=None,
        operator=None,
        batch_size=None,
    ):
        self.J, self.Q, self.L, self.shape, self.order = J, Q, L, shape, order
        self.averaging, self.stride, self.T, self.boundary = averaging, stride, T, boundary
        self.log, self.renormalize, self.epsilon = log, renormalize, epsilon
        self.operator, self.batch_size = operator, batch_size

    def fit(self, X, y=None):
        """Build the operator for these rows and, where an epsilon is used and not given, measure their first order."""
        self._fit(X)
        return self

    def fit_transform(self, X, y=None, **fit_params):
        """Rows of coefficients, as `fit(X).transform(X)` gives them, at the cost of one."""
        X, S = self._fit(X)
        return self._finish(self._scatter(X) if S is None else S)

    def transform(self, X):
        """Coefficients (samples, paths times sites) of rows (samples, features)."""
        check_is_fitted(self)
        return self._finish(self._scatter(validate_data(self, X, dtype=FLOATS, reset=False)))

    def get_feature_names_out(self, input_features=None):
        """The name of each path and, in parentheses, its site, row by row."""
        check_is_fitted(self)
        _check_feature_names_in(self, input_features, generate_names=False)
        sites = [f"({','.join(map(str, site))})" if site else "" for site in np.ndindex(*self.sites_)]
        return np.array([name + site for name in self.table_.names() for site in sites], dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _fit(self, X):
        """The checked rows, and their coefficients where they had to be made."""
        X = validate_data(self, X, dtype=FLOATS, ensure_min_features=1 if self.operator is not None else 2)
        self.operator_ = self._built(X.shape[1]) if self.operator is None else self._given(X.shape[1])
        out = _structure(self.operator_)
        self.table_, self.sites_ = out.table, tuple(out.values.shape[1:])
        if self.renormalize and (orders_of(self.table_) < 0).any():
            raise InputError("renormalize=True is for the operator Scattering, whose rows have parents: leave it out.")
        if not (self.log or self.renormalize):
            return X, None
        if self.epsilon is not None:
            if not self.epsilon > 0:
                raise InputError(f"epsilon={self.epsilon} must be positive, or None: 1e-3 of the mean of S1.")
            self.epsilon_ = float(self.epsilon)
            return X, None
        S = self._scatter(X)
        self.epsilon_ = self._floor(S)
        return X, S

    def _built(self, features: int):
        """Scattering of Morlet wavelets, its filters in float64 whatever JAX's default."""
        shape = (features,) if self.shape is None else tuple(int(n) for n in np.atleast_1d(self.shape))
        if len(shape) not in (1, 2):
            raise InputError(f"shape={shape} must be (y, x) or (N,): pass operator= for other fields.")
        _check_features(features, shape, f"shape={shape}")
        boundary = PERIODIC if self.boundary is None else self.boundary
        with jax.enable_x64(True):
            bank = morlet(shape, self.J, self.L, self.Q, boundary=boundary, dtype=np.float64, T=self.T)
            S = Scattering(bank, self.order, Local() if self.averaging is None else self.averaging, self.stride)
            return _arrays(S, jax.Array, np.asarray)  # JAX's own would be unpickled as float32 where x64 is off

    def _given(self, features: int):
        """The operator passed, which leaves nothing to choose."""
        choices = {name: getattr(self, name) for name in "J Q L shape averaging stride T boundary".split()}
        extra = [name for name, value in choices.items() if value is not None]
        if extra:
            raise InputError(f"{', '.join(extra)} and operator= exclude each other: the operator has its own.")
        _check_features(features, _fields(self.operator), f"the operator, which takes {_fields(self.operator)},")
        return self.operator

    def _scatter(self, X: NDArray[Any]) -> NDArray[Any]:
        """Values (samples, path, *site), a chunk of rows at a time; powers of two, so that few programs compile."""
        most, done = self._rows(), []
        with jax.enable_x64(bool(X.dtype == np.float64)):
            operator = _arrays(self.operator_, np.ndarray, jnp.asarray)
            for first in range(0, len(X), most):
                rows = X[first : first + most]
                fill = min(most, 2 ** math.ceil(math.log2(len(rows)))) - len(rows)
                batch = np.concatenate([rows, np.zeros((fill, X.shape[1]), X.dtype)])
                values = operator(batch.reshape(-1, *_fields(operator))).values
                done.append(np.asarray(values)[: len(rows)])
        return np.concatenate(done)

    def _rows(self) -> int:
        """The number of rows at once."""
        if self.batch_size is not None:
            if not isinstance(self.batch_size, int | np.integer) or self.batch_size < 1:
                raise InputError(f"batch_size={self.batch_size!r} must be a positive integer, or None.")
            return int(self.batch_size)
        held = _held(self.operator_) + len(self.table_) * math.prod(self.sites_)
        return 2 ** int(math.log2(max(VALUES // held, 1)))

    def _floor(self, S: NDArray[Any]) -> float:
        """A floor: 1e-3 of the mean of the first order, of all coefficients where none is of that kind."""
        first = self.table_["kind"] == "S1"
        floor = 1e-3 * float(np.abs(S[:, first] if first.any() else S).mean())
        return floor if floor > 0 else 1.0  # all is silent

    def _finish(self, S: NDArray[Any]) -> NDArray[Any]:
        floor = np.full(len(self.table_), getattr(self, "epsilon_", 0.0), S.dtype)[:, *(None for _ in self.sites_)]
        if self.renormalize:
            parents, children = lineage(self.table_)
            S = S.copy()
            S[:, children] /= S[:, parents] + floor[parents]  # the right side is whole before the left one changes
            floor[children] = RATIO
        if self.log:
            S = np.log(np.abs(S) + floor)
        return S.reshape(len(S), -1)


@cites("bruna2013")
class PCAAffineClassifier(ClassifierMixin, BaseEstimator):
    r"""Classifier by the affine space that is nearest: $\hat y = \arg\min_k \|(I - V_kV_k^T)(s - \mu_k)\|$.

    $\mu_k$ is the mean of class k, $V_k$ its first d principal directions: right singular vectors of the centered data,
    never a covariance of features by features (Bruna and Mallat 2013, section 4.1). A class of n samples has at most
    n - 1 of them; beyond, it keeps what it has. All d at once: $\|s-\mu\|^2 - \sum_{i\le d}(v_i\cdot(s-\mu))^2$.

    **Arguments**

    - `n_components`: d; None: the best of all in cross-validation, the smallest of equals (on few points that choice is
      noisy).
    - `cv`: number of folds, at most the size of the smallest class, or a splitter of scikit-learn.

    **Attributes** `classes_`; `n_components_`; `means_` (class, feature); `components_`, (directions, feature) of each
    class; `cv_scores_`, the accuracy for d = 0, 1, .., where d was chosen.

    >>> X, y = np.array([[0.0, 1], [0, 2], [0, 4], [1, 0], [2, 0], [3, 0]]), [0, 0, 0, 1, 1, 1]
    >>> PCAAffineClassifier(n_components=1).fit(X, y).predict([[0.1, 9], [9, 0.1]])
    array([0, 1])
    """

    def __init__(self, n_components=None, cv=5):
        self.n_components, self.cv = n_components, cv

    def fit(self, X, y):
        """Mean and principal directions of each class."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        most = self.n_components
        if most is not None and (not isinstance(most, int | np.integer) or most < 0):
            raise InputError(f"n_components={most!r} must be an integer of at least 0, or None: by cross-validation.")
        self.n_components_ = self._chosen(X, labels) if most is None else int(most)
        self.means_, self.components_ = _affine(X, labels, self.n_components_)
        return self

    def distances(self, X):
        """Distances to the spaces of every dimension d = 0 .. `n_components_`, (d, sample, class)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return _distances(X, self.means_, self.components_, self.n_components_)

    def decision_function(self, X):
        """Minus the distance to each class; of two classes, the first one's less the second one's."""
        nearness = -self._last(X)
        return nearness[:, 1] - nearness[:, 0] if len(self.classes_) == 2 else nearness

    def predict(self, X):
        """The nearest class."""
        check_is_fitted(self)
        return self.classes_[self._last(X).argmin(-1)]

    def _last(self, X) -> NDArray[Any]:
        """The distances to the spaces of the last dimension alone."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        spaces = zip(self.means_, self.components_, strict=True)
        squares = [((X - m) ** 2).sum(1) - (((X - m) @ V.T) ** 2).sum(1) for m, V in spaces]
        return np.sqrt(np.maximum(np.stack(squares, axis=1), 0))

    def _chosen(self, X: NDArray[Any], labels: NDArray[Any]) -> int:
        """The dimension d by cross-validation, all d at once."""
        smallest = int(np.bincount(labels).min())
        folds = min(self.cv, smallest) if isinstance(self.cv, int) else self.cv
        if smallest < 2:
            return 0
        scores = []
        for train, test in check_cv(folds, labels, classifier=True).split(X, labels):
            means, components = _affine(X[train], labels[train], len(train))
            most = max(map(len, components))
            pieces = np.array_split(test, -(-len(test) * len(means) * (most + 1) // VALUES))
            found = [_distances(X[rows], means, components, most).argmin(-1) for rows in pieces]
            scores.append((np.concatenate(found, axis=1) == labels[test]).mean(-1))
        shortest = min(map(len, scores))
        self.cv_scores_ = np.mean([score[:shortest] for score in scores], axis=0)
        return int(self.cv_scores_.argmax())


def _structure(operator) -> Coefficients:
    """Names and shapes of what the operator makes of one field; nothing is computed."""
    with jax.enable_x64(False):
        known = _arrays(operator, np.ndarray, jnp.asarray)
        out = jax.eval_shape(known, jax.ShapeDtypeStruct(_fields(operator), np.float32))
    if not isinstance(out, Coefficients):
        raise InputError(f"the operator gives a {type(out).__name__}, not one Coefficients: use Local() or Mean().")
    return out


def _arrays(operator, kind: type, change: Callable):
    """The operator with its arrays of one kind changed."""
    return jax.tree.map(lambda leaf: change(leaf) if isinstance(leaf, kind) else leaf, operator)


def _fields(operator) -> tuple[int, ...]:
    """Shape of one field that an operator takes, its channels first."""
    return operator.shape if operator.channels is None else (operator.channels, *operator.shape)


def _held(operator) -> int:
    """Numbers that a program holds for one field, a bound by XLA's own count: 1.8 to 2.8 per point of every path."""
    bank = getattr(operator, "bank", None)
    if not isinstance(bank, FilterBank):
        return 64 * math.prod(_fields(operator))
    if not isinstance(operator, Scattering):
        return 6 * len(bank.table) * math.prod(bank.domain.padded)
    held = 0
    for m, chains in enumerate(operator.paths.chains(bank)):
        held += sum(3 * len(rows) * math.prod(bank.layer(m).grids[j]) for j, rows in chains.items())
    return held


def _check_features(features: int, shape: tuple[int, ...], what: str) -> None:
    if math.prod(shape) != features:
        raise InputError(
            f"X has {features} features, {what} asks for {math.prod(shape)}: pass the shape of the fields, and each "
            f"field as a row, X.reshape(len(X), -1)."
        )


def _affine(X: NDArray[Any], labels: NDArray[Any], most: int) -> tuple[NDArray[Any], list[NDArray[Any]]]:
    """Mean (class, feature) and at most `most` principal directions of each class, fewer than it has samples."""
    classes = [X[labels == k] for k in range(labels.max() + 1)]
    means = np.stack([rows.mean(0) for rows in classes])
    components = []
    for rows, mean in zip(classes, means, strict=True):
        directions = np.linalg.svd(rows - mean, full_matrices=False)[2] if most and len(rows) > 1 else rows[:0]
        components.append(directions[: min(most, len(rows) - 1)])
    return means, components


def _distances(X: NDArray[Any], means: NDArray[Any], components: list[NDArray[Any]], most: int) -> NDArray[Any]:
    """Distances (d, sample, class) for d = 0 .. most; a class with fewer directions keeps its last distance."""
    out = np.empty((most + 1, len(X), len(means)))
    for k, (mean, directions) in enumerate(zip(means, components, strict=True)):
        s = X - mean
        removed = np.cumsum((directions @ s.T) ** 2, axis=0)
        squares = np.concatenate([np.zeros((1, len(X))), removed])
        out[: len(squares), :, k] = np.sqrt(np.maximum((s**2).sum(1) - squares, 0))
        out[len(squares) :, :, k] = out[len(squares) - 1, :, k]
    return out
