"""Effects of a zone that exists."""
