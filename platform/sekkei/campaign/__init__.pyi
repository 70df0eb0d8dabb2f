from .context import CampaignContext, CommitPolicy, Dynamics, open_context
from .design_problem import PooledDesignProblem
from .design_run import run_design_campaign
from .family import Family, Variation
from .forecast import CampaignPlan, StagePlan, count_stages, plan_campaign
from .inference import run_inference
from .rerun import RerunComparison, rerun_row
from .run import CampaignSummary, check_campaign, run_campaign
from .snapshots import StageSnapshots
from .source import structure_row
from .specification import CampaignSpec, WorkerPlan
from .stage_spec import (
    ActiveLearningPlan,
    DesignPlan,
    InferencePlan,
    LabelPlan,
    MatrixPlan,
    StageSpec,
)
from .stage_work import StageSummary
from .stages import label_snapshots, recipe_of, run_labels

__all__ = [
    "ActiveLearningPlan",
    "CampaignContext",
    "CampaignPlan",
    "CampaignSpec",
    "CampaignSummary",
    "CommitPolicy",
    "DesignPlan",
    "Dynamics",
    "Family",
    "InferencePlan",
    "LabelPlan",
    "MatrixPlan",
    "PooledDesignProblem",
    "RerunComparison",
    "StagePlan",
    "StageSnapshots",
    "StageSpec",
    "StageSummary",
    "Variation",
    "WorkerPlan",
    "check_campaign",
    "count_stages",
    "label_snapshots",
    "open_context",
    "plan_campaign",
    "recipe_of",
    "rerun_row",
    "run_campaign",
    "run_design_campaign",
    "run_inference",
    "run_labels",
    "structure_row",
]
