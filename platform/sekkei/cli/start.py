"""Where the program begins: Ctrl-C is heard before anything large is imported."""

from sekkei.cli.interruption import Interruption


def main() -> None:
    """Run the program and end the process."""
    Interruption.listen()
    from sekkei.cli.app import main as run

    run()
