"""The command line: the one file that sees every room; each command's work lies in its room, loaded when called."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_help_option=False,  # Typer 0.29 loads pydantic to read it (0.3 s), before the --help of any command
    help="How innovations spread, or fail to, across adult social care in England.",
    epilog="Example: carespread run historical --innovation dscr. What a command does: carespread run --help",
)
BAD_INPUT, STOPPED = 2, 130
NOTHING = "nothing was written."

Scenario = Annotated[
    str, typer.Argument(metavar="[SCENARIO]", help="Name (see `carespread scenarios`) or path of a file.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Workers = Annotated[str | None, typer.Option(metavar="W", help="Threads; one a core if not given.")]
Seed = Annotated[str, typer.Option(metavar="S", help="Seed of the first run; the others count on from it.")]
Providers = Annotated[str, typer.Option(metavar="N", help="Organisations, 50 to 1,000,000, or all.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder; results/runs/... if not given.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with what was stopped in --out.")]
Cluster = Annotated[str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler, or local.")]
Months = Annotated[str | None, typer.Option(metavar="M", help="Months; the scenario's own if not given.")]
Posterior = Annotated[
    Path | None, typer.Option(metavar="DIR", help="A fit of carespread calibrate; the published one if not given.")
]
Change = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter, lever or switch (repeatable).")
]
Innovations = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="An innovation (repeatable); the scenario's own if not given.")
]
RunFolder = Annotated[
    Path | None, typer.Option(metavar="DIR", help="A folder of carespread run, in place of SCENARIO.")
]
Prior = Annotated[bool, typer.Option("--prior", help="All numbers at the medians of their priors: nothing fitted.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bar, and no table.")]


@app.callback(invoke_without_command=True)
def _usual(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command(epilog="Example: carespread run tight --providers 5000 --set leadership_weight=2 --set grant=0.3")
def run(
    scenario: Scenario = "central",
    providers: Providers = "2000",
    months: Annotated[
        str | None, typer.Option(metavar="M", help="Months, 1 to 1200; the scenario's own if not given.")
    ] = None,
    replications: Annotated[str, typer.Option(metavar="R", help="Runs, each with a seed of its own.")] = "20",
    seed: Seed = "1",
    change: Change = None,
    innovation: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="An innovation's name or file (repeatable); the scenario's own if not given."
        ),
    ] = None,
    posterior: Posterior = None,
    prior: Prior = False,
    events: Annotated[
        bool, typer.Option("--events", help="Keep every change of stage and what decided it, in events.parquet.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder to make; results/runs/SCENARIO-TIME if not given.")
    ] = None,
    workers: Workers = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a scenario many times, keep the results in a folder, and draw them."""
    from carespread.experiments.run_command import run_command

    raise typer.Exit(
        run_command(
            scenario,
            providers=providers,
            months=months,
            replications=replications,
            seed=seed,
            changes=change or [],
            innovations=innovation or [],
            posterior=posterior,
            prior=prior,
            events=events,
            out=out,
            workers=workers,
            as_json=as_json,
            quiet=quiet,
        )
    )


@app.command(epilog="Example: carespread experiment design.toml --out results/runs/grant")
def experiment(
    design: Annotated[Path, typer.Argument(help="The design, as TOML (see `carespread check`).")],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder; results/runs/DESIGN-TIME if not given.")
    ] = None,
    resume: Resume = False,
    workers: Workers = None,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler, or local for workers on this machine.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Make more than 10 million runs.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a design: scenarios x points x replications, kept block by block; a stopped one can be resumed."""
    from carespread.experiments.experiment_command import experiment_command

    raise typer.Exit(
        experiment_command(
            design,
            out=out,
            resume=resume,
            workers=workers,
            cluster=cluster,
            yes=yes,
            as_json=as_json,
            quiet=quiet,
        )
    )


@app.command(epilog="Example: carespread compare central lever_grant lever_training --out results/runs/grants")
def compare(
    baseline: Annotated[str, typer.Argument(help="The scenario that all are compared with: a name or a file.")],
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Names or files.")],
    replications: Annotated[str, typer.Option(metavar="R", help="Pairs of runs under the same luck.")] = "40",
    providers: Providers = "2000",
    samples: Annotated[
        str, typer.Option(metavar="S", help="Points drawn over the priors of the parameters; 0 for none.")
    ] = "96",
    seed: Seed = "1",
    worth: Annotated[
        str, typer.Option(metavar="POUNDS", help="What a person-month of full benefit is worth, an assumption.")
    ] = "1000",
    structures: Annotated[
        bool, typer.Option("--structures/--no-structures", help="Whether to take away each mechanism in turn.")
    ] = True,
    innovation: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="An innovation (repeatable); the baseline's own if not given."),
    ] = None,
    posterior: Posterior = None,
    prior: Prior = False,
    out: Out = None,
    resume: Resume = False,
    workers: Workers = None,
    cluster: Cluster = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare scenarios with a baseline in pairs: gain, cost, who is left behind, when the order turns; a briefing."""
    from carespread.experiments.compare_command import compare_command

    raise typer.Exit(
        compare_command(
            baseline,
            scenarios,
            replications=replications,
            providers=providers,
            samples=samples,
            seed=seed,
            worth=worth,
            structures=structures,
            innovations=innovation or [],
            posterior=posterior,
            prior=prior,
            out=out,
            resume=resume,
            workers=workers,
            cluster=cluster,
            as_json=as_json,
            quiet=quiet,
        )
    )


