# A careful multi-stage image: pip installs by hash into one directory, and each change costs one layer.
ARG BASE
FROM ${BASE} AS builder
SHELL ["/bin/bash", "-o", "pipefail", "-euc"]
RUN python3 -m venv --without-pip /opt/job/python && mkdir /opt/job/packages
COPY requirements.txt /build/
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=cache,target=/var/cache/pip \
    python3 -m pip --python /opt/job/python/bin/python3 install --no-deps --no-compile --require-hashes \
    --cache-dir /var/cache/pip --only-binary :all: --target /opt/job/packages -r /build/requirements.txt \
 && PYTHONHASHSEED=0 python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/job/packages

FROM ${BASE}
RUN apt-get update \
 && apt-get install --yes --no-install-recommends procps tini libjemalloc2 \
 && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 1099 spark && useradd --uid 1099 --gid 1099 --create-home spark
COPY --from=builder /opt/job/python /opt/job/python
COPY --from=builder /opt/job/packages /opt/job/packages
COPY src /opt/job/code
ENV LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libjemalloc.so.2 \
    PYSPARK_PYTHON=/opt/job/python/bin/python3 \
    PYTHONPATH=/opt/job/code:/opt/job/packages \
    PYTHONHASHSEED=0
USER spark
