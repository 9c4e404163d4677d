"""``python -m pilotzone``: the same as the command ``pilotzone``, with the Python that was named."""

from __future__ import annotations

from pilotzone.cli import main

if __name__ == "__main__":
    main()
