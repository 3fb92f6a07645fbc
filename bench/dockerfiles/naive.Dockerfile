# The image of the first attempt: one stage, build tools and Poetry inside, nothing tidied up.
ARG BASE
FROM ${BASE}
WORKDIR /app
RUN apt-get update
RUN apt-get install --yes procps tini libjemalloc2 build-essential python3-dev
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    python3 -m venv /poetry && /poetry/bin/pip install poetry poetry-plugin-export
# What `poetry export` writes.
COPY requirements.txt ./
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    python3 -m venv /opt/venv && /opt/venv/bin/pip install --requirement requirements.txt
RUN groupadd --gid 1099 spark && useradd --uid 1099 --gid 1099 --create-home spark
ENV PYSPARK_PYTHON=/opt/venv/bin/python3
COPY src ./src