@app.command(epilog="Example: carespread sensitivity central --method morris --outcome users_dscr")
def sensitivity(
    scenario: Scenario = "central",
    method: Annotated[str, typer.Option(metavar="NAME", help="oat, morris, sobol, pawn or emulator.")] = "morris",
    outcome: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A column of runs.parquet, or one such as using_share_dscr@2028-12."),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="What to vary: NAME or NAME=LOW:HIGH (repeatable); all if not given."),
    ] = None,
    samples: Annotated[
        str | None, typer.Option(metavar="N", help="Trajectories (20), base samples (512) or points (1,000).")
    ] = None,
    replications: Annotated[
        str | None, typer.Option(metavar="K", help="Seeds at every point, the same at each; 10, for sobol 5.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(metavar="SCENARIO", help="Study the difference from this scenario.")
    ] = None,
    change: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="What has one value (repeatable).")
    ] = None,
    top: Annotated[
        str | None, typer.Option(metavar="P", help="Parameters that a screening leaves for sobol; 10 if not given.")
    ] = None,
    second: Annotated[bool, typer.Option("--second", help="Second order too (sobol).")] = False,
    by_group: Annotated[bool, typer.Option("--by-group", help="Vary whole submodels together.")] = False,
    innovation: Innovations = None,
    providers: Annotated[str, typer.Option(metavar="N", help="Organisations of each run.")] = "1000",
    months: Months = None,
    seed: Seed = "1",
    posterior: Posterior = None,
    prior: Prior = False,
    out: Out = None,
    resume: Resume = False,
    workers: Workers = None,
    cluster: Cluster = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find which uncertain numbers matter: elementary effects, shares of variance, whole distributions."""
    from carespread.experiments.sensitivity_command import sensitivity_command

    raise typer.Exit(
        sensitivity_command(
            scenario,
            method=method,
            against=against,
            outcomes=outcome or [],
            parameters=parameter or [],
            changes=change or [],
            samples=samples,
            replications=replications,
            providers=providers,
            months=months,
            top=top,
            second=second,
            by_group=by_group,
            innovations=innovation or [],
            posterior=posterior,
            prior=prior,
            seed=seed,
            out=out,
            resume=resume,
            workers=workers,
            cluster=cluster,
            as_json=as_json,
            quiet=quiet,
        )
    )


@app.command(epilog="Example: carespread ablate --claim C3 --claim C4 --pairs")
def ablate(
    claim: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A claim, C1 to C20 (repeatable); all if not given.")
    ] = None,
    pairs: Annotated[bool, typer.Option("--pairs", help="Interactions of all two of the claims too.")] = False,
    samples: Annotated[str, typer.Option(metavar="S", help="Points of the prior at which claims are weighed.")] = "100",
    replications: Annotated[str, typer.Option(metavar="R", help="Pairs of runs at each point.")] = "2",
    providers: Annotated[str, typer.Option(metavar="N", help="Organisations of each run.")] = "1000",
    seed: Seed = "1",
    out: Out = None,
    resume: Resume = False,
    workers: Workers = None,
    cluster: Cluster = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Take away each claim's mechanism, over the prior and under the same luck: the table of the theory's claims."""
    from carespread.experiments.ablate_command import ablate_command

    raise typer.Exit(
        ablate_command(
            claim or [],
            pairs=pairs,
            samples=samples,
            replications=replications,
            providers=providers,
            seed=seed,
            out=out,
            resume=resume,
            workers=workers,
            cluster=cluster,
            as_json=as_json,
            quiet=quiet,
        )
    )


