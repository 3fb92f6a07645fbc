# A multi-stage image as users of Poetry write it by hand: the lock is exported, pip installs it into a
# virtual environment, and the last stage has only that.
ARG BASE
FROM ${BASE} AS builder
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /build
# What `poetry export --without dev` writes; Poetry itself stays out of the last stage either way.
COPY requirements.txt ./
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    python3 -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir --requirement requirements.txt

FROM ${BASE}
RUN apt-get update \
 && apt-get install --yes --no-install-recommends procps tini libjemalloc2 \
 && rm -rf /var/lib/apt/lists/*
ENV LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libjemalloc.so.2 \
    PYSPARK_PYTHON=/opt/venv/bin/python3 \
    PYTHONHASHSEED=0 \
    PATH=/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
RUN groupadd --gid 1099 spark && useradd --uid 1099 --gid 1099 --create-home spark
COPY --from=builder /opt/venv /opt/venv
COPY src /opt/code
USER spark
