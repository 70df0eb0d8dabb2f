"""``/v1/models``: registered models, and what they predict of an uploaded structure."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path

from sekkei.model import RegistryRow, StoredEvaluation, StructurePrediction, predict_each
from sekkei_service.access import Reader
from sekkei_service.body import ExtxyzBody, body_docs
from sekkei_service.context import TheService
from sekkei_service.upload import read_upload
from sekkei_service.wire import EXTXYZ, Wire

router = APIRouter(prefix="/v1/models", tags=["models"])

_AT_ONCE = 32
EXAMPLE = """3
Properties=species:S:1:pos:R:3:region:I:1 electrode_period_angstrom=4.0
K 0 0 0 -1
K 0 0 4 0
K 0 0 8 1
"""
ModelName = Annotated[
    str,
    Path(
        pattern=r"^[\w.-]+(:[\w.-]+)?$",
        max_length=128,
        description="NAME, NAME:VERSION, NAME:ALIAS or an identity.",
    ),
]


class ModelRow(Wire):
    """One version of one model."""

    name: str
    """Name of the model."""

    version: int
    """Number of the version, from 1."""

    aliases: list[str]
    """Names that point to it."""

    identity: str
    """Content hash of all that its predictions depend on."""

    family: str
    """How it predicts."""

    quantity: str
    """Which conductance it predicts; empty if the registry does not say."""

    lake_state: str
    """State of the lake that it was trained on."""

    created: datetime
    """When it was registered."""

    run: str
    """Id of its training in MLflow."""

    evaluation: StoredEvaluation | None
    """What its training measured on held-out experiments, beside the baselines."""

    promotions: list[str]
    """Which alias was moved to it, when and why."""

    @classmethod
    def from_row(cls, row: RegistryRow) -> "ModelRow":
        """Take a row of the registry."""
        found = {name: getattr(row, name) for name in cls.model_fields if name != "created"}
        lists = {"aliases": list(row.aliases), "promotions": list(row.promotions)}
        return cls(**{**found, **lists, "created": datetime.fromtimestamp(row.created, UTC)})


class ModelList(Wire):
    """Registered models."""

    models: list[ModelRow]
    """By name and number."""


class ModelCard(Wire):
    """What a model learned from, how good it is, what it is not for."""

    name: str
    """Name of the model."""

    version: int
    """Number of the version."""

    card: str
    """Markdown."""


class ParitySplit(Wire):
    """Truth against prediction of some labels."""

    split: str
    """Which labels: ``test``, ``cross-validation``, …."""

    snapshot: list[str]
    """Keys of their snapshots."""

    truth_g0: list[float]
    """Labels in G0."""

    predicted_g0: list[float]
    """Predictions in G0."""

    sigma_g0: list[float]
    """Half widths of the 68 % intervals in G0."""


class ModelParity(Wire):
    """What a version predicted of the labels that its training held out."""

    name: str
    """Name of the model."""

    version: int
    """Number of the version."""

    splits: list[ParitySplit]
    """Each once."""


class PredictionAnswer(Wire):
    """What a model says of the structures of an upload."""

    name: str
    """Name of the model."""

    version: int
    """Number of the version."""

    identity: str
    """Identity of the model."""

    quantity: str
    """Which conductance it predicts."""

    predictions: list[StructurePrediction]
    """One for each structure, in order."""


@router.get("")
def model_list(service: TheService, _who: Reader) -> ModelList:
    """List every version of every model, with what its training measured."""
    return ModelList(models=[ModelRow.from_row(row) for row in service.models.every()])


@router.get("/{name}")
def model_row(service: TheService, _who: Reader, name: ModelName) -> ModelRow:
    """Show one version."""
    return ModelRow.from_row(service.models.find(name))


@router.get("/{name}/card")
def model_card(service: TheService, _who: Reader, name: ModelName) -> ModelCard:
    """Return the card of a version, with its figures beside those of the baselines."""
    row = service.models.find(name)
    return ModelCard(name=row.name, version=row.version, card=service.models.card(row))


@router.get("/{name}/parity")
def model_parity(service: TheService, _who: Reader, name: ModelName) -> ModelParity:
    """Return truth against prediction of the labels that the training of a version held out."""
    row = service.models.find(name)
    splits = [
        ParitySplit(
            split=table.split,
            snapshot=list(table.snapshot_keys),
            truth_g0=table.truth.tolist(),
            predicted_g0=table.predicted.tolist(),
            sigma_g0=table.sigma.tolist(),
        )
        for table in service.models.parity(row)
    ]
    return ModelParity(name=row.name, version=row.version, splits=splits)


@router.post("/{name}/predict", openapi_extra=body_docs(EXTXYZ, EXAMPLE))
def model_predict(
    service: TheService, _who: Reader, name: ModelName, body: ExtxyzBody
) -> PredictionAnswer:
    """Predict the conductance of uploaded structures; nothing is kept."""
    row = service.models.find(name)
    junctions = read_upload(body, service.settings.limits)
    with service.heavy.place():
        predictor = service.models.load(row)
        found = list(predict_each(predictor, junctions, _AT_ONCE))
    return PredictionAnswer(
        name=row.name,
        version=row.version,
        identity=predictor.identity,
        quantity=predictor.quantity,
        predictions=found,
    )
