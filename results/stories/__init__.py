"""Stories of single providers, told from the event log."""
