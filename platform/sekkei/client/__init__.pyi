from .answer import Campaign, CampaignAttempt, CampaignProgress, ServedHistogram
from .campaign import RemoteCampaigns
from .connection import Connection, connect
from .design import RemoteDesigns
from .lake import RemoteLake, RemoteQuery
from .model import RemoteModels

__all__ = [
    "Campaign",
    "CampaignAttempt",
    "CampaignProgress",
    "Connection",
    "RemoteCampaigns",
    "RemoteDesigns",
    "RemoteLake",
    "RemoteModels",
    "RemoteQuery",
    "ServedHistogram",
    "connect",
]
