"""Criteria that are computed from the bundled evidence: a record each, beside the function that finds its values."""
