"""Dialects, one a file; each module has `DIALECT`. Nothing in here knows another dialect."""
