"""Campaigns: what a specification lists minus what a lake holds, by a pool that is handed over."""
