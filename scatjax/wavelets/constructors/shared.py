"""What the constructors of banks share: arguments, defaults, the layers that Q names, the words for what is lacking."""

import inspect
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from ...domains import AbstractBoundary, Periodic
from ...errors import InputError
from ..bank import FilterBank, Oversampling, make_bank
from ..family import AbstractFamily, check_scales, check_series
from ..tightened import tight as tight_frame

PERIODIC = Periodic()
Layers = int | Sequence[int] | None
Constructor = TypeVar("Constructor", bound=Callable[..., FilterBank])
ARGUMENTS = {  # of all constructors, in their order
    "shape": "the sides of the fields, (y, x) of images or (N,) of series.",
    "J": "octaves; by default as many as fit, less one (images) or three (series).",
    "L": "angles, of images.",
    "Q": "wavelets per octave, of series: a number, or one per layer; layers that are not named have 1.",
    "constants": "how the wavelets are sampled: ours by default, or a peer's.",
    "oversampling": 'octaves beyond the Nyquist grid of each scale, "full", or `Decimated()`.',
    "boundary": "what the field is taken to be outside of its canvas.",
    "dtype": "of the filters; JAX's default float by default.",
    "T": "samples over which the low-pass averages; 2^J by default.",
    "full_band": "True for wavelets above the top one, up to the Nyquist frequency.",
    "tight": "True for filters divided by the root of their Littlewood–Paley sum: energy is kept.",
}


def documented(constructor: Constructor) -> Constructor:
    """Write the shared arguments of a constructor into its docstring, after its own and before its example.

    >>> @documented
    ... def mine(shape, J=None) -> FilterBank:
    ...     '''Wavelets of my own.'''
    >>> print(mine.__doc__)
    Wavelets of my own.
    <BLANKLINE>
    **Arguments**
    <BLANKLINE>
    - `shape`: the sides of the fields, (y, x) of images or (N,) of series.
    - `J`: octaves; by default as many as fit, less one (images) or three (series).
    """
    text, mark, example = inspect.cleandoc(constructor.__doc__ or "").partition("\n\n>>>")
    names = [name for name in inspect.signature(constructor).parameters if name in ARGUMENTS]
    head = "\n" if "**Arguments**" in text else "\n\n**Arguments**\n\n"
    items = "\n".join(f"- `{name}`: {ARGUMENTS[name]}" for name in names)
    constructor.__doc__ = text + head + items + mark + example
    return constructor


def bank(
    families: Sequence[AbstractFamily],
    shape: Sequence[int],
    oversampling: Oversampling,
    boundary: AbstractBoundary,
    dtype,
    T: int | float | None,
    *,
    tight: bool,
) -> FilterBank:
    """The bank of one family per layer, made tight if asked for."""
    T = None if T is None else float(T)
    families = [tight_frame(family, T) for family in families] if tight else families
    return make_bank(families, shape, oversampling, boundary, dtype, T)


def scales(shape: Sequence[int], J: int | None, L: int) -> int:
    """The octaves J as given, or as many as fit an image, less one (the default of Cheng et al.)."""
    J = max(int(np.log2(max(min(shape), 1))) - 1, 1) if J is None else J
    check_scales(J, L, tuple(shape))
    return J


def octaves(shape: Sequence[int], J: int | None) -> int:
    """The octaves J as given, or as many as fit a series, less three (the default of Morel et al.)."""
    J = max(int(np.log2(max(min(shape), 1))) - 3, 1) if J is None else J
    check_series(J, 1, tuple(shape))
    return J


def named(Q: Layers) -> tuple[int, ...]:
    """The wavelets per octave that Q names, one per layer.

    >>> named(8), named((12, 2)), named(None)
    ((8,), (12, 2), ())
    """
    given = () if Q is None else (Q,) if isinstance(Q, int) else tuple(Q)
    if (Q is not None and not given) or not all(isinstance(q, int) and q >= 1 for q in given):
        raise InputError(f"Q={Q} must be an integer of at least 1, or a tuple of them, one a layer: Q=8, Q=(8, 2).")
    return given


def layers(Q: Layers) -> tuple[int, ...]:
    """The wavelets per octave of each layer; the last entry serves all that follow, and is 1 unless Q says so for all.

    >>> layers(None), layers(8), layers((12, 2)), layers(1)
    ((1,), (8, 1), (12, 2, 1), (1,))
    """
    given = named(Q)
    return given if given and given[-1] == 1 else (*given, 1)


def refuse(argument: str, remedy: str, *, when: bool) -> None:
    """Refuse an argument that this dimension or family lacks."""
    if when:
        raise InputError(f"{argument}: {remedy}.")


def check_line(shape: Sequence[int], name: str, planar: str) -> None:
    """Refuse images of a family that exists for series only."""
    if len(shape) != 1:
        raise InputError(f"shape={tuple(shape)}: {name} is of series, shape (N,): use {planar} in two dimensions.")
