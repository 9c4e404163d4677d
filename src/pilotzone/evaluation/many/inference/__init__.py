"""From effects to rows that may be printed: bands, intervals, p-values, randomisation."""
