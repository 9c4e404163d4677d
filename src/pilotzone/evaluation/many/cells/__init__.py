"""Which effects there are: cohorts, periods and outcomes, and the weights of effects in averages."""
