import { installLibrdkafka } from "services/librdkafka.ts";
import { brokerConformance } from "tickhouse/broker/conformance.ts";
import { freshBroker, sharedKafka } from "./rig.ts";

const kafka = sharedKafka();

brokerConformance("KafkaBroker (librdkafka)", async () => {
  const libraryPath = await installLibrdkafka();
  return freshBroker(await kafka(), { client: "librdkafka", libraryPath });
});
