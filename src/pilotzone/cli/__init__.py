"""The command line: one file per command."""

from pilotzone.cli.app import main

__all__ = ["main"]
