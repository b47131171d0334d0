"""Which fields the moments of a config take: the rank, and the channels that a set of pairs is of."""

import numpy as np

from ...errors import InputError
from .. import kinds
from ..schema import Field
from .choice import Choice, make
from .signatures import parameters

ANY = -1  # as many channels as the field has, two or more
OF_COLOR = "moments.pairs = 'alpha_color'"


def channels_wanted(moments: Choice) -> int | None:
    """The channels of the fields that moments are of: None (gray), a number or ANY.

    >>> from .choice import choose
    >>> channels_wanted(choose("moments", "phase_harmonics", pairs="pywph_cross"))
    2
    """
    if "pairs" not in moments.arguments:
        channels = parameters(kinds.constructor("moments", moments.kind)).get("channels")
        return ANY if channels is not None and channels.default is channels.empty else None
    pairs = moments.pairs
    if "channels" in parameters(kinds.constructor("pairs", pairs.kind)):
        return ANY
    gamma = make(pairs, J=2, L=4)
    if gamma.complex_map:
        return 2
    return 1 + max(int(gamma.rows[name].max()) for name in ("c1", "c2")) if gamma.has_channels else None


def check_rank(x: np.ndarray, field: Field, moments: Choice) -> None:
    """Refuse a field, or a stack, that the moments do not take."""
    rank = x.ndim - field.stack
    if rank == 2 and field.source.lower().endswith(".wav"):
        raise InputError(
            f"{field.source} has {len(x)} channels: set field.stack = true to match their mean moments, "
            f"or write one of them to a file."
        )
    wanted = channels_wanted(moments)
    if wanted is not None:
        _check_color(x, field, moments, wanted)
    elif rank not in (1, 2):
        expected = "(series, time) or (image, y, x)" if field.stack else "(time,) or (y, x)"
        remedy = "set field.stack = true for a stack of images" if x.ndim == 3 else "store one field"
        if x.ndim - field.stack == 3 and x.shape[-3] in (2, 3, 4):
            remedy += f"; these moments are of gray: for color set moments.kind = 'rectifiers', {OF_COLOR}"
        raise InputError(f"{field.source} has shape {x.shape}, expected {expected}: {remedy}.")


def _check_color(x: np.ndarray, field: Field, moments: Choice, wanted: int) -> None:
    rank, channels = x.ndim - field.stack, x.shape[int(field.stack)]
    if rank == 3 and (channels == wanted or (wanted == ANY and channels > 1)):
        return
    count = "channel" if wanted == ANY else str(wanted)
    expected = f"(image, {count}, y, x)" if field.stack else f"({count}, y, x)"
    remedy = "use pairs of gray images, such as 'alpha_gray' or 'pywph'" if rank == 2 else "store one field so"
    if "pairs" not in moments.arguments:
        what, remedy = f"moments.kind = {moments.kind!r}", "store one field so"
    else:
        what = f"moments.pairs = {moments.pairs.kind!r}"
    raise InputError(f"{field.source} has shape {x.shape}, {what} expects {expected}: {remedy}.")
