"""The kinds of images: what each promises to whoever runs it."""
