"""Spreads an experiment over Dask workers, on this machine or behind a scheduler's address."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from carespread.model import BadInputError
from carespread.model.equations import replacements
from carespread.model.extras import needs
from carespread.results.store.blocks import Receipt
from carespread.results.store.files import first_line

from .experiment import WAITING, Spread, StoppedError, Task, work
from .run import threads

if TYPE_CHECKING:
    from distributed import Client

PATIENCE = "10s"
"""How long a scheduler may take to answer."""
RETRIES = 3
LIVES = 20
"""Workers that may die over one block before it is given up: a block that kills its workers would never end."""


@contextmanager
def on_cluster(address: str, workers: int | None = None) -> Iterator[Spread]:
    """Yield how tasks are spread over Dask workers: `local` starts processes here, else a scheduler's address.

    Workers write their blocks themselves, so they and the driver must see the folder under the same name. Raises
    BadInputError where Dask is not installed, or the address does not answer.
    """
    with connected(address, workers) as client:
        yield partial(spread_over, client)


def spread_over(client: Client, tasks: Iterable[Task]) -> Iterator[Receipt]:
    """Yield the receipt of each task as its block is kept."""
    from distributed import as_completed

    ahead = iter(tasks)
    first = [task for _, task in zip(range(WAITING * processes(client)), ahead, strict=False)]
    running = as_completed([sent(client, task) for task in first])
    for future in running:
        if future.status == "error":
            error = future.exception()
            if isinstance(error, OSError):
                raise StoppedError(f"{os.strerror(error.errno) if error.errno else error}") from error
            raise error
        yield future.result()
        future.release()
        if (task := next(ahead, None)) is not None:
            running.add(sent(client, task))


def sent(client: Client, task: Task) -> Any:
    """Return the future of one block; folders are named in full, since workers may stand elsewhere."""
    return client.submit(work, task._replace(folder=task.folder.absolute()), pure=False, retries=RETRIES)


def processes(client: Client) -> int:
    """Return how many blocks the workers can make at once."""
    threads_of: dict[str, int] = client.nthreads()
    return max(1, sum(threads_of.values()))


@contextmanager
def connected(address: str, workers: int | None) -> Iterator[Client]:
    """Yield a client of the scheduler, or of workers that are started here and end with it."""
    needs("distributed", "--cluster", "cluster")
    import dask
    from distributed import Client, LocalCluster

    if others := replacements():
        raise BadInputError(
            f"Equations of one's own ({', '.join(others)}) run in this process alone: leave out --cluster."
        )
    logging.getLogger("distributed").setLevel(logging.ERROR)
    if address != "local":
        try:
            client = Client(address, timeout=PATIENCE)
        except (OSError, ValueError, TimeoutError):
            raise BadInputError(
                f"The cluster {address!r} does not answer within {PATIENCE[:-1]} seconds: it must be the address of a"
                " Dask scheduler, such as tcp://10.0.0.1:8786, or local."
            ) from None
        with client:
            yield client
        return
    dask.config.set({"distributed.scheduler.allowed-failures": LIVES})
    with ExitStack() as open_ones:
        try:
            cluster = open_ones.enter_context(
                LocalCluster(
                    n_workers=workers or threads(), threads_per_worker=1, dashboard_address=None,
                    # its page is served even without a dashboard: on a free port, to this machine alone
                    scheduler_kwargs={"dashboard_address": "127.0.0.1:0"}, silence_logs=logging.CRITICAL,
                )
            )  # fmt: skip
            client = open_ones.enter_context(Client(cluster))
        except (RuntimeError, OSError, TimeoutError) as error:
            raise StoppedError(f"Dask's workers on this machine do not start ({first_line(error)})") from error
        yield client
