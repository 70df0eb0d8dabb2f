from .descriptor import DescriptorOptions, describe_atoms
from .ensemble import DirectModel
from .feature import FeatureOptions, JunctionFeatures, describe_junction, describe_junctions
from .options import TrainingOptions, WaveOptions
from .spread import SpreadRow, spread_over_splits, train_on_splits
from .training import train_direct

__all__ = [
    "DescriptorOptions",
    "DirectModel",
    "FeatureOptions",
    "JunctionFeatures",
    "SpreadRow",
    "TrainingOptions",
    "WaveOptions",
    "describe_atoms",
    "describe_junction",
    "describe_junctions",
    "spread_over_splits",
    "train_direct",
    "train_on_splits",
]
