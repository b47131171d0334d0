"""Reading: what comes back, and that whatever cannot be used ends in one InputError of one line with its remedy."""

import io
import struct
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest

from scatjax.fields import names, read, write
from scatjax.fields.files.writers import encode_png

from ..helpers.files import assert_only_input_errors, put, refused, wav

FIELD = np.random.default_rng(0).random((6, 5))


def npy(array, **kwargs) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, **kwargs)
    return buffer.getvalue()


def header(text: str, version: int = 1) -> bytes:
    body = text.encode() + b"\n"
    width = "<H" if version == 1 else "<I"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack(width, len(body)) + body


@pytest.mark.parametrize("name", names())
def test_bundled_fields_are_finite_float32(name):
    x = read(name)
    assert x.dtype == np.float32 and np.isfinite(x).all()
    shapes = {"brick64": (64, 64), "helium_jet": (4096,), "wood": (3, 128, 128), "wood64": (3, 64, 64)}
    assert x.shape == shapes.get(name, (128, 128))


def test_the_color_of_wood():
    """Red above green above blue, in [0, 1]; the small one is block means."""
    x, small = read("wood"), read("wood64")
    red, green, blue = x.mean((1, 2))
    assert 1 >= red > green > blue > 0 and x.min() >= 0 and x.max() <= 1
    assert abs(small[2, 5, 7] - x[2, 10:12, 14:16].mean()) < 1e-6


def test_gaps_of_images_are_let_in_on_demand(tmp_path):
    x = FIELD.copy()
    x[2, 3] = np.nan
    np.save(tmp_path / "x.npy", x)
    refused(tmp_path / "x.npy", "NaN")
    assert np.isnan(read(tmp_path / "x.npy", gaps=True)).sum() == np.isnan(read(x, gaps=True)).sum() == 1
    x[0, 0] = np.inf
    np.save(tmp_path / "y.npy", x)
    refused(tmp_path / "y.npy", "source", gaps=True)


def test_brick_is_scikit_images_and_brick64_its_block_means():
    data = pytest.importorskip("skimage.data")
    full = data.brick() / 255
    assert np.abs(read("brick") - full.reshape(128, 4, 128, 4).mean((1, 3))).max() < 1e-7
    assert np.abs(read("brick64") - full.reshape(64, 8, 64, 8).mean((1, 3))).max() < 1e-6


