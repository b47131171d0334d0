"""Fields to files: `.npy`, `.npz`, `.png`, written whole or not at all, and pictures that need no extra.

A PNG is eight lines over the standard library's zlib, so that the quick start draws without matplotlib or pillow.
Colors come from a table of 33 anchors per map, interpolated: within 2/255 of matplotlib's maps.
"""

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from ...errors import InputError, check_finite, check_real, did_you_mean
from ...files import npz_bytes, write_atomic

COLORMAPS = {
    "viridis": (
        "440154 470d60 48186a 482374 472d7b 453681 424086 3f4989 3b528b 375a8d 33638d 2f6a8e 2c728e "
        "297a8e 26818e 23898e 21908d 1f988b 1e9f88 21a685 27ae80 31b57b 3dbc74 4cc26c 5cc963 6ece58 "
        "81d44c 96d840 abdc32 c0df24 d5e219 eae519 fde725"
    ),
    "inferno": (
        "000004 030312 0a0724 150b37 210c4a 2e0a5b 3c0965 4a0b6b 57106e 63146f 70196e 7d1e6d 89226a "
        "962766 a32b62 af315c bb3755 c63d4d d14545 db4f3c e45932 eb6528 f1711e f67f14 f98d09 fb9c05 "
        "fcab0f fbba1f f9ca32 f5d949 f2e865 f2f586 fcffa4"
    ),
    "coolwarm": (
        "3b4cc0 445acc 4d68d7 5775e1 6282ea 6c8ef1 779af7 82a5fb 8db0fe 98b9ff a3c2ff aec9fd b8d0f9 "
        "c2d5f4 ccd9ee d5dbe6 dddddd e5d8d1 ecd3c5 f1ccb9 f5c4ad f7bba0 f7b194 f7a687 f49a7b f18d6f "
        "ec7f63 e57058 de604d d55042 cb3e38 c0282f b40426"
    ),
}
"""Name -> anchor colors at equal distances, as hexadecimal RGB (viridis, inferno: CC0; coolwarm: Moreland 2009)."""


def write(path: str | os.PathLike, x, *, overwrite: bool = False) -> Path:
    """Store a field by the suffix of the path: `.npy`, `.npz` (as array `x`) exactly, `.png` in 8 bits.

    `read` gives it back: exactly, or within 1/510 from a picture, whose values must lie in [0, 1].

    **Errors** InputError for another suffix, an existing file without `overwrite`, integer or complex values, a full
    disk.

    >>> import tempfile
    >>> from scatjax.fields import read
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     bool((read(write(f"{folder}/x.npy", read("brick"))) == read("brick")).all())
    True
    """
    final = Path(path)
    suffix = final.suffix.lower()
    if suffix not in (".npy", ".npz", ".png"):
        raise InputError(f"path={str(final)!r} has the suffix {suffix!r}: use .npy, .npz or .png.")
    check_real(x)
    array = np.asarray(x)
    if suffix == ".png":
        check_finite(array)
        if array.min() < 0 or array.max() > 1:
            raise InputError(
                f"x spans [{array.min():.4g}, {array.max():.4g}], not [0, 1]: scale it, or use write_png with limits."
            )
        return write_atomic(final, png_bytes(array, limits=(0, 1)), overwrite=overwrite)
    if suffix == ".npz":
        return write_atomic(final, npz_bytes({"x": array}), overwrite=overwrite)
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return write_atomic(final, buffer.getvalue(), overwrite=overwrite)


def write_png(
    path: str | os.PathLike,
    x,
    colormap: str | None = None,
    limits: tuple[int | float, int | float] | None = None,
    *,
    overwrite: bool = False,
) -> Path:
    """Draw a field into a PNG file; arguments and errors as `png_bytes` and `write`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_png(f"{folder}/x.png", np.eye(4), colormap="viridis").name
    'x.png'
    """
    if Path(path).suffix.lower() != ".png":
        raise InputError(f"path={os.fspath(path)!r} does not end in .png: a picture is written as PNG.")
    return write_atomic(path, png_bytes(x, colormap, limits), overwrite=overwrite)


def png_bytes(x, colormap: str | None = None, limits: tuple[int | float, int | float] | None = None) -> bytes:
    r"""The bytes of an 8-bit PNG of a field: gray `(y, x)`, RGB `(3, y, x)`, or `(y, x)` through a colormap.

    **Arguments**

    - `colormap`: None (gray or RGB) or one of `COLORMAPS`.
    - `limits`: values drawn as darkest and brightest, default the extremes; values outside are clipped, a constant
      field is drawn at its lower limit.

    **Errors** InputError for another shape, values that are not finite, an unknown colormap, limits that are not
    ordered.

    >>> png_bytes(np.eye(4))[:8]
    b'\x89PNG\r\n\x1a\n'
    """
    check_real(x)
    array = np.asarray(x)
    check_finite(array)
    color = array.ndim == 3 and array.shape[0] == 3
    if not color and array.ndim != 2:
        raise InputError(
            f"x has shape {array.shape}, expected gray (y, x) or color (3, y, x): draw one field at a time."
        )
    unit = _to_unit(array, limits)
    if colormap is not None:
        if color:
            raise InputError(f"x has shape {array.shape} and colors of its own: leave colormap={colormap!r} out.")
        return encode_png(apply_colormap(unit, colormap))
    pixels = np.rint(255 * unit).astype(np.uint8)
    return encode_png(np.ascontiguousarray(np.moveaxis(pixels, 0, -1)) if color else pixels)


def apply_colormap(unit: np.ndarray, colormap: str) -> UInt8[np.ndarray, "*space 3"]:
    """Values in [0, 1] as 8-bit RGB along a new last axis.

    >>> apply_colormap(np.array([0.0, 1.0]), "viridis")
    array([[ 68,   1,  84],
           [253, 231,  37]], dtype=uint8)
    """
    if colormap not in COLORMAPS:
        known = ", ".join(COLORMAPS)
        raise InputError(f"no colormap {colormap!r}{did_you_mean(str(colormap), COLORMAPS) or '.'} There are {known}.")
    anchors = np.array([list(bytes.fromhex(color)) for color in COLORMAPS[colormap].split()], float)
    places = np.linspace(0, 1, len(anchors))
    return np.rint(np.stack([np.interp(unit, places, band) for band in anchors.T], axis=-1)).astype(np.uint8)


def encode_png(pixels: UInt8[np.ndarray, "y x *channel"]) -> bytes:
    """8-bit gray `(y, x)`, RGB `(y, x, 3)` or RGBA `(y, x, 4)` pixels as a PNG file.

    >>> len(encode_png(np.zeros((2, 2), np.uint8)))
    68
    """
    height, width = pixels.shape[:2]
    kind = {1: 0, 3: 2, 4: 6}[1 if pixels.ndim == 2 else pixels.shape[2]]
    rows = np.insert(pixels.reshape(height, -1), 0, 0, axis=1)  # each row is led by its filter, 0 = none
    header = struct.pack(">2I5B", width, height, 8, kind, 0, 0, 0)
    body = [(b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(tag, data) for tag, data in body)


def _chunk(tag: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))


def _to_unit(array: np.ndarray, limits: tuple[int | float, int | float] | None) -> np.ndarray:
    low, high = (array.min(), array.max()) if limits is None else limits
    low, high = float(low), float(high)
    if not np.isfinite([low, high]).all() or (limits is not None and low >= high):
        raise InputError(f"limits={limits} must be two finite numbers, the lower first.")
    width = high - low if high > low else 1.0
    return np.clip((array.astype(np.float64) - low) / width, 0, 1)
