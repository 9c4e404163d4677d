"""Effects of a zone that exists: on few units (`few`), on many (`many`), by dose (`dose`), who gains (`inclusion`)."""
