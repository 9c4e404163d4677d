"""The lab: a local web application that calls the kinds of study and has no number of its own.

It needs the extra ``lab``. A page is drawn from what a study leaves; whatever is on the screen is a study file.
"""

from pilotzone.app.screen import Screen, study_text
from pilotzone.app.serving import serve

__all__ = ["Screen", "serve", "study_text"]
