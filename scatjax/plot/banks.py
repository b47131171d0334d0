"""Pictures of filter banks of images and series."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from .canvas import INK, bare, new_figure, palette, plain_ticks, style, units

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def bank(filters: Any, sampling_rate: int | float | None = None) -> "Figure":
    r"""Picture of any filter bank: of images its tiles in the Fourier plane, Littlewood–Paley sum, a wavelet per scale.

    Of series one panel per layer: what each band adds to the Littlewood–Paley sum,
    $\tfrac12(|\hat\psi(\omega)|^2 + |\hat\psi(-\omega)|^2)$, the low-pass, and the sum, over a logarithmic frequency.

    **Arguments**

    - `filters`: a bank that offers `filters()`, (band, [y,] x), `low_pass()`, ([y,] x), and a `table`.
    - `sampling_rate`: of a bank of series, in Hz; None: frequencies in cycles per sample.

    >>> from scatjax.wavelets import morlet, shannon
    >>> len(bank(shannon((16, 16), J=2, L=4)).axes)
    6
    >>> [axis.get_title("left").split(",")[0] for axis in bank(morlet((256,), J=4, Q=4), sampling_rate=8000).axes]
    ['layer 1: 14 bands', 'layer 2: 5 bands']
    """
    if np.ndim(filters.low_pass()) == 1:
        return _series(filters, sampling_rate)
    if sampling_rate is not None:
        raise InputError(f"sampling_rate={sampling_rate} is of a bank of series: leave it out for images.")
    psi, phi = filters_of(filters)
    scales = scales_of(filters, len(psi))
    count = int(scales.max()) + 1
    with style():
        figure = new_figure(7.4, 5.0)
        top, bottom = figure.subfigures(2, 1, height_ratios=[3.3, 7.4 / max(count + 1, 5)])  # type: ignore[misc]
        left, right = top.subplots(1, 2)
        draw_tiles(left, psi, phi, scales)
        _littlewood_paley(right, psi, phi)
        _wavelets(bottom.subplots(1, max(count + 1, 2)), psi, phi, scales)
    return figure


def _series(filters: Any, sampling_rate: int | float | None) -> "Figure":
    rate, per = units(sampling_rate)
    layers = [filters, *(filters.following() if hasattr(filters, "following") else [])]
    with style():
        figure = new_figure(7.0, 0.5 + 2.1 * len(layers))
        for number, layer in enumerate(layers):
            axis = figure.add_subplot(len(layers), 1, number + 1, sharex=figure.axes[0] if number else None)
            total = _shares(axis, layer, rate)
            name = f"layer {number + 1}" if len(layers) > 1 else "all layers"
            axis.set_title(f"{name}: {len(layer.table)} bands, sum from {total.min():.2f} to {total.max():.2f}")
        axis.set_xlabel(f"frequency ({per})")
        axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _shares(axis: Any, layer: Any, rate: float) -> np.ndarray:
    """Draw what each band and the low-pass add to the Littlewood–Paley sum of a layer, and return the sum."""
    psi, phi = np.abs(np.asarray(layer.filters())) ** 2, np.abs(np.asarray(layer.low_pass())) ** 2
    shares = (psi + np.roll(psi[:, ::-1], 1, 1)) / 2  # a real series has its power at both signs
    positive = slice(1, len(phi) // 2 + 1)
    frequency = np.arange(len(phi))[positive] * rate / len(phi)
    for share, color in zip(shares, palette(scales_of(layer, len(psi))), strict=True):
        axis.plot(frequency, share[positive], color=color, lw=0.8)
    axis.plot(frequency, phi[positive], color=INK, lw=0.9, ls="--", label="low pass")
    total = phi + shares.sum(0)
    axis.plot(frequency, total[positive], color=INK, lw=1.4, label="sum")
    axis.set(xscale="log", ylim=(0, 1.08 * total.max()))
    lowest = max(frequency[0], min(rate * np.nanmin(layer.table["xi"]) / 4, frequency[-1] / 4))
    plain_ticks(axis.xaxis, lowest, frequency[-1])
    axis.set_xlim(lowest, frequency[-1])
    return total


def draw_tiles(axis: Any, psi: np.ndarray, phi: np.ndarray, scales: np.ndarray) -> None:
    """Contours of the bands at half of their maximum."""
    wy, wx = (np.fft.fftshift(np.fft.fftfreq(n, 1 / (2 * np.pi))) for n in phi.shape)
    psi, phi = np.abs(psi), np.abs(phi)
    for band, color in zip(psi, palette(scales), strict=True):
        axis.contour(wx, wy, np.fft.fftshift(band), [band.max() / 2], colors=[color], linewidths=0.8)
    if phi.max() > 0:
        axis.contour(wx, wy, np.fft.fftshift(phi), [phi.max() / 2], colors=[INK], linewidths=0.8, linestyles="--")
    axis.set(title=f"{len(psi)} bands at half maximum", xlabel=r"$\omega_x$", ylabel=r"$\omega_y$")
    axis.set(xlim=(-np.pi, np.pi), ylim=(-np.pi, np.pi), aspect="equal")
    _pi_ticks(axis)


def _littlewood_paley(axis: Any, psi: np.ndarray, phi: np.ndarray) -> None:
    mirrored = np.roll(psi[:, ::-1, ::-1], 1, (1, 2))  # psi(-w): a real field has power at both
    total = np.fft.fftshift(phi**2 + (psi**2 + mirrored**2).sum(0) / 2)
    picture = axis.imshow(total, origin="lower", extent=(-np.pi, np.pi) * 2, cmap="viridis", vmin=0)
    axis.set(title=f"Littlewood–Paley sum, {total.min():.2f} to {total.max():.2f}", xlabel=r"$\omega_x$")
    axis.figure.colorbar(picture, ax=axis, shrink=0.85).outline.set_visible(False)
    _pi_ticks(axis)


def _wavelets(axes: Any, psi: np.ndarray, phi: np.ndarray, scales: np.ndarray) -> None:
    """Draw the real part in space of one band of each scale, angles in turn, then the low-pass; windows grow by 2^j."""
    most = int(scales.max())
    for axis, scale in zip(axes[:-1], range(most + 1), strict=False):
        bands = np.flatnonzero(scales == scale)
        _wavelet(axis, psi[bands[scale % len(bands)]], 5 * 2**scale, f"j = {scale}")
    _wavelet(axes[-1], phi, 5 * 2**most, "low pass")


def _wavelet(axis: Any, band: np.ndarray, half: int, title: str) -> None:
    wave = np.fft.fftshift(np.fft.ifft2(band).real)
    cy, cx = (n // 2 for n in wave.shape)
    wave = wave[max(cy - half, 0) : cy + half + 1, max(cx - half, 0) : cx + half + 1]
    most = np.abs(wave).max() or 1.0
    axis.imshow(wave, cmap="RdBu_r", vmin=-most, vmax=most, interpolation="nearest")
    bare(axis, f"{title}, {wave.shape[1]} px")


def filters_of(filters: Any) -> tuple[np.ndarray, np.ndarray]:
    """Bands (band, y, x) and low-pass of a bank of images, or the remedy."""
    psi, phi = np.asarray(filters.filters()), np.asarray(filters.low_pass())
    if psi.ndim != 3:
        raise InputError(f"the filters have shape {psi.shape}: this picture is for banks of images, (band, y, x).")
    return psi, phi


def scales_of(filters: Any, count: int) -> np.ndarray:
    """The scale of each band, from 0; zeros where the table does not say."""
    columns = getattr(filters.table, "columns", {})
    column = next((columns[name] for name in ("j", "j1") if name in columns and len(columns[name]) == count), None)
    return np.zeros(count, int) if column is None else np.asarray(column) - np.min(column)


def _pi_ticks(axis: Any) -> None:
    axis.set_xticks([-np.pi, 0, np.pi], [r"$-\pi$", "0", r"$\pi$"])
    axis.set_yticks([-np.pi, 0, np.pi], [r"$-\pi$", "0", r"$\pi$"])
