"""Whether an image keeps the promises of its kind, whoever made it."""
