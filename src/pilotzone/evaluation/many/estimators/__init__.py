"""Effects by cohort and period from moments, their averages, and the record of each estimator."""
