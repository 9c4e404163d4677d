"""Effects of a zone that exists: on a few units (`few`), on many (`many`), by dose (`dose`), who gains (`inclusion`)."""
