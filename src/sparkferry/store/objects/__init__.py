"""What stores behind HTTP share: one store over the service of each."""
