"""Schemathesis's opinion of the whole API: what it sends is answered as the description says.

SEKKEI_SCHEMATHESIS_EXAMPLES says how many requests it makes up for each operation, beside those
that it derives from the description.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("schemathesis")
LIMITS = {"requests_per_minute": 1_000_000, "denials_per_minute": 1_000_000}
# Structures are text, of a kind that it does not know. Where an address and its headers are longer
# than 64 KiB, the server below the application answers, not the application.
HOOKS = """\
import schemathesis

schemathesis.serializer.alias("chemical/x-extxyz", "text/plain")


@schemathesis.hook
def filter_case(context, case):
    return len(f"{case.path_parameters}{case.query}{case.headers}") < 4_000
"""
# What is of the right shape may still name what the lake does not have, or be no campaign: 422.
# The address of the dry run is that of a campaign of this name, too, so that it allows GET.
SETTINGS = """\
[checks]
positive_data_acceptance.enabled = false

[[operations]]
include-path = "/v1/campaigns/dry-run"
checks.allow_header_conformance.enabled = false
"""


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("role", ["reader", "operator", "administrator"])
def test_every_operation_answers_as_it_is_described(
    serve, shelf, filled_lake: Path, tmp_path: Path, role: str
) -> None:
    lake = shutil.copytree(filled_lake, tmp_path / "lake")  # campaigns of its own fill it
    service = serve(shelf, lake=lake, limits=LIMITS)
    (tmp_path / "hooks.py").write_text(HOOKS, "utf-8")
    (tmp_path / "schemathesis.toml").write_text(SETTINGS, "utf-8")
    examples = os.environ.get("SEKKEI_SCHEMATHESIS_EXAMPLES", "5")
    token = f"Authorization: Bearer {service.tokens[role]}"
    sent = ["--header", token, "--max-examples", examples, "--seed", "1"]
    phases = ["--phases", "examples,coverage,fuzzing", "--continue-on-failure"]
    told = ["--no-color", "--warnings", "off", "--generation-database", "none"]
    patient = ["--request-timeout", "120"]  # many other programs may run beside

    done = subprocess.run(
        [PROGRAM, "run", f"{service.url}/openapi.json", *sent, *phases, *told, *patient],
        env=os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    assert done.returncode == 0, (done.stdout + done.stderr)[-20_000:]
