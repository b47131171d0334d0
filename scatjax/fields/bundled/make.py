"""Make the bundled fields (needs scikit-image); LICENSES.md says what they are and how to run this."""

from pathlib import Path

import jax
import numpy as np

from scatjax.fields import Forcing, navier_stokes

HERE = Path(__file__).parent


def brick() -> np.ndarray:
    """skimage.data.brick() (CC0), block means of 4 x 4 pixels, in [0, 1]."""
    from skimage import data

    return (data.brick().reshape(128, 4, 128, 4).mean((1, 3)) / 255).astype(np.float32)


def wood() -> np.ndarray:
    """A part of the table of skimage.data.coffee() (CC0): (3, 128, 128) in 8 bits."""
    from skimage import data

    return np.ascontiguousarray(np.moveaxis(data.coffee()[272:400, 472:600], -1, 0))


def vorticity(seed: int = 0) -> np.ndarray:
    """Forced two-dimensional turbulence in balance with drag, from our own simulator, scaled to unit variance."""
    forcing = Forcing(wavenumber=6.0, width=1.0, rate=0.1, drag=0.05)
    w = np.asarray(navier_stokes(jax.random.key(seed), (128, 128), 6000, 0.01, 2.5e-3, forcing))
    return w / w.std()


if __name__ == "__main__":
    for name, make in (("brick", brick), ("vorticity", vorticity)):
        np.save(HERE / f"{name}.npy", make().astype(np.float32))
    np.save(HERE / "wood.npy", wood())
