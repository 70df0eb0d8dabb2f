"""The report as one self-contained page."""

from base64 import b64encode

from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure

from sekkei.observe.comparison import summary_sentence
from sekkei.observe.figures.style import as_bytes
from sekkei.observe.report import table, wording
from sekkei.observe.report.content import SECTIONS, ReportContent, ReportFigure, Section


def report_figure(
    section: Section, figure: Figure, *, caption: str, alternative: str
) -> ReportFigure:
    """Render a figure for a report, as SVG."""
    return ReportFigure(
        section=section, caption=caption, alternative=alternative, image=as_bytes(figure, "svg")
    )


def render_report(content: ReportContent) -> str:
    """Render a report as one HTML file that needs nothing else.

    Figures are data URIs, there is no script, and the page's own security policy forbids every
    outside request; all data are escaped.
    """
    environment = Environment(
        loader=PackageLoader("sekkei.observe.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["data_uri"] = _data_uri
    page: str = environment.get_template("report.html.jinja").render(
        content=content,
        best=wording.best_verified(content),
        headline=wording.headline(content),
        verdicts=wording.model_verdicts(content.metrics, content.spread),
        comparison=summary_sentence(content.peaks),
        figures={s: [f for f in content.figures if f.section == s] for s in SECTIONS},
        tables=_tables(content),
        number=wording.number,
        interval=wording.interval,
        composition=wording.composition,
    )
    return page


def _tables(content: ReportContent) -> dict[str, table.Table]:
    identities = [("Lake snapshot", content.lake_state), ("MLflow run", content.mlflow_run)]
    return {
        "peaks": table.peak_table(content),
        "spread": table.spread_table(content),
        "metrics": table.metric_table(content),
        "proposals": table.proposal_table(content),
        "engines": table.engine_table(content),
        "refusals": table.refusal_table(content),
        "stages": table.stage_table(content),
        "identities": table.pair_table("Where it came from", ("What", "@Identity"), identities),
        "versions": table.pair_table(
            "Versions", ("Library", "Version"), tuple(content.versions.items())
        ),
    }


def _data_uri(figure: ReportFigure) -> str:
    return f"data:{figure.media};base64,{b64encode(figure.image).decode('ascii')}"
