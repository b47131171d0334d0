"""What Kymatio's three objects share: how they are called, and words for what these cannot do."""

import warnings
from typing import Any

import equinox as eqx

from ..errors import InputError

CALLER = 5  # frames from a warning to who builds the object: a function, `__init__`, two of Equinox's


class Door(eqx.Module):
    """Base of the three: `S(x)`, `S.scattering(x)`, and words for what Kymatio's objects can do and these not."""

    def __call__(self, x):
        """Scattering coefficients, laid out as `out_type` says."""
        return self._scattered(x)

    def scattering(self, x):
        """Scattering coefficients, as `S(x)` gives them."""
        return self._scattered(x)

    def __getattr__(self, name: str):
        remedies = {
            **dict.fromkeys(("cuda", "cpu", "to"), "arrays are where `jax.device_put` or JAX_PLATFORMS puts them"),
            **dict.fromkeys(("register_filters", "load_filters", "create_filters"), "filters are made at once"),
        }
        hint = f": {remedies[name]}" if name in remedies else ""
        raise AttributeError(f"{type(self).__name__} has no {name!r}{hint}.")

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            super().__setattr__(name, value)
        except AttributeError as error:
            raise AttributeError(f"{type(self).__name__} is frozen: build a new one with {name}={value!r}.") from error

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other) -> bool:
        return self is other


def warn_ignored(backend=None, frontend=None, **unknown) -> None:
    """Warn of arguments of Kymatio's that mean nothing here; others are mistakes."""
    if unknown:
        raise TypeError(f"unknown arguments {sorted(unknown)}; see kymatio.org for those of this class.")
    for name, value in (("backend", backend), ("frontend", frontend)):
        if value is not None:
            warnings.warn(f"{name}={value!r} is ignored: scatjax computes with JAX.", UserWarning, stacklevel=CALLER)


def checked_out_type(out_type: str, known: tuple[str, ...]) -> str:
    """The layout `out_type` if it is known, or an error with the remedy."""
    if out_type not in known:
        raise InputError(f"out_type={out_type!r}: use one of {known}.")
    return out_type
