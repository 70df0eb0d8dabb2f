from .content import (
    EngineCost,
    ReportContent,
    ReportFigure,
    ReportMetric,
    ReportProposal,
    ReportSpread,
    StageTime,
)
from .page import render_report, report_figure

__all__ = [
    "EngineCost",
    "ReportContent",
    "ReportFigure",
    "ReportMetric",
    "ReportProposal",
    "ReportSpread",
    "StageTime",
    "render_report",
    "report_figure",
]
