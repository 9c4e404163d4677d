"""Effects of a zone that exists: on one zone or a few (`few`), on many units (`many`), by dose (`dose`), and who gains
(`inclusion`)."""
