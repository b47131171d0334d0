"""What all pictures share: ink, figures that belong to nobody, limits of gray, files."""

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError, check_finite, missing_extra
from ..files import write_atomic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, ACCENT, PALE = "#1a1a1a", "#d1495b", "#e8e6e1"  # the target; the samples; grounds
RGB = ("#c1272d", "#2e8b57", "#0072bd")
SERIES = (INK, ACCENT, "#00798c", "#e09f3e", "#6a4c93")  # several beside each other, the target first
STYLE: dict[Any, Any] = {
    "font.size": 8, "axes.titlesize": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6,
    "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.minor.width": 0.4, "ytick.minor.width": 0.4,
    "legend.frameon": False, "axes.edgecolor": INK, "axes.titlelocation": "left",
}  # fmt: skip


def save(figure: "Figure", path: str | os.PathLike) -> Path:
    """Write a figure as PNG, whole or not at all; an existing file is refused."""
    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format="png", dpi=160, facecolor="white", metadata={"Software": "scatjax"})
    return write_atomic(path, buffer.getvalue())


def palette(numbers: np.ndarray) -> np.ndarray:
    """One color per number, dark for the smallest."""
    import matplotlib

    return matplotlib.colormaps["plasma"](0.82 * (numbers - numbers.min()) / max(np.ptp(numbers), 1))


def limits(x: np.ndarray) -> dict[str, Any]:
    """Limits vmin and vmax without the rarest values, symmetric where both signs occur."""
    low, high = np.quantile(x, [0.002, 0.998])
    if x.min() < 0 < x.max():
        high = max(abs(low), abs(high))
        low = -high
    return {"vmin": float(low), "vmax": float(high if high > low else low + 1)}


def as_image(x: Any, name: str) -> np.ndarray:
    """A finite image (y, x), or the remedy."""
    array = np.asarray(x, dtype=float)
    if array.ndim != 2:
        raise InputError(f"{name} has shape {array.shape}: a picture is drawn of one image, (y, x).")
    check_finite(array, name)
    return array


def as_picture(x: Any, name: str) -> np.ndarray:
    """A finite image (y, x), or one of three colors, (3, y, x), or the remedy."""
    array = np.asarray(x, dtype=float)
    if array.ndim != 2 and not (array.ndim == 3 and len(array) == 3):
        raise InputError(f"{name} has shape {array.shape}: a picture is drawn of one image, (y, x) or (3, y, x).")
    check_finite(array, name)
    return array


def paint(axis: Any, x: np.ndarray, scale: np.ndarray, colormap: str | None) -> Any:
    """Draw a picture in the gray or the colors of another, `scale`: in [0, 1] as they are, others by their limits."""
    x = np.nan_to_num(x)
    if x.ndim == 2:
        return axis.imshow(x, cmap=colormap, interpolation="nearest", **limits(scale))
    low, high = (0.0, 1.0) if scale.min() >= 0 and scale.max() <= 1 else limits(scale).values()
    return axis.imshow(np.clip((np.moveaxis(x, 0, -1) - low) / (high - low), 0, 1), interpolation="nearest")


def planes(x: np.ndarray) -> list[tuple[np.ndarray, str]]:
    """The channels of one picture with the color of their curves.

    >>> [color for _, color in planes(np.zeros((3, 2, 2)))]
    ['#c1272d', '#2e8b57', '#0072bd']
    """
    return [(x, INK)] if x.ndim == 2 else list(zip(x, RGB, strict=True))


def named(given: Any, name: str) -> dict[str, Any]:
    """Objects that are drawn over each other, by the names of the legend; one alone has none."""
    held = dict(given) if isinstance(given, Mapping) else {"": given}
    if not 1 <= len(held) <= len(SERIES):
        raise InputError(f"{name} holds {len(held)}: a picture shows 1 to {len(SERIES)} over each other.")
    return held


def bare(axis: Any, title: str) -> None:
    """Leave an axis no ticks, no frame, and a title in the middle."""
    axis.set(xticks=[], yticks=[])
    axis.set_title(title, loc="center")
    for spine in axis.spines.values():
        spine.set_visible(False)


def new_figure(width: float, height: float) -> "Figure":
    """A figure of so many inches that no window owns."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def style() -> Any:
    """The house's rc parameters for one `with`; a missing matplotlib is named."""
    try:
        import matplotlib
    except ImportError:
        raise missing_extra("matplotlib", "plot") from None
    return matplotlib.rc_context(STYLE)


def plain_ticks(axis: Any, low: float, high: float) -> None:
    """Ticks at 1, 2 and 5 of each decade, or at the decades alone where there are many, as plain numbers."""
    steps = (1, 2, 5) if high < 300 * low else (1,)
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    ticks = [m * 10.0**e for e in decades for m in steps if low <= m * 10.0**e <= high]
    axis.set_ticks(ticks, labels=[f"{tick:g}" for tick in ticks])
    minor = [m * 10.0**e for e in decades for m in range(2, 10)]
    axis.set_ticks([tick for tick in minor if low <= tick <= high], minor=True, labels=[])


def units(sampling_rate: int | float | None) -> tuple[float, str]:
    """The rate and the unit of frequencies."""
    if sampling_rate is not None and not 0 < sampling_rate < np.inf:
        raise InputError(f"sampling_rate={sampling_rate!r} must be positive, in Hz, or None: cycles a sample.")
    return (1.0, "cycles/sample") if sampling_rate is None else (float(sampling_rate), "Hz")
