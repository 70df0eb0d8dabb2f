"""Filters of rows: parsed, checked, evaluated lazily on columns."""
