r"""`compare`: every column of the quality tables for one pair of 2D fields.

What the numbers mean is seen against two rows that need no model: another true map of the same law (the floor) and the
Gaussian `surrogate` (what a spectrum alone gives).
"""

import dataclasses
import warnings

import numpy as np

from ..errors import InputError
from .checks import check_pair
from .lags import increment_wasserstein, kurtosis_over_lags, structure_error
from .pixels import kurtosis, skewness, std_ratio, wasserstein
from .polyspectra import bispectrum_error
from .spectrum import power_ratio
from .topology import minkowski_error

_SIDE = 17  # the longest lag of the structure functions is 16


@dataclasses.dataclass(frozen=True)
class Comparison:
    """A candidate field judged against a target; `str` prints it, `to_dict` gives plain floats.

    - `power_rms`, `power_max`: in dB.
    - `wasserstein*`: in standard deviations of the target.
    - `kurtosis*`, `skewness`: of the candidate, with `target_*` beside them.
    - `structure_2`, `structure_4`, `minkowski_*`: relative errors.
    - `bispectrum`: the RMSE of band bispectra; `target_bispectrum`: the rms of the target's.

    >>> Comparison(*map(float, range(18))).to_dict()["power_max"]
    1.0
    """

    power_rms: float
    power_max: float
    wasserstein: float
    std_ratio: float
    skewness: float
    kurtosis: float
    wasserstein_lag_1: float
    wasserstein_lag_4: float
    kurtosis_lag_1: float
    structure_2: float
    structure_4: float
    minkowski_0: float
    minkowski_1: float
    minkowski_2: float
    bispectrum: float
    target_bispectrum: float
    target_kurtosis: float
    target_kurtosis_lag_1: float

    def to_dict(self) -> dict[str, float]:
        """The columns by name.

        >>> len(Comparison(*map(float, range(18))).to_dict())
        18
        """
        return dataclasses.asdict(self)

    def __getattr__(self, name: str) -> float:
        if not name.startswith("reference_"):
            raise AttributeError(f"{type(self).__name__} has no {name!r}.")
        now = name.replace("reference_", "target_", 1)
        warnings.warn(f"{name} is now {now}.", DeprecationWarning, stacklevel=2)
        return getattr(self, now)

    def __str__(self) -> str:
        columns = self.to_dict()
        targets = {name.removeprefix("target_"): value for name, value in columns.items() if "target_" in name}
        beside = {name: f"   target {value:.4f}" for name, value in targets.items()}
        shown = {name: value for name, value in columns.items() if "target_" not in name}
        return "\n".join(f"{name:<18} {value:>9.4f}{beside.get(name, '')}" for name, value in shown.items())


def compare(target, candidate) -> Comparison:
    """Judge a 2D field against a target of the same shape, whatever the model.

    **Errors** InputError unless both are one real, finite (y, x) field, not constant, with sides of at least 17.

    >>> x = np.random.default_rng(0).standard_normal((64, 64))
    >>> compare(x, x).structure_4, compare(x, x).power_rms
    (0.0, 0.0)
    """
    target, candidate = check_pair(target, candidate, dimension=2)
    if min(target.shape) < _SIDE:
        raise InputError(f"target has shape {target.shape}: compare needs sides of at least {_SIDE}.")
    rms, largest = power_ratio(target, candidate)
    near, far = increment_wasserstein(target, candidate, (1, 4)).tolist()
    second, fourth = structure_error(target, candidate, (2, 4)).tolist()
    area, length, euler = minkowski_error(target, candidate).tolist()
    error, scale = bispectrum_error(target, candidate)
    return Comparison(
        rms, largest, wasserstein(target, candidate), std_ratio(target, candidate), skewness(candidate),
        kurtosis(candidate), near, far, _steepness(candidate), second, fourth, area, length, euler, error, scale,
        kurtosis(target), _steepness(target),
    )  # fmt: skip


def _steepness(x: np.ndarray) -> float:
    return float(kurtosis_over_lags(x, (1,))[0])
