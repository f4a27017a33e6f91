"""Results folders: how runs are kept, recorded and read."""
