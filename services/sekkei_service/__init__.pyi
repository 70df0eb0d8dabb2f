from .app import create_app
from .settings import ServiceSettings
from .token import TokenStore

__all__ = ["ServiceSettings", "TokenStore", "create_app"]
