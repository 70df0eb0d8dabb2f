"""``sekkei campaign``: mass production."""

import typer

from sekkei.cli import campaign_cluster, campaign_run
from sekkei.cli.campaign_rerun import rerun

app = typer.Typer(name="campaign", help="Mass production of experiments and labels.")
campaign_cluster.register(app)
campaign_run.register(app)
app.command("rerun")(rerun)
