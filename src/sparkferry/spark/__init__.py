"""What we know of Spark: versions, distribution, Java, spark-submit, class-data archive."""
