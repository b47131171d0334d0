"""Fields from other people's files: sound (.wav), pictures (.png), FITS and HDF5 (extra `io`).

Each reader looks at sizes before it decodes, returns float values in the axes of this library (`(channel, time)`,
`(channel, y, x)`), and refuses what it would have to guess.
"""

import io
import os
import struct
import warnings
from typing import Any

import numpy as np

from ...errors import missing_extra
from .arrays import check_size, choose, float_dtype, reading, refuse

Path = str | os.PathLike
_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # by color type of the PNG header
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_SOUND = {(_PCM, 8), (_PCM, 16), (_PCM, 24), (_PCM, 32), (_FLOAT, 32), (_FLOAT, 64)}


def read_wav(path: Path, max_bytes: int) -> np.ndarray:
    """Sound: integers of b bits divided by 2^(b-1) as float32, floats kept; `(time,)` or `(channel, time)`.

    RIFF files of 8, 16, 24, 32 bits or of floats, not compressed. The sampling rate is not returned.

    >>> import tempfile, wave
    >>> with tempfile.NamedTemporaryFile(suffix=".wav") as file:
    ...     with wave.open(file.name, "wb") as sound:
    ...         sound.setparams((1, 2, 8000, 0, "NONE", ""))
    ...         sound.writeframes(np.array([16384, -32768], "<i2").tobytes())
    ...     read_wav(file.name, max_bytes=100)
    array([ 0.5, -1. ], dtype=float32)
    """
    with reading(path, ".wav"), open(path, "rb") as file:
        kind, channels, bits, size = _wav_header(path, file)
        if (kind, bits) not in _SOUND or not channels or size % (channels * bits // 8):
            raise refuse(path, f"holds sound of format {kind} in {bits} bits: convert it to 16-bit PCM.")
        frames = size // (channels * bits // 8)
        check_size(path, (channels, frames), 8 if bits == 64 else 4, max_bytes)
        data = file.read(size)
    x = _sound(data, kind, bits)
    return x.reshape(frames, channels).T if channels > 1 else x


def _wav_header(path: Path, file: io.BufferedReader) -> tuple[int, int, int, int]:
    """Format code, channels, bits and number of bytes of sound; the file is left at the first of them."""
    end = os.fstat(file.fileno()).st_size
    riff, _, wave = struct.unpack("<4sI4s", file.read(12))
    if (riff, wave) != (b"RIFF", b"WAVE"):
        raise refuse(path, "is no RIFF sound: convert it to 16-bit PCM.")
    form = None
    while True:
        tag, size = struct.unpack("<4sI", file.read(8))
        if file.tell() + size > end:
            raise refuse(path, f"announces {size} bytes and holds {end - file.tell()}: fetch it again.")
        if tag == b"data" and form is not None:
            return *form, size
        place = file.tell()
        if tag == b"fmt ":
            kind, channels, _, _, _, bits = struct.unpack("<HHIIHH", file.read(16))
            if kind == _EXTENSIBLE:  # the code proper leads the identifier at the end of the chunk
                kind = struct.unpack("<8xH14x", file.read(24))[0]
            form = kind, channels, bits
        file.seek(place + size + size % 2)


def _sound(data: bytes, kind: int, bits: int) -> np.ndarray:
    if kind == _FLOAT:
        return np.frombuffer(data, f"<f{bits // 8}").astype(f"f{bits // 8}")
    if bits == 8:  # unsigned, silence = 128
        return np.frombuffer(data, np.uint8).astype(np.float32) / np.float32(128) - np.float32(1)
    if bits == 24:
        padded = np.zeros((len(data) // 3, 4), np.uint8)
        padded[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        data, bits = padded.tobytes(), 32
    return np.frombuffer(data, f"<i{bits // 8}").astype(np.float32) / np.float32(2.0 ** (bits - 1))


def read_png(path: Path, max_bytes: int) -> np.ndarray:
    """A picture: gray `(y, x)` or RGB `(3, y, x)`, float32 in [0, 1] (divided by 255 or 65535).

    Palettes are converted to RGB; a transparent picture and 16-bit color are refused (they would lose something).

    >>> import tempfile
    >>> from scatjax.fields import write
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     read_png(write(f"{folder}/x.png", np.array([[0.0, 0.2, 1.0]])), max_bytes=100)
    array([[0. , 0.2, 1. ]], dtype=float32)
    """
    depth, color = _png_header(path, max_bytes)
    try:
        from PIL import Image
    except ImportError as error:
        raise missing_extra("pillow to read PNG", "io") from error
    with reading(path, ".png"), warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size was checked above
        with Image.open(path, formats=("PNG",)) as image:
            image.verify()  # all checksums; an image that was verified cannot be decoded
        with Image.open(path, formats=("PNG",)) as image:
            if color in (4, 6) or "transparency" in image.info:
                _check_opaque(path, image)
            pixels = np.asarray(image if color in (0, 2) else image.convert("L" if color == 4 else "RGB"))
    highest = 65535 if depth == 16 and color in (0, 4) else 1 if pixels.dtype == bool else 255
    x = np.divide(pixels, np.float32(highest), dtype=np.float32, casting="unsafe")
    return np.moveaxis(x, -1, 0) if x.ndim == 3 else x


def _png_header(path: Path, max_bytes: int) -> tuple[int, int]:
    with reading(path, ".png"), open(path, "rb") as file:
        start = file.read(26)
        signature, width, height, depth, color = struct.unpack(">16s2I2B", start)
        if signature[:8] != b"\x89PNG\r\n\x1a\n" or signature[12:] != b"IHDR" or color not in _CHANNELS:
            raise refuse(path, "is no PNG picture: convert it, or name it by its true suffix.")
    check_size(path, (height, width, _CHANNELS[color]), 4, max_bytes)
    if depth == 16 and color not in (0,):
        raise refuse(path, "has 16-bit color, which Pillow cuts to 8: convert it to 8 bits, or to .npy.")
    return depth, color


def _check_opaque(path: Path, image: Any) -> None:
    if np.asarray(image.convert("RGBA"))[..., 3].min() < 255:
        raise refuse(path, "has transparent pixels: flatten it on a background first.")


def read_fits(path: Path, hdu: int | str | None, max_bytes: int) -> np.ndarray:
    """The image of one header-data unit of a FITS file; without `hdu` the first that holds one."""
    try:
        from astropy.io import fits
    except ImportError as error:
        raise missing_extra("astropy to read FITS", "io") from error
    with reading(path, "FITS"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd header cards are no harm
        warnings.filterwarnings("error", r"[\s\S]*truncated")
        with fits.open(path, memmap=False) as units:
            unit = _fits_unit(path, units, hdu)
            wide = abs(int(unit.header["BITPIX"])) // 8
            check_size(path, unit.shape, 8 if wide == 8 or unit.header["BITPIX"] == 32 else 4, max_bytes)
            data = np.asarray(unit.data)
    return data.astype(float_dtype(path, data.dtype), copy=False)


def _fits_unit(path: Path, units: Any, hdu: int | str | None) -> Any:
    images = [i for i, unit in enumerate(units) if getattr(unit, "is_image", False) and unit.shape]
    labels = [f"{i}" + (f" ({units[i].name})" if units[i].name else "") for i in images]
    if not images:
        raise refuse(path, "holds no image: export one as an image unit.")
    if hdu is None:
        return units[images[0]]
    index = int(hdu) if str(hdu).lstrip("-").isdigit() else None
    found = [i for i in images if i == index or units[i].name == str(hdu).upper()]
    if not found:
        raise refuse(path, f"holds no image [{hdu}]: its images are {', '.join(labels)}.")
    return units[found[0]]


def read_hdf5(path: Path, key: str | None, max_bytes: int) -> np.ndarray:
    """One dataset of an HDF5 file, by its path inside; the only one if `key` is None. For input only.

    Datasets that live in other files (external or virtual) are refused.
    """
    try:
        import h5py
    except ImportError as error:
        raise missing_extra("h5py to read HDF5", "io") from error
    with reading(path, "HDF5"), h5py.File(path, "r") as file:
        names: list[str] = []
        file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        dataset = file[choose(path, key.strip("/") if key else None, names)]
        if dataset.is_virtual or dataset.external or dataset.file.filename != file.filename:
            raise refuse(path, f"keeps {dataset.name!r} in another file: copy it into one file first.")
        if dataset.shape is None:
            raise refuse(path, f"holds an empty dataset {dataset.name!r}: name another, or write it again.")
        dtype = float_dtype(path, dataset.dtype)
        check_size(path, dataset.shape, dtype.itemsize, max_bytes)
        return dataset[()].astype(dtype, copy=False)
