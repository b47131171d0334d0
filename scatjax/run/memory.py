"""Memory that is kept from call to call: up to twice the speed of large programs on CPU.

A compiled program takes its temporaries as one block. glibc gives blocks above 32 MB back to the system after every
call, and so it does with those above 64 MB that threads ask for, as only its main arena holds more; the next call pays
for each page anew: 5 to 40 % of the time of a gradient (measured, 2 cores of a virtual machine). The command line and
the benchmarks ask for it; a library must not, so `import scatjax` does not.
"""

import ctypes
import sys

_MOST = 2**31 - 1
_OPTIONS = {-1: _MOST, -3: _MOST, -8: 1}  # mallopt(3): M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX


def keep_memory() -> bool:
    """Ask glibc to keep freed memory in this process; whether it agreed (False where there is no glibc).

    What the process holds then stays at its peak until it ends. Call it before the first array is made, as threads keep
    the arenas that they have.

    >>> keep_memory() in (True, False)
    True
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and all([mallopt(option, value) for option, value in _OPTIONS.items()])
