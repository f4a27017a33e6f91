"""Published results, reproduced by the production kernels."""
