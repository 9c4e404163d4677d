"""How much units and clusters vary, by how many of them that is known, and where too few are known for an error."""
