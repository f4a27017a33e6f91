"""What runs leave: the folder of a run, its summary and its figures."""