@app.command(epilog="Example: carespread discover lever_grant --against central --worth 2000")
def discover(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="The policy: a scenario's name or file.")],
    against: Annotated[str, typer.Option(metavar="BASELINE", help="What it is compared with.")] = "central",
    outcome: Annotated[
        str, typer.Option(metavar="NAME", help="What must be gained: net_benefit or a column of runs.parquet.")
    ] = "net_benefit",
    below: Annotated[str, typer.Option(metavar="LEVEL", help="The gain below which the policy fails.")] = "0",
    worth: Annotated[
        str, typer.Option(metavar="POUNDS", help="What a person-month of full benefit is worth, an assumption.")
    ] = "1000",
    parameter: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="What is uncertain: NAME or NAME=LOW:HIGH (repeatable); all if not given."),
    ] = None,
    change: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="What has one value (repeatable).")
    ] = None,
    samples: Annotated[str, typer.Option(metavar="N", help="Points of the prior.")] = "500",
    replications: Annotated[str, typer.Option(metavar="K", help="Pairs of runs at each point.")] = "4",
    providers: Annotated[str, typer.Option(metavar="N", help="Organisations of each run.")] = "1000",
    months: Months = None,
    seed: Seed = "1",
    out: Out = None,
    resume: Resume = False,
    workers: Workers = None,
    cluster: Cluster = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find under which uncertain conditions a policy fails: boxes (PRIM) and a tree, in plain words."""
    from carespread.experiments.discover_command import discover_command

    raise typer.Exit(
        discover_command(
            scenario,
            against=against,
            outcome=outcome,
            below=below,
            worth=worth,
            parameters=parameter or [],
            changes=change or [],
            samples=samples,
            replications=replications,
            providers=providers,
            months=months,
            seed=seed,
            out=out,
            resume=resume,
            workers=workers,
            cluster=cluster,
            as_json=as_json,
            quiet=quiet,
        )
    )


@app.command(epilog="Example: carespread calibrate --budget 4000 --out results/runs/fit")
def calibrate(
    targets: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What to fit to; calibration/targets.csv if not given.")
    ] = None,
    budget: Annotated[str, typer.Option(metavar="RUNS", help="Runs of the model.")] = "12000",
    rivals: Annotated[
        bool, typer.Option("--rivals", help="Fit lower levels of the model and adaptive emulation too.")
    ] = False,
    replications: Annotated[str, typer.Option(metavar="R", help="Runs at each point.")] = "2",
    providers: Annotated[str, typer.Option(metavar="N", help="Organisations of each run.")] = "1000",
    seed: Seed = "1",
    out: Out = None,
    resume: Resume = False,
    workers: Workers = None,
    cluster: Cluster = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fit the model to published series, test it on data held back, and say what was learned and what was not."""
    from carespread.calibration.calibrate_command import calibrate_command

    raise typer.Exit(
        calibrate_command(
            targets,
            budget=budget,
            rivals=rivals,
            replications=replications,
            providers=providers,
            seed=seed,
            out=out,
            resume=resume,
            workers=workers,
            cluster=cluster,
            as_json=as_json,
            quiet=quiet,
        )
    )


