"""Why a provider moved, or did not: the event log, the terms of each decision and the barriers."""
