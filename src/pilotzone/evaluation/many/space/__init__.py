"""Where units are: exposure to treatment nearby, and errors of units that vary together."""
