"""What runs on the cluster: standard library and pyspark only."""