@app.command(epilog="Example: carespread validate --posterior results/runs/fit")
def validate(
    posterior: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The folder of a fit; the newest under results/runs if not given."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Hold a fit against data that it has not seen, simple curves, and the facts of the sector."""
    from carespread.calibration.validate_command import validate_command

    raise typer.Exit(validate_command(posterior, as_json))


@app.command(epilog="Example: carespread journey --like 'small homecare in the north east that dropped something'")
def journey(
    scenario: Scenario = "central",
    provider: Annotated[str | None, typer.Option(metavar="ID", help="A provider of the run.")] = None,
    like: Annotated[
        str | None, typer.Option(metavar="WORDS", help="A description: size, setting, region, what became of it.")
    ] = None,
    types: Annotated[bool, typer.Option("--types", help="Also the typical journeys of all providers.")] = False,
    against: Annotated[
        str | None, typer.Option(metavar="SCENARIO", help="The same provider with the same luck under another one.")
    ] = None,
    run: RunFolder = None,
    providers: Providers = "2000",
    months: Months = None,
    seed: Annotated[str, typer.Option(metavar="S", help="Seed of the run.")] = "1",
    change: Change = None,
    innovation: Innovations = None,
    posterior: Posterior = None,
    prior: Prior = False,
    out: Out = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Tell the story of one provider, and where it parts under another scenario."""
    from carespread.experiments.journey_command import journey_command

    raise typer.Exit(
        journey_command(
            scenario,
            provider=provider,
            like=like,
            types=types,
            against=against,
            run=run,
            providers=providers,
            months=months,
            seed=seed,
            changes=change or [],
            innovations=innovation or [],
            posterior=posterior,
            prior=prior,
            out=out,
            as_json=as_json,
            quiet=quiet,
        )
    )


@app.command(epilog="Example: carespread explore --port 8765")
def explore(
    port: Annotated[str, typer.Option(metavar="P", help="Port of this machine, 1024 to 65535.")] = "8765",
    browser: Annotated[bool, typer.Option(help="Whether to open the browser.")] = True,
) -> None:
    """Open the students' page: the sector step by step, as a network and as curves (Mesa's SolaraViz)."""
    from carespread.experiments.explore_command import explore_command

    raise typer.Exit(explore_command(port, browser))


@app.command("sticking-points", epilog="Example: carespread sticking-points tight --innovation dscr")
def sticking_points(
    scenario: Scenario = "central",
    run: RunFolder = None,
    providers: Providers = "2000",
    months: Months = None,
    replications: Annotated[str, typer.Option(metavar="R", help="Runs, each with a seed of its own.")] = "10",
    seed: Seed = "1",
    change: Change = None,
    innovation: Innovations = None,
    relief: Annotated[bool, typer.Option(help="Whether to run each lever by one unit as well.")] = True,
    posterior: Posterior = None,
    prior: Prior = False,
    out: Out = None,
    workers: Workers = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say where providers get stuck, what holds them back, and what one unit of relief would give."""
    from carespread.experiments.sticking_command import sticking_command

    raise typer.Exit(
        sticking_command(
            scenario,
            run=run,
            providers=providers,
            months=months,
            replications=replications,
            seed=seed,
            changes=change or [],
            innovations=innovation or [],
            relief=relief,
            posterior=posterior,
            prior=prior,
            out=out,
            workers=workers,
            as_json=as_json,
            quiet=quiet,
        )
    )


@app.command(epilog="Example: carespread optimise --budget 30000000 --out results/runs/thirty-million")
def optimise(
    budget: Annotated[str, typer.Option(metavar="POUNDS", help="Public money for three years of levers, in GBP.")],
    trials: Annotated[str, typer.Option(metavar="T", help="Portfolios to try.")] = "300",
    providers: Annotated[str, typer.Option(metavar="N", help="Organisations of each run.")] = "1000",
    seed: Annotated[str, typer.Option(metavar="S", help="First seed of the search; fresh ones follow.")] = "1",
    out: Out = None,
    resume: Resume = False,
    workers: Workers = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Search the portfolio of levers and groups that gives most benefit, and the smallest gap, for a budget."""
    from carespread.experiments.optimise_command import optimise_command

    raise typer.Exit(
        optimise_command(
            budget,
            trials=trials,
            providers=providers,
            seed=seed,
            out=out,
            resume=resume,
            workers=workers,
            as_json=as_json,
            quiet=quiet,
        )
    )


@app.command(epilog='Example: carespread results results/runs/grant --query "select count(*) from runs"')
def results(
    folder: Annotated[Path, typer.Argument(help="A results folder.")],
    query: Annotated[
        str | None, typer.Option(metavar="SQL", help="A question about the tables runs, monthly and left_behind.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what a results folder holds, or ask it a question in SQL."""
    from carespread.experiments.experiment_command import results_command

    raise typer.Exit(results_command(folder, query, as_json))


@app.command(epilog="Example: carespread verify --case V1 --case V3")
def verify(
    case: Annotated[
        list[str] | None, typer.Option(metavar="CASE", help="A case, such as V1 (repeatable); all if not given.")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Put published results beside what the model's kernels give."""
    from carespread.experiments.verify_command import verify_command

    raise typer.Exit(verify_command(case or [], as_json=as_json, quiet=quiet))


@app.command(epilog="Example: carespread scenarios --json")
def scenarios(as_json: Json = False) -> None:
    """List the scenarios and their questions."""
    from carespread.experiments.list import scenario_list

    typer.echo(scenario_list(as_json))


@app.command(epilog="Example: carespread innovations dscr")
def innovations(
    name: Annotated[str | None, typer.Argument(help="One innovation, with its sources and grades.")] = None,
    as_json: Json = False,
) -> None:
    """List the innovations, or show one with its sources and grades."""
    from carespread.experiments.list import innovation_list

    typer.echo(innovation_list(name, as_json))


@app.command(epilog="Example: carespread parameters --json > schema.json")
def parameters(
    as_json: Annotated[bool, typer.Option("--json", help="Print the JSON schema instead of a table.")] = False,
) -> None:
    """List parameters, levers and switches: unit, range, prior, evidence grade and source."""
    from carespread.experiments.list import parameter_list

    typer.echo(parameter_list(as_json))


@app.command(epilog='Example: carespread population --margin "organisations by sites"')
def population(
    margin: Annotated[str | None, typer.Option(metavar="NAME", help="Show one margin, level by level.")] = None,
    as_json: Json = False,
) -> None:
    """Put the made population beside the evidence, margin by margin."""
    from carespread.experiments.list import population_list

    typer.echo(population_list(margin, as_json))


@app.command(epilog="Example: carespread evidence S022")
def evidence(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME|ID]", help="population, an innovation, a parameter, a scenario, or a source id."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Trace every number that comes from evidence to its source."""
    from carespread.experiments.provenance import evidence_list

    typer.echo(evidence_list(name, as_json))


@app.command(epilog="Example: carespread check my-scenario.toml")
def check(
    file: Annotated[Path, typer.Argument(help="A scenario, a design or an innovation, as TOML.")],
    as_json: Json = False,
) -> None:
    """Check a file before an hour is spent on it, and say what it would run."""
    from carespread.experiments.check import check_file

    typer.echo(check_file(file, as_json))


def main() -> None:
    """Run the command line and leave with 0, or 2 on bad input, 1 on a failure of its own: one sentence on stderr."""
    words = sys.argv[1:]
    if words[:1] == ["--version"]:
        from importlib.metadata import version

        typer.echo(f"carespread {version('carespread')}")
        return
    try:
        code = app([] if words[:1] == ["--help"] else words, standalone_mode=False, prog_name="carespread")
    except typer.Abort:
        code = STOPPED
    except Exception as error:
        sentence = _refusal(error)
        if sentence is None:
            raise
        _say(sentence)
        raise SystemExit(BAD_INPUT) from None
    except KeyboardInterrupt:
        code = STOPPED
    if code == STOPPED:
        _stop(words[:1])
    raise SystemExit(code if isinstance(code, int) else 0)


def _refusal(error: Exception) -> str | None:
    """Return the one sentence for bad input, or None if the fault is our own."""
    declare = sys.modules.get("carespread.model.declare")
    if declare is not None and isinstance(error, declare.BadInputError):
        return str(error)
    if not _is_usage(error):
        return None
    message = " ".join(error.format_message().split())  # type: ignore[attr-defined]
    context: Any = getattr(error, "ctx", None)
    if type(error).__name__ == "NoSuchOption" and context is not None:
        known = [name for option in context.command.params for name in option.opts if name.startswith("--")]
        return _unknown("option", error.option_name, [*known, "--help"])  # type: ignore[attr-defined]
    if message.startswith("No such command") and context is not None:
        return _unknown("command", message.split("'")[1], list(context.command.commands))
    return message.rstrip(".") + "."


def _unknown(what: str, given: str, known: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(given, known, 1, 0.4)
    return f"Unknown {what} {given!r}: " + (f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}.")


def _is_usage(error: Exception) -> bool:
    """Return whether the command line's reader refused what was typed (Typer brings its own copy of Click's errors)."""
    return any(kind.__name__ == "ClickException" for kind in type(error).__mro__)


def _say(sentence: str) -> None:
    typer.echo(" ".join(sentence.split()), err=True)


def _stop(command: list[str]) -> None:
    """Leave at once after Ctrl-C: threads in a kernel would go on to the end of their run."""
    _say("Stopped: " + ("what was made is kept, --resume goes on." if command == ["experiment"] else NOTHING))
    sys.stderr.flush()
    os._exit(STOPPED)
