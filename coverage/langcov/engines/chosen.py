"""Which engine counts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from langcov.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable

    from langcov.census.tables import Census


def counter(
    engine: Literal["local", "ray"], address: str | None = None, on_lost: Callable[[str], None] | None = None
) -> Callable[..., Census]:
    """Return the function that counts; it takes what `langcov.engines.processes.count_in_processes` takes.

    Args:
        engine: ``local``, or ``ray``.
        address: Of a Ray cluster; see `langcov.engines.ray.count_on_ray`.
        on_lost: As there.

    Raises:
        RunError: An address is given to an engine that needs none.
    """
    if engine == "ray":
        from langcov.engines.ray import count_on_ray

        return partial(count_on_ray, address=address, on_lost=on_lost)
    if address is not None:
        raise RunError("a Ray cluster's address is of no use to this engine", fix="add --engine ray")
    from langcov.engines.processes import count_in_processes

    return count_in_processes
