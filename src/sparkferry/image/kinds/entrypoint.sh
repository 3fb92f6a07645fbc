#!/bin/bash
# What the first argument asks for, for Kubernetes and for standalone clusters; anything else is run
# as it is. The image starts this below tini, and every process is exec'ed, so that signals arrive.
# Nothing of the environment is printed: it may hold secrets.
set -euo pipefail
shopt -s inherit_errexit

: "${SPARK_HOME:=/opt/spark}"
export SPARK_HOME
conf="${SPARK_CONF_DIR:-$SPARK_HOME/conf}"

fail() {
  echo "entrypoint: $1" >&2
  exit 2
}

# Hadoop asks for the name of its user. Kubernetes may choose a number without one; where the image
# lets its user write /etc/passwd, it gets one.
name_user() {
  if ! getent passwd "$(id -u)" >/dev/null && [ -w /etc/passwd ]; then
    echo "$(id -u):x:$(id -u):$(id -g):${SPARK_USER_NAME:-spark}:$SPARK_HOME:/bin/false" >>/etc/passwd
  fi
}

# Address by which other pods reach this one: their names are not known to each other.
address() {
  local found="${SPARK_POD_IP:-}"
  [ -n "$found" ] || found="$(hostname -i)"
  echo "${found%% *}"
}

# Kubernetes sets variables for each Service: one named `spark-master` makes SPARK_MASTER_PORT a URL,
# which Spark takes for a number.
drop_service_links() {
  local name
  for name in SPARK_MASTER_PORT SPARK_WORKER_PORT; do
    if [[ "${!name:-}" == *://* ]]; then unset "$name"; fi
  done
}

# Spark's worker offers all memory of the machine; inside of a container it is the limit that counts.
# 1 GiB stays with the worker itself.
limit_memory() {
  [ -z "${SPARK_WORKER_MEMORY:-}" ] || return 0
  local file limit=max
  for file in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
    if [ -r "$file" ]; then read -r limit <"$file"; break; fi
  done
  # Without a limit the first says `max`, the second a number beyond every machine.
  if [[ "$limit" =~ ^[0-9]{1,15}$ ]] && ((limit > 1536 << 20)); then
    export SPARK_WORKER_MEMORY="$(((limit >> 20) - 1024))m"
  fi
}

# Without a master spark-submit would quietly run in one process.
needs_master() {
  local argument
  for argument in "$@"; do
    if [[ "$argument" == --master || "$argument" == --master=* ]]; then return 0; fi
  done
  [ -n "${SPARK_MASTER_URL:-}" ] || fail "SPARK_MASTER_URL is not set: give it as spark://host:7077"
}

class_path() {
  local path="$conf:$SPARK_HOME/jars/*"
  [ -z "${HADOOP_CONF_DIR:-}" ] || path="$HADOOP_CONF_DIR:$path"
  [ -z "${SPARK_CLASSPATH:-}" ] || path="$SPARK_CLASSPATH:$path"
  [ -z "${SPARK_EXTRA_CLASSPATH:-}" ] || path="$path:$SPARK_EXTRA_CLASSPATH"
  [ -z "${SPARK_DIST_CLASSPATH:-}" ] || path="$path:$SPARK_DIST_CLASSPATH"
  echo "$path"
}

# The driver sends the whole command of an executor in numbered variables, the options that Java 17
# needs among them. spark-class has no way to pass these on but variables that Java prints.
run_executor() {
  local options=() number=0 name=SPARK_JAVA_OPT_0
  while [ -n "${!name+set}" ]; do
    options+=("${!name}")
    number=$((number + 1))
    name="SPARK_JAVA_OPT_$number"
  done
  local java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
  exec "$java" ${options[@]+"${options[@]}"} \
    "-Xms$SPARK_EXECUTOR_MEMORY" "-Xmx$SPARK_EXECUTOR_MEMORY" -cp "$(class_path)" \
    org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend \
    --driver-url "$SPARK_DRIVER_URL" \
    --executor-id "$SPARK_EXECUTOR_ID" \
    --cores "$SPARK_EXECUTOR_CORES" \
    --app-id "$SPARK_APPLICATION_ID" \
    --hostname "$SPARK_EXECUTOR_POD_IP" \
    --resourceProfileId "${SPARK_RESOURCE_PROFILE_ID:-0}" \
    --podName "${SPARK_EXECUTOR_POD_NAME:-}" \
    "$@"
}

[ $# -gt 0 ] || fail "say what to run: driver, executor, master, worker, submit, or a command"
name_user
command="$1"
case "$command" in
  driver)
    shift
    host="${SPARK_DRIVER_BIND_ADDRESS:-$(address)}"
    exec "$SPARK_HOME/bin/spark-submit" \
      --conf "spark.driver.bindAddress=$host" --deploy-mode client "$@"
    ;;
  executor)
    shift
    run_executor "$@"
    ;;
  master)
    shift
    drop_service_links
    host="${SPARK_MASTER_HOST:-$(address)}"
    exec "$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.master.Master --host "$host" "$@"
    ;;
  worker)
    shift
    drop_service_links
    limit_memory
    if [ $# -eq 0 ]; then
      needs_master
      set -- "$SPARK_MASTER_URL"
    fi
    host="$(address)"
    exec "$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.worker.Worker \
      --host "$host" --work-dir "${SPARK_WORKER_DIR:-$SPARK_HOME/work-dir}" "$@"
    ;;
  submit)
    shift
    needs_master "$@"
    host="$(address)"
    exec "$SPARK_HOME/bin/spark-submit" ${SPARK_MASTER_URL:+--master "$SPARK_MASTER_URL"} \
      --conf "spark.driver.host=$host" --conf spark.driver.bindAddress=0.0.0.0 "$@"
    ;;
  *)
    exec "$@"
    ;;
esac
