"""The sections of a spark-submit call; pure."""
