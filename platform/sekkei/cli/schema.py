"""``sekkei schema``: what specifications may say."""

from enum import StrEnum
from typing import Annotated

import typer

from sekkei.cli.options import AsJson
from sekkei.cli.output import print_json


class SpecificationName(StrEnum):
    """Specifications that people write."""

    EXPERIMENT = "experiment"
    CAMPAIGN = "campaign"
    DESIGN = "design"


def schema(
    name: Annotated[SpecificationName, typer.Argument(help="Which specification.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Print the JSON schema of a specification."""
    from sekkei.campaign.specification import CampaignSpec
    from sekkei.design.specification import DesignSpec
    from sekkei.specification import Specification
    from sekkei.structure.experiment import ExperimentSpec

    kinds: dict[SpecificationName, type[Specification]] = {
        SpecificationName.EXPERIMENT: ExperimentSpec,
        SpecificationName.CAMPAIGN: CampaignSpec,
        SpecificationName.DESIGN: DesignSpec,
    }
    print_json(kinds[name].model_json_schema(), indent=None if as_json else 2)
