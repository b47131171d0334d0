"""What a synthesis gives: the fields, and for each how far it came and how it ended."""

import os
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float, Int

from ..citations import cites
from ..errors import Status
from ..files import npz_bytes, write_atomic


@cites("bruna2018")
class Synthesis(eqx.Module):
    r"""`fields` (sample, [channel], *space); per sample `residual` = $\|w(\phi(y)-\phi^*)\|/\|w\phi^*\|$, its `status`,
    and the `steps` and `evaluations` (value_and_grads, or vector-Jacobian products) that it took.

    `print(r)` says the same, one line per sample. `key` is the key it came from.
    """

    fields: Float[Array, "sample ..."]
    residual: Float[Array, "sample"]
    status: Any
    steps: Int[Array, "sample"]
    evaluations: Int[Array, "sample"]
    key: Array

    def statuses(self) -> list[str]:
        """The name of each sample's Status."""
        return status_names(self.status)

    def save(self, path: str | os.PathLike, *, overwrite: bool = False) -> None:
        """Write an .npz file: fields, residual, status names, steps, the key's data and scatjax's version."""
        from ..version import __version__

        numbers = {name: np.asarray(getattr(self, name)) for name in ("fields", "residual", "steps", "evaluations")}
        names = {"status": np.array(self.statuses()), "version": np.array(__version__)}
        key = {"key": np.asarray(jax.random.key_data(self.key))}
        write_atomic(path, npz_bytes(numbers | names | key), overwrite=overwrite)

    def __str__(self) -> str:
        lines = [f"Synthesis of {len(self.fields)} fields {tuple(self.fields.shape[1:])}"]
        rows = zip(self.statuses(), np.asarray(self.residual), np.asarray(self.steps), strict=True)
        lines += [f"  {i}: relative residual {r:.2e} after {n} steps, {name}" for i, (name, r, n) in enumerate(rows)]
        return "\n".join(lines)


class AbstractOutcome(eqx.Module):
    """What a verb adds to a `synthesis`: its fields, residuals and statuses stay where a `Synthesis` has them."""

    synthesis: eqx.AbstractVar[Synthesis]

    @property
    def fields(self) -> Float[Array, "sample ..."]:
        """The fields."""
        return self.synthesis.fields

    @property
    def residual(self) -> Float[Array, "sample"]:
        """What is left between moments, relative."""
        return self.synthesis.residual

    @property
    def status(self) -> Any:
        """How each sample ended."""
        return self.synthesis.status

    @property
    def steps(self) -> Array:
        """Steps of the solver."""
        return self.synthesis.steps

    @property
    def evaluations(self) -> Array:
        """What the steps cost, as in `Synthesis`."""
        return self.synthesis.evaluations

    def statuses(self) -> list[str]:
        """The name of each sample's Status."""
        return self.synthesis.statuses()


def status_names(status: Any) -> list[str]:
    """The names of a Status or an array of them.

    >>> status_names(Status.converged)
    ['converged']
    """
    return Status.names(status)
