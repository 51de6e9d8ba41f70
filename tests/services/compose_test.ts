import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { imageOf, imagesIn } from "services/compose/pin.ts";
import { SECRETS } from "services/compose/secrets.ts";
import { BUCKETS } from "services/kit/s3.ts";
import { IMAGES, VERSIONS } from "services/kit/versions.ts";
import { DATASETS } from "tickhouse/datasets/datasets.ts";
import { deadLetterTopic } from "tickhouse/datasets/dataset.ts";
import { parse } from "yaml";
import * as z from "zod";

const ROOT = join(import.meta.dirname ?? "", "..", "..");
const DURATION = /^\d+(ms|s|m)$/;
const MINUTES_5 = 300;

const seconds = z.string().regex(DURATION);

/** Of the Compose specification what the file uses; whatever else stands there is a mistake. */
const service = z.strictObject({
  image: z.string().optional(),
  build: z.literal("./services/snowflake").optional(),
  restart: z.enum(["no", "unless-stopped"]),
  profiles: z.array(z.string()).min(1).optional(),
  command: z.union([z.string(), z.array(z.string())]).optional(),
  entrypoint: z.array(z.string()).optional(),
  environment: z.record(z.string().regex(/^[A-Z0-9_]+$/), z.union([z.string(), z.number()]))
    .default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(
    z.string(),
    z.strictObject({
      condition: z.enum(["service_started", "service_healthy", "service_completed_successfully"]),
    }),
  ).default({}),
  healthcheck: z.strictObject({
    test: z.union([z.string(), z.array(z.string()).min(2)]),
    interval: seconds,
    timeout: seconds,
    retries: z.int().positive(),
    start_period: seconds.optional(),
  }).optional(),
});

const file = z.looseObject({
  name: z.literal("tickhouse"),
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
});

const text = Deno.readTextFileSync(join(ROOT, "docker-compose.yml"));
const compose = file.parse(parse(text, { merge: true }));
const services = Object.entries(compose.services);
const dockerfile = Deno.readTextFileSync(join(ROOT, "services/snowflake/Dockerfile"));

Deno.test("docker-compose.yml has nothing at the top but services, volumes and extensions", () => {
  const names = Object.keys(compose).filter((name) => !name.startsWith("x-"));
  assertEquals(names.sort(), ["name", "services", "volumes"]);
});

Deno.test("docker-compose.yml: the images are those of services/kit/versions.ts, each at a fixed tag", () => {
  const named = [...imagesIn(text), ...imagesIn(dockerfile)].map(imageOf);
  const used = new Set([...imagesIn(text), ...imagesIn(dockerfile)].map((i) => i.split("@")[0]));
  assertEquals([...used].sort(), Object.values(IMAGES).sort());
  // To the patch level, or to the day; Python is what fakesnow asks for.
  for (const { tag } of named) {
    assertMatch(tag, /^v?\d+\.\d+(\.\d+|$)|-\d\dZ$|^3\.12-slim-bookworm$/);
  }
  for (const [name, { image, build }] of services) {
    assertEquals([image, build].filter((one) => one !== undefined).length, 1, name);
    if (image) {
      assert(imagesIn(text).includes(image), `${name}: compose:pin would not see ${image}`);
    }
  }
  assert(dockerfile.includes(`'fakesnow[server]==${VERSIONS.snowflake}'`));
});

Deno.test("docker-compose.yml: an image is pinned in all places or in none, to what is a digest", () => {
  const all = [...imagesIn(text), ...imagesIn(dockerfile)];
  const digests = all.map((reference) => imageOf(reference).digest);
  assertEquals(new Set(digests.map((digest) => digest === undefined)).size, 1);
});

Deno.test("docker-compose.yml: passwords come from .env, which is made first; none is written down", () => {
  const secrets = new Set<string>();
  for (const [name, { environment }] of services) {
    for (const [variable, value] of Object.entries(environment)) {
      if (!/PASSWORD|SECRET|KEY|ACCOUNTS|CONNECTION|MINIO_ROOT_USER/.test(variable)) continue;
      const [, asked = ""] =
        /\$\{([A-Z0-9_]+):\?run `deno task compose:env` first\}/.exec(String(value)) ?? [];
      assert(asked !== "", `${name}: ${variable} is ${value}`);
      secrets.add(asked);
    }
  }
  const made = SECRETS.map((secret) => secret.name);
  for (const asked of secrets) assert(made.includes(asked), `compose:env does not make ${asked}`);
  // A default would be a password that all share.
  for (const [found] of text.matchAll(/\$\{\w+:?-[^}]*\}/g)) assert(false, found);
  assert(!/Account(Key|Name)=(?!\$|tickhouse)/.test(text));
  const ignored = Deno.readTextFileSync(join(ROOT, ".gitignore")).split("\n");
  assert(ignored.includes(".env"));
});

Deno.test("docker-compose.yml: a start installs nothing and fetches nothing", () => {
  const installs =
    /\b(pip3?|apt(-get)?|apk|npm|npx|yarn|dnf|curl|wget|go) (install|i|add|get|update|-[a-zA-Z]*[oO]\b)/;
  for (const [name, { command, entrypoint }] of services) {
    const words = [command ?? "", entrypoint ?? ""].flat().join(" ");
    assert(!installs.test(words), `${name}: ${words}`);
  }
});

