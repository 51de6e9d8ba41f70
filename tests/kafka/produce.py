"""Produces the lines of a file as messages without keys, as Confluent's client for Python does.

Arguments: the brokers, the topic, the file, and how often the file is sent.
"""
import sys

from confluent_kafka import Producer

brokers, topic, path, times = sys.argv[1:5]
producer = Producer({"bootstrap.servers": brokers, "acks": "all", "sticky.partitioning.linger.ms": 0})
with open(path, "rb") as file:
    lines = file.read().splitlines()
for _ in range(int(times)):
    for line in lines:
        while True:
            try:
                producer.produce(topic, value=line)
                break
            except BufferError:
                producer.poll(0.1)
left = producer.flush(30)
sys.exit(1 if left else 0)
