from .client import connect

__version__: str

__all__ = ["connect"]
