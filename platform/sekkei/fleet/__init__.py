"""The same work on many Ray actors, and campaigns that resume."""
