"""``sekkei model``: surrogates, trained from a lake and kept in a registry."""

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sekkei.cli.model_options import DEFAULT_NAME, AnyLake, ModelName
from sekkei.cli.model_predict import predict
from sekkei.cli.model_registry import promote, register, save, show
from sekkei.cli.options import (
    AsJson,
    LakeFolder,
    Registry,
    check_out_folder,
    parse_options,
    registry_uri,
)
from sekkei.cli.outcome import WORDS, finish_if_interrupted
from sekkei.cli.output import print_rows, say
from sekkei.cli.server_options import Server, open_server

if TYPE_CHECKING:
    from sekkei.lake import Lake
    from sekkei.model import (
        Dataset,
        FitProgress,
        MetricRow,
        Quantity,
        RegistryRow,
        SplitEvaluation,
        SpreadRow,
        Training,
    )

app = typer.Typer(name="model", help="Surrogates: trained from a lake, kept in a registry.")

for verb in (predict, show, save, register, promote):
    app.command()(verb)

_FIGURES = ("model", "split", "n", "n_experiment", "r2", "mae", "rmse", "max_error")
_SPREAD = (
    "model", "split", "n_split", "n_best", "r2_mean", "r2_std", "r2_min", "r2_max",
    "mae_mean", "mae_std", "mae_min", "mae_max",
)  # fmt: skip


