from .making import make_backup
from .manifest import Manifest
from .place import Places
from .restoring import Restored, restore_backup

__all__ = ["Manifest", "Places", "Restored", "make_backup", "restore_backup"]
