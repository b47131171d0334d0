"""Kymatio's `HarmonicScattering3D`."""

import equinox as eqx

from ..citations import cites
from ..errors import InputError
from ..operators import SolidHarmonicScattering
from .door import Door, warn_ignored


@cites("andreux2020")
class HarmonicScattering3D(Door):
    """Solid harmonic scattering of volumes `(*batch, M, N, O)`: `(*batch, paths, L+1, powers)`.

    **Arguments** are Kymatio's; `method` must be "integral" and `points` None. Paths are the scales j1 = 0..J, then the
    pairs j1 < j2. Sums of x^q itself (order 0) are in `sj.SolidHarmonicScattering(order_zero=True)`.

    >>> import numpy as np
    >>> S = HarmonicScattering3D(J=1, shape=(8, 8, 8), L=1)
    >>> S(np.zeros((2, 8, 8, 8), np.float32)).shape
    (2, 3, 2, 3)
    """

    operator: SolidHarmonicScattering
    max_order: int = eqx.field(static=True)

    def __init__(
        self,
        J,
        shape,
        L=3,
        sigma_0=1,
        max_order=2,
        rotation_covariant=True,
        method="integral",
        points=None,
        integral_powers=(0.5, 1.0, 2.0),
        backend=None,
        **ignored,
    ):
        warn_ignored(backend=backend, **ignored)
        if method != "integral" or points is not None:
            raise InputError(f"method={method!r}, points={points!r}: use method='integral' and points=None.")
        self.max_order = max_order
        self.operator = SolidHarmonicScattering(
            shape,
            J,
            L,
            sigma_0,
            max_order,
            rotation_covariant=rotation_covariant,
            integral_powers=tuple(integral_powers),
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the volumes."""
        return self.operator.shape

    def _scattered(self, x):
        c, powers = self.operator(x), self.operator.integral_powers
        return c.values.reshape(*c.values.shape[:-1], -1, self.operator.L + 1, len(powers))
