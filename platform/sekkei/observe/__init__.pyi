from .absence import AbsenceRow, absence_table
from .analysis import (
    AnalysisSpec,
    PeakTest,
    SourceAnalysis,
    SourceComparison,
    analyse_source,
    compare_sources,
)
from .comparison import (
    ComparisonRow,
    MeasuredHistogram,
    compare_with_measured,
    measured_histogram,
    summary_sentence,
)
from .correlation import CorrelationHistogram, CorrelationSpec, correlation_histogram
from .equivalence import Equivalence, EquivalenceRow, EquivalenceSpec, peak_equivalence
from .free_electron import (
    cylinder_steps,
    cylinder_thresholds,
    fit_series_resistance,
    with_series_resistance,
)
from .histogram import (
    DisplacementHistogram,
    Histogram,
    HistogramSpec,
    conductance_histogram,
    displacement_histogram,
    smooth,
    weighted_sample,
)
from .lake_histogram import (
    LakeHistogram,
    Quantity,
    TraceSelection,
    labels_or_predictions,
    observe_histogram,
    predictions_of,
)
from .lake_sources import lake_source, sources_by_potential
from .lake_traces import Narrowing
from .logarithmic import LogHistogram, LogHistogramSpec, log_histogram
from .peaks import Peak, PeakSpec, dip_ratio, histogram_peaks, is_wiggle
from .plateau import PlateauRow, PlateauSpec, plateau_lengths, plateau_table
from .source import Source, SourceDistance, source_distances
from .spread import (
    Band,
    Contribution,
    PeakDraws,
    density_band,
    draw_peaks,
    level_contribution,
    sampling_contribution,
)
from .statistics import wasserstein_g0
from .trace import Trace, select_traces, traces_from_columns

__all__ = [
    "AbsenceRow",
    "AnalysisSpec",
    "Band",
    "ComparisonRow",
    "Contribution",
    "CorrelationHistogram",
    "CorrelationSpec",
    "DisplacementHistogram",
    "Equivalence",
    "EquivalenceRow",
    "EquivalenceSpec",
    "Histogram",
    "HistogramSpec",
    "LakeHistogram",
    "LogHistogram",
    "LogHistogramSpec",
    "MeasuredHistogram",
    "Narrowing",
    "Peak",
    "PeakDraws",
    "PeakSpec",
    "PeakTest",
    "PlateauRow",
    "PlateauSpec",
    "Quantity",
    "Source",
    "SourceAnalysis",
    "SourceComparison",
    "SourceDistance",
    "Trace",
    "TraceSelection",
    "absence_table",
    "analyse_source",
    "compare_sources",
    "compare_with_measured",
    "conductance_histogram",
    "correlation_histogram",
    "cylinder_steps",
    "cylinder_thresholds",
    "density_band",
    "dip_ratio",
    "displacement_histogram",
    "draw_peaks",
    "fit_series_resistance",
    "histogram_peaks",
    "is_wiggle",
    "labels_or_predictions",
    "lake_source",
    "level_contribution",
    "log_histogram",
    "measured_histogram",
    "observe_histogram",
    "peak_equivalence",
    "plateau_lengths",
    "plateau_table",
    "predictions_of",
    "sampling_contribution",
    "select_traces",
    "smooth",
    "source_distances",
    "sources_by_potential",
    "summary_sentence",
    "traces_from_columns",
    "wasserstein_g0",
    "weighted_sample",
    "with_series_resistance",
]
