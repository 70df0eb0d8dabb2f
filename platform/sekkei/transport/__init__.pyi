from .cache import ArrayCache
from .chain import ChainLabeler
from .channels import AtomicChannels, atomic_channels, junction_channels
from .device_labeler import DeviceLabeler, label_device, labelled_device, make_device_labeler
from .device_matrices import DeviceMatrices
from .error_bar import ErrorBar, label_error
from .explanation import DeviceFacts, ElectrodeFacts, Explained, explain
from .guarded import GuardedLabeler
from .labeler import Label, Labeler, Outcome, Refusal, label_all
from .open_device import DevicePart, OpenDevice, Supercell
from .plugins import labeler_names, make_labeler
from .spectrum import conductance_window
from .thermo import Thermoelectric, fano_factor, thermoelectric
from .tight_binding import TightBindingLabeler, TightBindingOptions

__all__ = [
    "ArrayCache",
    "AtomicChannels",
    "ChainLabeler",
    "DeviceFacts",
    "DeviceLabeler",
    "DeviceMatrices",
    "DevicePart",
    "ElectrodeFacts",
    "ErrorBar",
    "Explained",
    "GuardedLabeler",
    "Label",
    "Labeler",
    "OpenDevice",
    "Outcome",
    "Refusal",
    "Supercell",
    "Thermoelectric",
    "TightBindingLabeler",
    "TightBindingOptions",
    "atomic_channels",
    "conductance_window",
    "explain",
    "fano_factor",
    "junction_channels",
    "label_all",
    "label_device",
    "label_error",
    "labeler_names",
    "labelled_device",
    "make_device_labeler",
    "make_labeler",
    "thermoelectric",
]
