"""The command line as a whole: its commands, what all of them share, and how it ends."""

from __future__ import annotations

import errno
import os
import sys
from dataclasses import dataclass
from importlib import metadata
from typing import Annotated

import typer

from pilotzone.cli.appraise import appraise
from pilotzone.cli.compare import compare
from pilotzone.cli.design import design
from pilotzone.cli.evaluate import evaluate
from pilotzone.cli.evidence import evidence
from pilotzone.cli.init import init
from pilotzone.cli.lab import lab
from pilotzone.cli.place import place
from pilotzone.cli.run import run
from pilotzone.cli.schema import schema
from pilotzone.cli.site import site
from pilotzone.cli.strict import StrictCommand
from pilotzone.cli.studies import studies
from pilotzone.cli.transfer import transfer
from pilotzone.cli.verify import verify
from pilotzone.core import PilotZoneError, UsageError

__all__ = ["app", "main"]

_BROKEN_PIPE = 141
"""128 + SIGPIPE: the reader of our output has gone, as with ``| head``. What shells report for other programs."""

_INTERRUPTED = 130
"""128 + SIGINT."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
"""What the system says where there is no room, or none for this user."""

# \b keeps the line breaks.
_EPILOG = """
\b
Exit codes:
  0    it ran, whatever the verdict
  1    a fault of pilotzone's own
  2    usage: a command, a name or a study file that cannot be right
  3    data that cannot be read, or cannot carry the design
  4    a run that differs when it is recomputed (verify)
  5    a run that can be recomputed in part, and is the same there (verify)
  130  interrupted
"""

# Plain help instead of Rich's: half the time, no boxes, the same in every terminal and encoding.
app = typer.Typer(
    name="pilotzone",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
    epilog=_EPILOG,
)
_COMMANDS = (
    run,
    evaluate,
    studies,
    evidence,
    site,
    place,
    design,
    appraise,
    transfer,
    init,
    schema,
    verify,
    compare,
    lab,
)
for _command in _COMMANDS:
    app.command(_command.__name__, cls=StrictCommand)(_command)


@dataclass
class _Settings:
    """What holds for all commands."""

    debug: bool = False


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pilotzone {metadata.version('pilotzone')}")
        raise typer.Exit


@app.callback()
def shared(
    context: typer.Context,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where an error arose (also: PILOTZONE_DEBUG=1).")
    ] = False,
    _: Annotated[
        bool,
        typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Tell whether a zone raised development without harming the environment, and whether the data can tell."""
    context.obj.debug = context.obj.debug or debug


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from pilotzone.cli.screen import forgive_encodings

    forgive_encodings()
    settings = _Settings(debug=os.environ.get("PILOTZONE_DEBUG", "0") not in {"", "0"})
    sys.exit(_flushed(_ending(settings)))


def _ending(settings: _Settings) -> int:
    """Run the command that was asked for; return the exit code, having said what went wrong."""
    try:
        app(obj=settings, prog_name="pilotzone")
    except SystemExit as stop:
        # Typer and Rich end the process with 1 when nobody reads our output any more.
        code = _BROKEN_PIPE if isinstance(stop.__context__, BrokenPipeError) else stop.code
        if code == _INTERRUPTED:
            _say("Interrupted.")
        return code if isinstance(code, int) else int(code is not None)
    except BrokenPipeError:
        return _BROKEN_PIPE
    except KeyboardInterrupt:
        _say("Interrupted.")
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the one place where nothing may pass
        return _explained(error, settings)
    return 0


def _explained(error: Exception, settings: _Settings) -> int:
    """Say what went wrong; return the exit code."""
    from pilotzone.cli.screen import show_error

    if settings.debug:
        import traceback

        _say("".join(traceback.format_exception(error)).rstrip())
    readable = error if isinstance(error, PilotZoneError) else _in_words(error, settings)
    show_error(readable)
    return readable.exit_code


def _in_words(error: Exception, settings: _Settings) -> PilotZoneError:
    if isinstance(error, MemoryError):
        return UsageError(
            "there is not enough memory.", todo="bring fewer units or series, or allow the process more memory"
        )
    if isinstance(error, OSError):
        # Files are dealt with where they are read and written; what is left is the output, as on a full disk.
        place = f" ({error.filename})" if error.filename else ""
        what = f"the system reports: {error.strerror or error}{place}."
        # A disk is for its user to tidy; the rest may be our oversight.
        return UsageError(what, todo="make room") if error.errno in _FULL else PilotZoneError(what)
    what = f"something went wrong that is not your doing: {type(error).__name__}: {error}"
    hint = "run it again with 'pilotzone --debug ...' and report what it shows"
    return PilotZoneError(what, todo=None if settings.debug else hint)


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _flushed(code: int) -> int:
    """Flush while errors can still be told; what cannot be written is dropped, or the interpreter would complain."""
    if sys.stdout is None:  # the caller closed it
        return code
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _BROKEN_PIPE
    except OSError as error:
        if code == 0:
            _say(f"Error: the output cannot be written: {error.strerror}.")
        code = code or UsageError.exit_code
    else:
        return code
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code
