"""What every test run needs: shape checks that cost no more than they must."""

from importlib.util import cache_from_source

from jaxtyping import _import_hook

_optimized = _import_hook._optimized_cache_from_source


def _only_ours(typechecker_hash: str, /, path: str, debug_override: bool | None = None) -> str:
    """Return where the compiled code of a module is kept."""
    # jaxtyping looks for code of its own making also for what our modules import, torch and SciPy
    # among it, and compiles all of it in every run: 15 CPU-seconds.
    if "sekkei" in path:
        return str(_optimized(typechecker_hash, path, debug_override))
    return cache_from_source(path, debug_override)


_import_hook._optimized_cache_from_source = _only_ours
