PYTHONHASHSEED=0 spark-submit \
  --master spark://127.0.0.1:7077 \
  --deploy-mode client \
  --name flights-20260101-120000-aaaa \
  --conf 'spark.archives=file:///store/layers/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#python,file:///store/layers/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb#packages,file:///store/layers/cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc#code' \
  --conf spark.driver.bindAddress=127.0.0.1 \
  --conf spark.driver.host=127.0.0.1 \
  --conf spark.driver.memory=1g \
  --conf spark.executor.cores=1 \
  --conf 'spark.executor.extraJavaOptions=-Da='"'"'b c'"'"'' \
  --conf spark.executor.memory=2g \
  --conf spark.executorEnv.PYTHONHASHSEED=0 \
  --conf spark.files.useFetchCache=false \
  --conf spark.pyspark.driver.python=/state/runs/flights-20260101-120000-aaaa/environment/python/bin/python3 \
  --conf spark.pyspark.python=./python/bin/python3 \
  --conf spark.sql.shuffle.partitions=4 \
  --conf spark.ui.port=0 \
  --conf spark.ui.showConsoleProgress=false \
  /state/runs/flights-20260101-120000-aaaa/environment/code/sparkferry_main.py \
  --spec '{"args": {"partitions": 8}, "argv": ["a\nb"], "config": {}, "entry": "flights.jobs:run", "job": "flights", "output": "file:///store/outputs/flights-20260101-120000-aaaa", "report": "/state/runs/flights-20260101-120000-aaaa/report", "run_id": "flights-20260101-120000-aaaa", "script": null, "sets": {"month": "it'"'"'s 1"}, "strict": false, "tier": "dev"}'
