"""Files as bytes, damaged ones too, and what reading them must end in."""

import struct

import numpy as np
import pytest

from scatjax.errors import InputError
from scatjax.fields import read


def wav(samples: bytes, bits: int, channels: int = 1, kind: int = 1, extra: bytes = b"", claim: int | None = None):
    block = channels * bits // 8
    fmt = struct.pack("<HHIIHH", kind, channels, 8000, 8000 * block, block, bits)
    data = struct.pack("<I", len(samples) if claim is None else claim) + samples
    body = b"WAVEfmt " + struct.pack("<I", 16) + fmt + extra + b"data" + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def put(folder, name: str, data: bytes):
    path = folder / name
    path.write_bytes(data)
    return path


def refused(source, *words, **kwargs):
    """Reading fails with one line that holds every word; the message is returned."""
    with pytest.raises(InputError) as caught:
        read(source, **kwargs)
    message = str(caught.value)
    assert "\n" not in message, message
    for word in words:
        assert word in message, f"{word!r} is not in: {message}"
    return message


def mutate(data: bytes, rng) -> bytes:
    """Flip bytes, cut, repeat or zero a stretch."""
    out = bytearray(data)
    for _ in range(rng.integers(1, 4)):
        at = int(rng.integers(len(out)))
        match rng.integers(4):
            case 0:
                out[at] = rng.integers(256)
            case 1:
                out = out[: max(at, 1)]
            case 2:
                out[at : at + 8] = bytes(8)
            case _:
                out = out[:at] + out[at // 2 : at] + out[at:]
    return bytes(out)


def assert_only_input_errors(folder, name: str, data: bytes, count: int, rng) -> None:
    accepted = 0
    for _ in range(count):
        path = put(folder, name, mutate(data, rng))
        try:
            accepted += np.isfinite(read(path, max_bytes=2**20)).all()
        except InputError as error:
            assert "\n" not in str(error)
    assert accepted < count, "no mutation was noticed: the fuzzing does nothing"
