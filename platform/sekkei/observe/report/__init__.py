"""The HTML report of a run."""

from sekkei.observe.report.content import (
    EngineCost,
    MetricRow,
    ProposalRow,
    ReportContent,
    ReportFigure,
    StageTime,
)
from sekkei.observe.report.page import render_report, report_figure

__all__ = [
    "EngineCost",
    "MetricRow",
    "ProposalRow",
    "ReportContent",
    "ReportFigure",
    "StageTime",
    "render_report",
    "report_figure",
]
