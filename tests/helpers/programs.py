"""Programs that tests share: one per structure of an operator, where `jax.jit(operator)` makes one per object."""

import equinox as eqx


@eqx.filter_jit
def run(operator, *fields):
    """The operator on fields, its filters arguments of the program."""
    return operator(*fields)


@eqx.filter_jit
def vector(phi, x):
    """The numbers of a moment map."""
    return phi.vector(x)
