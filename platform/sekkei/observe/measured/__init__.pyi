from .calibration import Calibration, ConductanceUnit, DisplacementUnit
from .cut import CutRule, cut_recording
from .recording import Columns, Recording
from .source import MeasuredFiles, ReadMeasurement, measured_files, read_measured
from .text import Decimal

__all__ = [
    "Calibration",
    "Columns",
    "ConductanceUnit",
    "CutRule",
    "Decimal",
    "DisplacementUnit",
    "MeasuredFiles",
    "ReadMeasurement",
    "Recording",
    "cut_recording",
    "measured_files",
    "read_measured",
]
