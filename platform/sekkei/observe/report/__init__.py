"""The HTML report of a run."""

from sekkei.observe.report.content import (
    EngineCost,
    ReportContent,
    ReportFigure,
    ReportMetric,
    ReportProposal,
    ReportSpread,
    StageTime,
)
from sekkei.observe.report.page import render_report, report_figure

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
