"""Kafka to S3 as tutorials do it: consume a record, put an object. Prints what it took as JSON."""

import json
import os
import resource
import time

import boto3
from confluent_kafka import Consumer

records = int(os.environ["RECORDS"])
group = os.environ["GROUP"]
consumer = Consumer(
    {
        "bootstrap.servers": os.environ["BROKERS"],
        "group.id": group,
        "auto.offset.reset": "earliest",
    }
)
consumer.subscribe(["ticks"])
s3 = boto3.client("s3", endpoint_url=os.environ["ENDPOINT"])

count = 0
started = None
while count < records:
    message = consumer.poll(1.0)
    if message is None or message.error():
        continue
    started = started or time.perf_counter()
    tick = json.loads(message.value())
    key = f"{group}/{tick['symbol']}/{message.partition()}-{message.offset()}.json"
    s3.put_object(Bucket="raw", Key=key, Body=json.dumps(tick))
    count += 1

usage = resource.getrusage(resource.RUSAGE_SELF)
seconds = time.perf_counter() - started
print(json.dumps({"seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime}))
