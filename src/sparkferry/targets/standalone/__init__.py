"""An existing Spark standalone cluster; the driver runs on this machine."""
