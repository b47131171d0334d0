r"""A family of your own, from one function of frequency: $\hat\psi_n(\nu) = p(\nu/\xi_n)$, $\xi_n = \xi\,2^{-n/Q}$.

Write p with its largest value at 1 and 0 at 0. In one axis it is a function of the signed ratio (0 for negative ones
makes it analytic), in two of the radius, steered to L angles (`telescope`). What it holds beyond the Nyquist frequency
is left out. The low-pass is $q(T|\nu|)$, Gaussian unless you give one with q(0) = 1.
"""

from collections.abc import Callable

import equinox as eqx
import numpy as np

from ...errors import InputError
from ..family import AbstractPlanar, Filter, gaussian_low_pass
from .dyadic import AbstractDyadic
from .telescope import check_steered, steering

Profile = Callable[[Filter], Filter]


class ProfileSeries(AbstractDyadic):
    """JQ dilations of `profile`.

    >>> p = lambda r: np.where(r > 0, r**4 * np.exp(4 * (1 - r)), 0.0)
    >>> ProfileSeries(2, 1, p, xi=0.25).filter(8, 0).round(2)
    array([0.  , 0.46, 1.  , 0.69, 0.29, 0.  , 0.  , 0.  ])
    """

    J: int = eqx.field(static=True)
    Q: int = eqx.field(static=True)
    profile: Profile = eqx.field(static=True)
    low_pass: Profile | None = eqx.field(static=True, default=None)
    xi: float = eqx.field(static=True, default=0.375)
    width = float("nan")

    def __check_init__(self):
        check_profile(self.profile, self.low_pass)

    def filter(self, N, n):
        """The profile of the signed ratio of the frequency to the center of band n."""
        nu = np.fft.fftfreq(N)
        return self.profile(np.where(nu == -0.5, 0.5, nu) / self.center(n))  # Nyquist's sign is that of the wavelet

    def phi(self, shape, T):
        """The function `low_pass` of T times the frequency, or a Gaussian."""
        if self.low_pass is None:
            return gaussian_low_pass(shape, T / (0.2 * np.pi))
        return self.low_pass(T * np.abs(np.fft.fftfreq(shape[0])))


class ProfileSteerable(AbstractPlanar):
    """J octaves of `profile` at L angles.

    >>> p = lambda r: r**4 * np.exp(4 * (1 - r))
    >>> ProfileSteerable(2, 4, p).psi((8, 8), 1).shape
    (4, 8, 8)
    """

    J: int = eqx.field(static=True)
    L: int = eqx.field(static=True)
    profile: Profile = eqx.field(static=True)
    low_pass: Profile | None = eqx.field(static=True, default=None)
    xi: float = eqx.field(static=True, default=0.375)

    def __check_init__(self):
        check_profile(self.profile, self.low_pass)
        check_steered(self.L)

    def angles(self):
        """The angles pi l / L."""
        return np.pi * np.arange(self.L) / self.L

    def center(self, j):
        """The center 2 pi xi 2^-j."""
        return 2 * np.pi * self.xi / 2**j

    def psi(self, shape, j):
        """The profile of the radius, steered to L angles."""
        return self.profile(2 * np.pi * _radius(shape) / self.center(j)) * steering(shape, self.angles())

    def phi(self, shape, T):
        """The function `low_pass` of T times the radius, or a Gaussian."""
        return gaussian_low_pass(shape, 0.4 * T) if self.low_pass is None else self.low_pass(T * _radius(shape))


def _radius(shape: tuple[int, int]) -> Filter:
    return np.hypot(*np.meshgrid(*map(np.fft.fftfreq, shape), indexing="ij"))


def check_profile(profile: Profile, low_pass: Profile | None = None) -> None:
    """A profile gives finite numbers, elementwise, and 0 at 0; a low-pass 1.

    >>> check_profile(lambda r: np.exp(-((r - 1) ** 2)))
    Traceback (most recent call last):
    scatjax.errors.InputError: the profile is 0.368 at 0: a wavelet has no mean, let it vanish there.
    """
    r = np.linspace(0, 4, 9)
    for name, function in (("profile", profile), ("low_pass", low_pass)):
        if function is None:
            continue
        values = np.asarray(function(r))
        if values.shape != r.shape or not np.isfinite(values).all():
            raise InputError(f"the {name} must give one finite number a frequency: write it with NumPy, elementwise.")
        if name == "profile" and abs(values[0]) > 1e-12:
            raise InputError(f"the profile is {values[0]:.3g} at 0: a wavelet has no mean, let it vanish there.")
        if name == "low_pass" and abs(values[0] - 1) > 1e-12:
            raise InputError(f"the low_pass is {values[0]:.3g} at 0: divide it by that, a mean keeps constants.")
