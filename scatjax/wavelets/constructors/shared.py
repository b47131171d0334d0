"""What the constructors of banks share: defaults, the layers that Q names, and the words for what a dimension lacks."""

from collections.abc import Sequence

import numpy as np

from ...domains import AbstractBoundary, Periodic
from ...errors import InputError
from ..bank import FilterBank, Oversampling, make_bank
from ..family import AbstractFamily, check_scales, check_series
from ..tightened import tight as tight_frame

PERIODIC = Periodic()
Layers = int | Sequence[int] | None


def bank(
    families: Sequence[AbstractFamily],
    shape: Sequence[int],
    oversampling: Oversampling,
    boundary: AbstractBoundary,
    dtype,
    T: int | float | None,
    tight: bool,
) -> FilterBank:
    """The bank of one family a layer, made tight if asked for."""
    T = None if T is None else float(T)
    families = [tight_frame(family, T) for family in families] if tight else families
    return make_bank(families, shape, oversampling, boundary, dtype, T)


def scales(shape: Sequence[int], J: int | None, L: int) -> int:
    """J as given, or as many octaves as fit an image, less one (the default of Cheng et al.)."""
    J = max(int(np.log2(max(min(shape), 1))) - 1, 1) if J is None else J
    check_scales(J, L, tuple(shape))
    return J


def octaves(shape: Sequence[int], J: int | None) -> int:
    """J as given, or as many octaves as fit a series, less three (the default of Morel et al.)."""
    J = max(int(np.log2(max(min(shape), 1))) - 3, 1) if J is None else J
    check_series(J, 1, tuple(shape))
    return J


def named(Q: Layers) -> tuple[int, ...]:
    """The wavelets an octave that Q names, one a layer.

    >>> named(8), named((12, 2)), named(None)
    ((8,), (12, 2), ())
    """
    given = () if Q is None else (Q,) if isinstance(Q, int) else tuple(Q)
    if (Q is not None and not given) or not all(isinstance(q, int) and q >= 1 for q in given):
        raise InputError(f"Q={Q} must be an integer of at least 1, or a tuple of them, one a layer: Q=8, Q=(8, 2).")
    return given


def layers(Q: Layers) -> tuple[int, ...]:
    """Wavelets an octave of each layer; the last entry serves all that follow, and is 1 unless Q says so for all.

    >>> layers(None), layers(8), layers((12, 2)), layers(1)
    ((1,), (8, 1), (12, 2, 1), (1,))
    """
    given = named(Q)
    return given if given and given[-1] == 1 else (*given, 1)


def refuse(condition: bool, argument: str, remedy: str) -> None:
    """An argument that this dimension lacks."""
    if condition:
        raise InputError(f"{argument}: {remedy}.")


def check_line(shape: Sequence[int], name: str, planar: str) -> None:
    """A family that exists for series only."""
    if len(shape) != 1:
        raise InputError(f"shape={tuple(shape)}: {name} is of series, shape (N,): use {planar} in two dimensions.")