@app.command()
def train(  # noqa: PLR0913  (each is an option of the command line)
    *,
    lake: LakeFolder,
    registry: Registry = None,
    name: Annotated[str, typer.Option(help="Name of the model.")] = DEFAULT_NAME,
    family: Annotated[
        Literal["direct", "hamiltonian"],
        typer.Option(help="From labels directly, or by a Hamiltonian learned from matrices."),
    ] = "direct",
    recipe: Annotated[
        str | None, typer.Option(help="Method of the labels, where the lake has several.")
    ] = None,
    teacher: Annotated[
        str | None,
        typer.Option(
            metavar="RECIPE",
            help="Method of further labels that are only trained on, such as those of a learned "
            "Hamiltonian.",
        ),
    ] = None,
    teacher_weight: Annotated[
        float, typer.Option(help="How much one of those counts against a label.")
    ] = 1.0,
    quantity: Annotated[
        Literal["conductance_g0", "window_conductance_g0"],
        typer.Option(help="Which conductance to learn."),
    ] = "conductance_g0",
    seed: Annotated[int, typer.Option(min=0, help="Of split and weights.")] = 0,
    splits: Annotated[
        int,
        typer.Option(min=1, max=50, help="Train and test on so many; the first is registered."),
    ] = 1,
    option: Annotated[
        list[str] | None,
        typer.Option("--option", metavar="KEY=VALUE", help="Of the training, such as epochs=300."),
    ] = None,
    labeler: Annotated[
        str, typer.Option(help="What made the matrices that a Hamiltonian is learned from.")
    ] = "gpaw",
    labeler_option: Annotated[
        list[str] | None,
        typer.Option("--labeler-option", metavar="KEY=VALUE", help="Of that labeler."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train a surrogate and its baselines on a lake, and register it."""
    from sekkei.errors import InvalidInputError
    from sekkei.lake import Lake
    from sekkei.model.registry import check_model_name
    from sekkei.tracking import MlflowRegistry
    from sekkei.tracking.production import advice, keep_training, register_kept

    check_model_name(name)
    is_direct = family == "direct"
    if teacher is not None and not is_direct:
        raise InvalidInputError(
            f"--teacher is for the family direct, but found {family}: a Hamiltonian is learned "
            "from matrices; leave it out"
        )
    opened = Lake.open(lake)
    # What is wrong with labels is told before there is a registry.
    labels = _labels(opened, recipe, quantity, teacher, teacher_weight) if is_direct else None
    store = MlflowRegistry(registry_uri(registry, lake, must_exist=False))
    check_out_folder(store.waiting)
    seeds = range(seed, seed + splits)
    with (
        finish_if_interrupted("nothing was registered; run the same command again"),
        _counted("fits" if splits == 1 else "splits") as count,
    ):
        if labels is not None:
            dataset, trainings = labels, _train_direct(labels, option, seeds, count)
        else:
            made = (labeler, labeler_option)
            dataset, trainings = _train_hamiltonian(opened, quantity, option, seeds, made, count)
    command = shlex.join(["sekkei", *WORDS.get()])
    folder = keep_training(trainings[0], dataset, opened.state_id, store, name, command)
    with finish_if_interrupted(advice(folder, store, name)):
        _, version = register_kept(folder, store, name)
    say(f"registered {name}:{version}, trained on state {opened.state_id}")
    shown = _FIGURES if splits == 1 else _SPREAD
    rows = [
        {"name": name, "version": version, **asdict(row)}
        for row in _figures_of(trainings)
        if as_json or row.split != "train"
    ]
    print_rows(rows, as_json=as_json, shown=shown)


def _labels(
    lake: "Lake", recipe: str | None, quantity: "Quantity", teacher: str | None, weight: float
) -> "Dataset":
    from sekkei.model import Dataset, read_taught, with_distilled

    found = Dataset.from_lake(lake, recipe, quantity)
    if teacher is not None:
        found = with_distilled(found, read_taught(lake, teacher, quantity), weight)
    _say_without_experiment(found)
    return found


def _say_without_experiment(dataset: "Dataset") -> None:
    n = dataset.groups.count("")
    if n > 1:
        say(
            f"{n} labels are of no experiment, as those of an imported file: they count as one, "
            "which is held out or learned from as a whole; import a lake to keep experiments"
        )


def _train_direct(
    dataset: "Dataset", option: list[str] | None, seeds: range, count: "FitProgress"
) -> "tuple[Training, ...]":
    from sekkei.model import TrainingOptions, train_direct, train_on_splits
    from sekkei.specification import parse_specification

    options = parse_specification(parse_options(option), TrainingOptions)
    if len(seeds) == 1:
        return (train_direct(dataset, options, seeds[0], count),)
    return train_on_splits(dataset, options, seeds, progress=count)


def _train_hamiltonian(
    lake: "Lake",
    quantity: "Quantity",
    option: list[str] | None,
    seeds: range,
    teacher: tuple[str, list[str] | None],
    count: "FitProgress",
) -> "tuple[Dataset, tuple[Training, ...]]":
    from sekkei.model import (
        Dataset,
        HamiltonianOptions,
        make_teacher,
        read_examples,
        train_hamiltonian,
    )
    from sekkei.specification import parse_specification

    options = parse_specification(parse_options(option), HamiltonianOptions)
    labeler = make_teacher(teacher[0], **parse_options(teacher[1]))
    examples = read_examples(lake, labeler.recipe, *options.further_recipes)
    dataset = Dataset.from_lake(lake, labeler.recipe, quantity)
    return dataset, tuple(
        train_hamiltonian(examples, dataset, labeler, options, seed, count) for seed in seeds
    )


def _figures_of(
    trainings: "tuple[Training, ...]",
) -> "tuple[MetricRow, ...] | tuple[SpreadRow, ...]":
    from sekkei.model import spread_over_splits

    reports = [training.report for training in trainings]
    return reports[0].rows if len(reports) == 1 else spread_over_splits(reports)


@app.command()
def evaluate(
    *,
    lake: LakeFolder,
    registry: Registry = None,
    model: ModelName = DEFAULT_NAME,
    as_json: AsJson = False,
) -> None:
    """Hold a model, and its simplest baselines, against labels made after its training."""
    from sekkei.lake import Lake
    from sekkei.model import evaluate_model, load_model
    from sekkei.tracking import MlflowRegistry

    store = MlflowRegistry(registry_uri(registry, lake, must_exist=True))
    row, predictor = load_model(store, model)
    found = evaluate_model(Lake.open(lake), row.lake_state, predictor)
    print_rows([line for part in found for line in _evaluated(row, part)], as_json=as_json)
    if len(found) == 1:
        say("no experiment was labelled after the training: these figures say nothing of new ones")


@app.command("list")
def list_models(
    *,
    lake: AnyLake = None,
    registry: Registry = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """List every version of every model."""
    if server is not None:
        with open_server(server, lake=lake, registry=registry) as connection:
            print_rows([_listed(row) for row in connection.models.list()], as_json=as_json)
        return
    from sekkei.tracking import list_versions

    uri = registry_uri(registry, lake, must_exist=True)
    print_rows([_listed(row) for row in list_versions(uri)], as_json=as_json)


def _evaluated(row: "RegistryRow", found: "SplitEvaluation") -> "Iterator[dict[str, Any]]":
    named = {"name": row.name, "version": row.version}
    yield {
        **named,
        **asdict(found.model),
        "within_sigma": found.within_sigma,
        "outside": found.n_outside,
    }
    for baseline in found.baselines:
        yield {**named, **asdict(baseline), "within_sigma": None, "outside": None}


def _listed(row: "RegistryRow") -> dict[str, Any]:
    return {
        "name": row.name,
        "version": row.version,
        "aliases": list(row.aliases),
        "family": row.family,
        "identity": row.identity,
        "lake_state": row.lake_state,
        "created": datetime.fromtimestamp(row.created, UTC),
        "run": row.run,
    }


@contextmanager
def _counted(stage: str) -> Iterator[Callable[[int, int], None]]:
    from sekkei.progress import show_progress

    with show_progress(sys.stderr) as progress:
        said = 0

        def count(done: int, total: int) -> None:
            nonlocal said
            if said == 0:
                progress.started(stage, total)
            progress.advanced(stage, done - said)
            said = done

        yield count
