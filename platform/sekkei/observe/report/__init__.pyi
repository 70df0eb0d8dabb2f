from .content import (
    EngineCost,
    ReportContent,
    ReportFigure,
    ReportMetric,
    ReportProposal,
    StageTime,
)
from .page import render_report, report_figure

__all__ = [
    "EngineCost",
    "ReportContent",
    "ReportFigure",
    "ReportMetric",
    "ReportProposal",
    "StageTime",
    "render_report",
    "report_figure",
]
