from .comparison import (
    ComparisonRow,
    MeasuredHistogram,
    compare_with_measured,
    measured_histogram,
    summary_sentence,
)
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
    observe_histogram,
    predictions_of,
)
from .peaks import Peak, PeakSpec, dip_ratio, histogram_peaks
from .statistics import wasserstein_g0
from .trace import Trace, plateau_lengths, select_traces, traces_from_columns

__all__ = [
    "ComparisonRow",
    "DisplacementHistogram",
    "Histogram",
    "HistogramSpec",
    "LakeHistogram",
    "MeasuredHistogram",
    "Peak",
    "PeakSpec",
    "Quantity",
    "Trace",
    "TraceSelection",
    "compare_with_measured",
    "conductance_histogram",
    "cylinder_steps",
    "cylinder_thresholds",
    "dip_ratio",
    "displacement_histogram",
    "fit_series_resistance",
    "histogram_peaks",
    "measured_histogram",
    "observe_histogram",
    "plateau_lengths",
    "predictions_of",
    "select_traces",
    "smooth",
    "summary_sentence",
    "traces_from_columns",
    "wasserstein_g0",
    "weighted_sample",
    "with_series_resistance",
]
