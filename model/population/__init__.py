"""Who provides care: a synthetic population of providers, its traits, its network and its start."""
