"""Two or three zones, with dates of their own."""
