"""Effects of a zone that exists: on one zone or a few (`few`), or on many units (`many`)."""
