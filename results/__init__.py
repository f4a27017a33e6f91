"""The outputs of runs: the folder of a run, its summary and its figures."""
