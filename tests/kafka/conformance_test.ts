import { brokerConformance } from "tickhouse/broker/conformance.ts";
import { freshBroker, sharedKafka } from "./rig.ts";

const kafka = sharedKafka();

for (const client of ["platformatic", "kafkajs"] as const) {
  brokerConformance(`KafkaBroker (${client})`, async () => freshBroker(await kafka(), { client }));
}
