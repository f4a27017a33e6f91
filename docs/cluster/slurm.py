"""Runs a design on Slurm through dask-jobqueue: `python docs/cluster/slurm.py design.toml results/runs/mine --jobs 10`.

Start it on the login node, or in a job of its own; the folder must lie on a disk that all nodes see. Stopped, it goes
on with `--resume`. `--show` prints the job that each node gets and starts nothing.
"""

from __future__ import annotations

import argparse

import dask
from dask_jobqueue import SLURMCluster

import carespread as cs

# a worker for each core, since runs prepare in Python; each holds under 1 GB
JOB = {"cores": 32, "processes": 32, "memory": "48GB", "walltime": "02:00:00"}
LAST = ["--lifetime", "110m", "--lifetime-stagger", "5m"]
"""Workers end by themselves before their job is killed, and what they were making is made elsewhere."""


def main() -> None:
    """Start jobs, and have the design made by their workers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("design")
    parser.add_argument("out")
    parser.add_argument("--jobs", type=int, default=10)
    parser.add_argument("--queue", default="short")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--show", action="store_true")
    asked = parser.parse_args()
    # a block is given up only after twenty workers died over it: jobs end, and that is no fault of the block
    dask.config.set({"distributed.scheduler.allowed-failures": 20})
    with SLURMCluster(queue=asked.queue, worker_extra_args=LAST, death_timeout=120, **JOB) as cluster:
        if asked.show:
            print(cluster.job_script())
            return
        cluster.scale(jobs=asked.jobs)
        made = cs.experiment(
            asked.design,
            out=asked.out,
            resume=asked.resume,
            cluster=cluster.scheduler_address,
            workers=asked.jobs * JOB["processes"],
        )
    print(made.text)


if __name__ == "__main__":
    main()