Deno.test("docker-compose.yml: what runs on has a health check, what ends has none", () => {
  for (const [name, { restart, healthcheck }] of services) {
    assertEquals(healthcheck !== undefined, restart === "unless-stopped", name);
    if (!healthcheck) continue;
    const { retries, interval, start_period = "0s" } = healthcheck;
    const patience = retries * Number.parseInt(interval) + Number.parseInt(start_period);
    assert(patience >= 30 && patience <= MINUTES_5, `${name} has ${patience} s to get healthy`);
  }
});

Deno.test("docker-compose.yml: who waits for another waits for its health, in the same profiles", () => {
  for (const [name, { depends_on, profiles = [] }] of services) {
    for (const [other, { condition }] of Object.entries(depends_on)) {
      const target = compose.services[other];
      assert(target, `${name} waits for ${other}, which is not there`);
      assertEquals(condition, "service_healthy", `${name} waits for ${other}`);
      assert(target.healthcheck, `${other} has no health check`);
      // One that a profile leaves out can't be waited for.
      for (const needed of target.profiles ?? []) assert(profiles.includes(needed), name);
    }
  }
});

Deno.test("docker-compose.yml: without a profile there are kafka and minio, with topics and buckets", () => {
  const plain = services.filter(([, { profiles }]) => !profiles).map(([name]) => name);
  assertEquals(plain.sort(), ["buckets", "kafka", "minio", "topics"]);
});

Deno.test("docker-compose.yml: ports are bound to this machine, none twice", () => {
  const ports = services.flatMap(([, service]) => service.ports);
  for (const port of ports) assertMatch(port, /^127\.0\.0\.1:\d+:\d+$/);
  const hosts = ports.map((port) => port.split(":")[1]);
  assertEquals(new Set(hosts).size, hosts.length);
});

Deno.test("docker-compose.yml: each volume is declared, and is one server's", () => {
  const mounted = services.flatMap(([, service]) =>
    service.volumes.map((v) => v.split(":")[0] ?? "")
  );
  // What begins with a dot or with ${PWD} is a folder of the checkout.
  const used = mounted.filter((name) => !/^(\.|\$\{PWD\})/.test(name));
  assertEquals(used.sort(), Object.keys(compose.volumes).sort());
});

Deno.test("docker-compose.yml: brokers advertise the port that is bound, and know all voters", () => {
  for (const cluster of [["kafka"], ["kafka-1", "kafka-2", "kafka-3"]]) {
    for (const [i, name] of cluster.entries()) {
      const { environment = {}, ports = [] } = compose.services[name] ?? {};
      const host = ports[0]?.split(":")[1];
      const advertised = `PLAINTEXT://127.0.0.1:${host},INTERNAL://${name}:29092`;
      assertEquals(environment["KAFKA_ADVERTISED_LISTENERS"], advertised);
      assertEquals(environment["KAFKA_NODE_ID"], i + 1);
      const voters = cluster.map((voter, i) => `${i + 1}@${voter}:29093`).join();
      assertEquals(environment["KAFKA_CONTROLLER_QUORUM_VOTERS"], voters);
      assertEquals(environment["KAFKA_DEFAULT_REPLICATION_FACTOR"], cluster.length);
    }
  }
});

Deno.test("docker-compose.yml: topics are those of the datasets, with their partitions", () => {
  const expected = DATASETS.flatMap(({ topic, partitions }) => [
    `${topic}:${partitions}`,
    `${deadLetterTopic(topic)}:1`,
  ]);
  for (const name of ["topics", "cluster-topics"]) {
    const made = String(compose.services[name]?.environment["TOPICS"]).split(/\s+/);
    assertEquals(made, expected, name);
  }
});

Deno.test("docker-compose.yml: buckets and containers are those of deno task services", () => {
  for (const [name, variable] of [["buckets", "BUCKETS"], ["containers", "CONTAINERS"]] as const) {
    const made = String(compose.services[name]?.environment[variable]).split(" ");
    assertEquals(made, [...BUCKETS]);
  }
});

Deno.test("docker-compose.yml: each line of shell is one that sh can read, when $$ is $", async () => {
  for (const [name, { command, entrypoint }] of services) {
    for (const words of [command, entrypoint]) {
      const at = Array.isArray(words) ? words.findIndex((word) => /^-e?c$/.test(word)) : -1;
      const script = Array.isArray(words) && at > 0 ? words[at + 1] ?? "" : "";
      // A single $ would be Compose's own variable.
      assert(!/(?<!\$)\$(?![${])/.test(script.replaceAll("$$", "")), `${name}: ${script}`);
      const args = ["-n", "-c", script.replaceAll("$$", "$")];
      const { success } = await new Deno.Command("sh", { args }).output();
      assert(success, `${name}: ${script}`);
    }
  }
});

Deno.test("services/kafka/pom.xml and services/azurite/package.json name the same versions", () => {
  const pom = Deno.readTextFileSync(join(ROOT, "services/kafka/pom.xml"));
  assertEquals(/<kafka\.version>(.*?)</.exec(pom)?.[1], VERSIONS.kafka);
  const list = Deno.readTextFileSync(join(ROOT, "services/azurite/package.json"));
  assertEquals(JSON.parse(list).dependencies.azurite, VERSIONS.azurite);
});

Deno.test("docs/services.md names the same versions", () => {
  const lines = Deno.readTextFileSync(join(ROOT, "docs/services.md")).split("\n");
  for (const [name, version] of Object.entries({ ...VERSIONS, postgres: "13" })) {
    const row = lines.find((line) => line.startsWith(`| \`${name}\` `)) ?? "";
    const short = /[0-9a-f]{12}$/.exec(version)?.[0] ?? version.replace(/^v/, "");
    assert(row.includes(short), `${name} ${version}: ${row}`);
  }
});
