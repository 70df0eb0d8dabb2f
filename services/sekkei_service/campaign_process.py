"""The process of a campaign: runs the command line, and keeps how it began and ended.

It is no child that ends with the service: it has a session of its own, writes to files only, and a
service that starts later finds it again by them.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

COMMAND, PROCESS, ENDED = "command.json", "process.json", "ended.json"


def main(folder: Path) -> int:
    """Run the command that a folder holds, and write how it ended."""
    # Whoever starts services in the background of a script lets them ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    write_json(folder / PROCESS, {"pid": os.getpid(), "started_unix_s": time.time()})
    try:
        code = _run(folder)
    except KeyboardInterrupt:  # while its libraries load, before the command could take it
        code = 130
    write_json(folder / ENDED, {"code": code, "ended_unix_s": time.time()})
    return code


def _run(folder: Path) -> int:
    from sekkei.cli.app import prepare_environment, run  # noqa: PLC0415  (after it is known)

    prepare_environment()
    command: list[str] = json.loads((folder / COMMAND).read_text("utf-8"))
    return run(command)


def write_json(file: Path, content: Any) -> None:
    """Write a small file; a reader sees all of it or none."""
    draft = file.with_suffix(".part")
    draft.write_text(json.dumps(content), "utf-8")
    draft.replace(file)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
