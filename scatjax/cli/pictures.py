"""Pictures of a run: of images the fields, their spectra and histograms, of series their statistics and dashboard.

With matplotlib (extra `plot`); without it images alone are drawn, and a series has none.
"""

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError

if TYPE_CHECKING:
    from ..coefficients import Coefficients
    from ..run import Folder, Model

_SHORTEST = 256  # samples that the statistics of a series need


def of_samples(folder: "Folder", model: "Model", samples: np.ndarray) -> list[Path]:
    """Target and samples, as the moment map sees them; images by their values, series by statistics and spectra."""
    if not model.is_series:
        target, config = model.one, model.config
        images = model.restored(samples).reshape(-1, *samples.shape[-2:])
        return [_images(folder, target, images, config.output.colormap)]
    good = [x for x in samples if np.isfinite(x).all() and x.min() < x.max()]
    return _of_series(folder, model, good[:1], "samples")


def of_analysis(folder: "Folder", model: "Model", c: "Coefficients") -> list[Path]:
    """A field, its bank and its coefficients; a series by its statistics and its spectra."""
    if model.is_series:
        return _of_series(folder, model, [], "analysis")
    image, colormap = model.one, model.config.output.colormap
    path = folder.place("pictures/analysis.png")
    if _has_matplotlib():
        from .. import plot

        return [folder.add(plot.save(plot.analysis(image, model.bank, c, colormap=colormap), path))]
    from .. import fields

    fields.write_png(path, image, colormap=_png_colormap(colormap))
    return [folder.add(path)]


def _of_series(folder: "Folder", model: "Model", samples: list[np.ndarray], name: str) -> list[Path]:
    """`NAME.png`, the statistics of target and first sample, and `spectra.png`, their scattering spectra."""
    if not _has_matplotlib():
        print('no pictures: those of series need matplotlib: pip install "scatjax[plot]"', file=sys.stderr)
        return []
    from .. import plot

    target = model.target[0] if model.config.field.stack else model.target
    shown = dict(zip(("target", "sample"), [target, *samples], strict=False))
    figures = {"spectra": _dashboard(model, shown)}
    gaps = None if model.mask is None else ~model.mask
    drawn = {label: longest_run(x, gaps if label == "target" else None) for label, x in shown.items()}
    if model.config.output.differences:
        drawn = {label: np.diff(x) for label, x in drawn.items()}
    if min(map(len, drawn.values())) >= _SHORTEST and all(x.min() < x.max() for x in drawn.values()):
        figures[name] = plot.time_series(drawn)
    return [folder.add(plot.save(f, folder.place(f"pictures/{label}.png"))) for label, f in figures.items()]


def _dashboard(model: "Model", shown: dict[str, np.ndarray]):
    """The four spectra of each series; where an octave has several wavelets, the target's coefficients by kind."""
    import equinox as eqx

    from .. import plot

    maps = {label: model.phi if x.shape == model.phi.shape else model.phi.at(x.shape) for label, x in shown.items()}
    spectra = {label: eqx.filter_jit(maps[label])(x) for label, x in shown.items()}
    try:
        return plot.scattering_spectra(spectra)
    except InputError:
        return plot.coefficients(spectra["target"])


def longest_run(x: np.ndarray, gaps: np.ndarray | None) -> np.ndarray:
    """The longest stretch of a series without a gap.

    >>> longest_run(np.arange(6.0), np.array([False, True, False, False, False, True]))
    array([2., 3., 4.])
    """
    if gaps is None:
        return x
    ends = np.flatnonzero(np.concatenate([[True], gaps, [True]]))  # place 0 is before the first sample
    widest = int(np.diff(ends).argmax())
    return x[ends[widest] : ends[widest + 1] - 1]


def _images(folder: "Folder", target: np.ndarray, samples: np.ndarray, colormap: str) -> Path:
    """Target and samples: with matplotlib also their spectra and histograms, else the images alone."""
    path = folder.place("pictures/samples.png")
    if _has_matplotlib():
        from .. import plot

        return folder.add(plot.save(plot.comparison(target, samples, colormap=colormap), path))
    from .. import fields

    low, high = np.quantile(target, [0.002, 0.998])
    fields.write_png(path, strip(target, samples), colormap=_png_colormap(colormap), limits=(float(low), float(high)))
    return folder.add(path)


def strip(target: np.ndarray, samples: np.ndarray, most: int = 4, gap: int = 4) -> np.ndarray:
    """Target and samples side by side on one canvas, gaps at the target's largest value.

    >>> strip(np.zeros((8, 8)), np.ones((2, 8, 8))).shape
    (8, 32)
    """
    images = [target, *np.nan_to_num(samples[:most])]
    height = max(image.shape[0] for image in images)
    fill = target.max()
    columns = [np.pad(i, ((0, height - i.shape[0]), (0, gap)), constant_values=fill) for i in images]
    return np.concatenate(columns, axis=1)[:, : -gap or None]


def _has_matplotlib() -> bool:
    return importlib.util.find_spec("matplotlib") is not None


def _png_colormap(name: str) -> str | None:
    return None if name == "gray" else name
