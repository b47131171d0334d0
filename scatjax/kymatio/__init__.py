"""The door for people who come from Kymatio: `from scatjax.kymatio import Scattering1D`, and nothing else to change.

Names, order and defaults of the arguments, array layouts, `meta()` and `output_size()` are those of kymatio main
(11552ed, 0.4.0.dev0; the released 0.3.0 scales one dimension otherwise, see `from_030`). Objects are frozen pytrees:
`jax.jit(S)`, `jax.vmap(S)`, `jax.grad`, `jax.jvp` and pickle work. Where this differs, on purpose:

- `T='global'` is the mean over the signal; Kymatio sums over the padded axis, subsampled by a different step per scale;
- complex signals are taken (`sj.Scattering`), integers are refused with the remedy;
- 3D computes in the dtype of the input, on the right grid for odd sides too (Kymatio's wavelets have a mean there);
- `backend=` and `frontend=` are ignored with a warning; `Q` may have an entry per order, and `max_order` any value.

New code is shorter with `sj.Scattering` on a bank of `sj.wavelets`: choose the boundary, its reach, the path rule.
"""

from .images import Scattering2D as Scattering2D
from .series import Scattering1D as Scattering1D
from .series import from_030 as from_030
from .volumes import HarmonicScattering3D as HarmonicScattering3D