@pytest.mark.parametrize("dtype", ["<f4", "<f8", ">f4", ">f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_keeps_values_and_precision(tmp_path, dtype, order):
    x = np.asarray(FIELD, dtype=dtype, order=order)
    for y in (read(put(tmp_path, "x.npy", npy(x))), read(write(tmp_path / f"{order}.npz", x))):
        assert (y == x).all() and y.dtype == np.dtype(dtype).newbyteorder("=") and y.flags.writeable


def test_half_precision_becomes_single(tmp_path):
    x = FIELD.astype(np.float16)
    y = read(put(tmp_path, "x.npy", npy(x)))
    assert y.dtype == np.float32 and (y == x).all()


def test_npz_members_by_key_and_by_suffix_of_the_path(tmp_path):
    path = tmp_path / "x.npz"
    np.savez_compressed(path, density=FIELD, time=np.arange(3.0))
    assert (read(f"{path}::density") == FIELD).all()
    assert (read(path, key="time") == np.arange(3.0)).all()
    refused(path, str(path), "density, time", "key=")
    refused(f"{path}::densty", "did you mean 'density'")
    refused(f"{path}::density", "one of the two", key="time")


def test_arrays_pass_and_are_checked():
    assert read(FIELD) is FIELD
    refused(np.arange(4), "source", "float")
    refused(FIELD + 0j, "channels")
    refused(np.array([1.0, np.nan, np.inf]), "2 values", "(1,)")
    refused(np.zeros((0, 3)), "shape (0, 3)")
    refused(np.float32(3), "shape ()")
    refused([1.0, 2.0], "neither")


def test_unknown_names_and_paths(tmp_path):
    refused("brik", "did you mean 'brick'", "vorticity")
    refused("qqqq", "brick, brick64, wood, wood64, vorticity")
    refused(tmp_path / "no.npy", "does not exist")
    refused(put(tmp_path, "x.txt", b"1 2"), ".txt", ".npy")
    refused(put(tmp_path, "x.npy", b""), "empty")
    (tmp_path / "folder.npy").mkdir()
    refused(tmp_path / "folder.npy", "directory")
    refused("a\0b.npy", "null")
    refused(b"brick", "neither")
    refused(put(tmp_path, "y.npy", npy(FIELD)), "leave key out", key="a")


BAD_NPY = {
    "integers": (npy(np.arange(6)), "convert to float"),
    "complex": (npy(FIELD + 0j), "channels"),
    "objects": (npy(np.array([{}, []], object), allow_pickle=True), "never unpickled"),
    "truncated": (npy(FIELD)[:-5], "announces 240 bytes and holds 235"),
    "longer": (npy(FIELD) + b"!", "holds more"),
    "nan": (npy(np.array([1.0, np.nan])), "NaN"),
    "huge": (header("{'descr': '<f8', 'fortran_order': False, 'shape': (100000, 1000000)}"), "800000000000 bytes"),
    "negative": (header("{'descr': '<f8', 'fortran_order': False, 'shape': (-4, 2)}"), "(-4, 2)"),
    "long header": (header("{" + " " * 20000 + "}", 2), "10000"),
    "no header": (b"\x93NUMPY\x01\x00", "cannot be read as .npy"),
    "version": (b"\x93NUMPY\x03\x00" + bytes(100), "version"),
    "magic": (b"GIF89a-------------", "cannot be read as .npy"),
    "empty": (npy(np.zeros((0, 4))), "shape (0, 4)"),
    "one": (npy(np.zeros(1)), "shape (1,)"),
    "long double": (npy(np.zeros(3, np.longdouble)), "convert to float"),
}


@pytest.mark.parametrize("case", BAD_NPY)
def test_bad_npy(tmp_path, case):
    data, word = BAD_NPY[case]
    refused(put(tmp_path, "x.npy", data), str(tmp_path / "x.npy"), word)


def test_size_is_refused_before_memory_is_taken(tmp_path):
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", npy(np.zeros(2**22)))
    assert path.stat().st_size < 2**16
    tracemalloc.start()
    refused(path, "max_bytes=1048576", "raise max_bytes", max_bytes=2**20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20, f"{peak} bytes were allocated to refuse a file of {2**25}"


def test_a_bomb_behind_a_small_header_is_refused(tmp_path):
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", npy(np.zeros(4)) + bytes(2**24))
    refused(path, "holds more")


def test_peak_memory_is_below_twice_the_limit(tmp_path):
    path = write(tmp_path / "x.npy", np.ones(2**18))
    tracemalloc.start()
    read(path, max_bytes=2**21)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * 2**21, f"{peak} bytes for an array of {2**21}"


def samples() -> dict[str, bytes]:
    packed = io.BytesIO()
    np.savez_compressed(packed, x=FIELD)
    return {
        "x.npy": npy(FIELD),
        "x.npz": packed.getvalue(),
        "x.wav": wav(np.arange(64, dtype="<i2").tobytes(), 16),
        "x.png": encode_png((255 * FIELD).astype(np.uint8)),
    }


@pytest.mark.parametrize("name", samples())
def test_damaged_files_end_in_input_errors(tmp_path, name, rng):
    assert_only_input_errors(tmp_path, name, samples()[name], 150, rng)


@pytest.mark.slow
@pytest.mark.parametrize("name", samples())
def test_thousands_of_damaged_files_end_in_input_errors(tmp_path, name, rng):
    assert_only_input_errors(tmp_path, name, samples()[name], 3000, rng)


WAVE = np.array([0, 1, -1, 100, -128, 127])


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_wav_integers_are_divided_by_their_range(tmp_path, bits):
    values = WAVE * 2 ** (bits - 8)
    if bits == 8:
        data = (values + 128).astype(np.uint8).tobytes()
    else:
        data = b"".join(int(v).to_bytes(bits // 8, "little", signed=True) for v in values)
    x = read(put(tmp_path, "x.wav", wav(data, bits)))
    assert x.dtype == np.float32 and (x == (WAVE / 128).astype(np.float32)).all()


def test_wav_channels_and_floats(tmp_path):
    stereo = np.arange(8, dtype="<i2")
    assert (read(put(tmp_path, "s.wav", wav(stereo.tobytes(), 16, 2))) * 2**15 == stereo.reshape(4, 2).T).all()
    values = np.linspace(-1, 1, 7)
    for bits in (32, 64):
        x = read(put(tmp_path, "f.wav", wav(values.astype(f"<f{bits // 8}").tobytes(), bits, kind=3)))
        assert x.dtype == np.dtype(f"f{bits // 8}") and (x == values.astype(x.dtype)).all()


def test_wav_with_foreign_chunks_is_read(tmp_path):
    data = wav(WAVE.astype("<i2").tobytes(), 16, extra=b"cue " + struct.pack("<I", 4) + b"abcd")
    assert read(put(tmp_path, "x.wav", data)).shape == (6,)


def test_bad_wav(tmp_path):
    sound = np.arange(3978, dtype="<i2").tobytes()
    refused(put(tmp_path, "a.wav", wav(sound, 16, claim=32000)), "a.wav", "announces 32000 bytes and holds 7956")
    refused(put(tmp_path, "b.wav", wav(b"", 16)[:40]), "cannot be read as .wav")
    refused(put(tmp_path, "c.wav", wav(b"", 16)), "shape (0,)")
    refused(put(tmp_path, "l.wav", wav(sound, 8, kind=7)), "format 7", "PCM")
    refused(put(tmp_path, "d.wav", wav(sound, 16)), "max_bytes", max_bytes=1000)
    refused(put(tmp_path, "e.wav", wav(sound, 16)), "max_bytes", max_bytes=10000 + 2000)


def pillow(folder, name, array, mode=None):
    image = pytest.importorskip("PIL.Image")
    picture = image.fromarray(array) if mode is None else image.fromarray(array).convert(mode)
    picture.save(folder / name)
    return folder / name


def test_png_gray_color_and_depth(tmp_path):
    gray = np.random.default_rng(1).integers(0, 256, (5, 7), dtype=np.uint8)
    color = np.random.default_rng(2).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    deep = np.random.default_rng(3).integers(0, 2**16, (5, 7), dtype=np.uint16)
    assert (read(pillow(tmp_path, "g.png", gray)) == (gray / 255).astype(np.float32)).all()
    assert (read(pillow(tmp_path, "c.png", color)) == np.moveaxis((color / 255).astype(np.float32), -1, 0)).all()
    assert (read(pillow(tmp_path, "d.png", deep)) == (deep / 65535).astype(np.float32)).all()
    assert (read(pillow(tmp_path, "b.png", gray > 99)) == (gray > 99)).all()


def test_png_palettes_are_converted(tmp_path):
    color = np.array([[[255, 0, 0], [0, 0, 255]]] * 3, np.uint8)
    x = read(pillow(tmp_path, "p.png", color, "P"))
    assert x.shape == (3, 3, 2) and (x[0] > 0.9).tolist() == [[True, False]] * 3


def test_png_alpha_is_dropped_only_where_it_hides_nothing(tmp_path):
    color = np.full((4, 4, 4), 255, np.uint8)
    assert read(pillow(tmp_path, "o.png", color)).shape == (3, 4, 4)
    color[0, 0, 3] = 7
    refused(pillow(tmp_path, "t.png", color), "transparent", "flatten")


def test_bad_png(tmp_path):
    chunk = lambda tag, data: struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))
    start = lambda side, depth, color: (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", side, side, depth, color, 0, 0, 0))
    )
    refused(put(tmp_path, "huge.png", start(20000, 8, 0)), "20000", "max_bytes")
    refused(put(tmp_path, "deep.png", start(4, 16, 2)), "16-bit")
    refused(put(tmp_path, "cut.png", encode_png((255 * FIELD).astype(np.uint8))[:-6]), "cut.png", "cannot be read")
    refused(put(tmp_path, "text.png", b"hello, this is no picture at all"), "text.png")


def test_fits(tmp_path):
    fits = pytest.importorskip("astropy.io.fits")
    path = tmp_path / "x.fits"
    units = [fits.PrimaryHDU(), fits.ImageHDU(FIELD.astype(">f4"), name="MAP"), fits.ImageHDU(np.arange(6), name="N")]
    fits.HDUList(units).writeto(path)
    x = read(path)
    assert x.dtype == np.float32 and x.dtype.isnative and (x == FIELD.astype(np.float32)).all()
    assert (read(f"{path}[1]") == x).all() and (read(f"{path}[map]") == x).all() and (read(path, key=1) == x).all()
    refused(f"{path}[N]", "convert to float")
    refused(f"{path}[7]", "1 (MAP), 2 (N)")
    refused(path, "max_bytes", max_bytes=100)
    refused(put(tmp_path, "cut.fits", path.read_bytes()[: 2880 * 2 + 10]), "cut.fits")
    refused(put(tmp_path, "junk.fits", b"junk" * 1000), "junk.fits")


def test_hdf5(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file["group/density"] = FIELD
        file["count"] = np.arange(4)
        file.create_dataset("bomb", shape=(10**6, 10**6), dtype="f8", chunks=(100, 100))
        file["elsewhere"] = h5py.ExternalLink("other.h5", "x")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = FIELD
    assert (read(f"{path}::group/density") == FIELD).all()
    assert (read(tmp_path / "other.h5") == FIELD).all()
    refused(path, "3 arrays", "key=")
    refused(f"{path}::count", "convert to float")
    refused(f"{path}::bomb", "max_bytes")
    refused(f"{path}::elsewhere", "holds no 'elsewhere'")
    refused(put(tmp_path, "cut.h5", path.read_bytes()[:900]), "cut.h5", "cannot be read as HDF5")
    refused(f"{path}::denstiy", "It holds")
