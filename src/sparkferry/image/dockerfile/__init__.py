"""The equivalent Dockerfile, for those who must build with Docker or on a remote builder."""
