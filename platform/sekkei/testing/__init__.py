"""Laws and fakes for people who write adapters."""
