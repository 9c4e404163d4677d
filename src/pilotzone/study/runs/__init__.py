"""What is true of every run: reading, auditing, writing, verifying, comparing."""
