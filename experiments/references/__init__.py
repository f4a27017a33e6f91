"""Published results beside what the kernels give: one file a family of models."""
