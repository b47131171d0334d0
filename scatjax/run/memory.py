"""Memory that is kept from call to call: up to twice the speed of large programs on CPU.

A compiled program takes its temporaries as one block. glibc gives blocks above 32 MB back to the system after every
call, and the next call pays for each page anew: 5 to 40 % of the time of a gradient at 256 x 256 (measured, 2 cores
of a virtual machine). The command line and the benchmarks ask for it; a library must not, so `import scatjax` does not.
"""

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # mallopt(3)
_MOST = 2**31 - 1


def keep_memory() -> bool:
    """Ask glibc to keep freed memory in this process; whether it agreed (False where there is no glibc).

    What the process holds then stays at its peak until it ends.

    >>> keep_memory() in (True, False)
    True
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_MMAP_THRESHOLD, _MOST)) and bool(mallopt(_TRIM_THRESHOLD, _MOST))
