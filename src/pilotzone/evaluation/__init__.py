"""Effects of a zone that exists: on one zone or a few (`few`), on many units (`many`), and who gains (`inclusion`)."""
