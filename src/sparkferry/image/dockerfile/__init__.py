"""The same image for those who build with Docker: a Dockerfile that adds the layers that we make."""
