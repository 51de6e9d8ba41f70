/** The metadata store on a real PostgreSQL. @module */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { withServices } from "services/fixture.ts";
import { TickhouseError } from "tickhouse/errors.ts";
import { metadataConformance } from "tickhouse/metadata/conformance.ts";
import { openMetadata } from "tickhouse/metadata/open.ts";
import { postgresEngine } from "tickhouse/metadata/postgres.ts";
import { storeOn } from "tickhouse/metadata/store.ts";
import { Place } from "../cli/command.ts";

const { postgres } = await withServices(["postgres"]);
const url = postgres.variables["TICKHOUSE_METADATA"] ?? "";

metadataConformance("postgres", async () => {
  // A schema a test: others may use the database at the same time.
  const place = { url, schema: `test_${crypto.randomUUID().replaceAll("-", "")}` };
  const engine = () => postgresEngine(place);
  const store = await storeOn(engine());
  return {
    store,
    engine,
    place,
    open: () => storeOn(engine()),
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]();
      await using last = engine();
      await last.bare.schema.dropSchema(place.schema).ifExists().cascade().execute();
    },
  };
});

const FAULTS: Record<string, [change: (url: URL) => void, code: string, kind: string]> = {
  "with a wrong password": [
    (url) => url.password = "wr0ng-passw0rd",
    "METADATA_DENIED",
    "terminal",
  ],
  "without such a database": [(url) => url.pathname = "/nowhere", "METADATA_DENIED", "terminal"],
  "that is away": [(url) => url.port = "1", "METADATA_UNAVAILABLE", "transient"],
  "on a host that is none": [
    (url) => url.hostname = "nowhere.invalid",
    "METADATA_UNAVAILABLE",
    "transient",
  ],
};

for (const [what, [change, code, kind]] of Object.entries(FAULTS)) {
  Deno.test(`a PostgreSQL ${what} gives an error that says so, without the password`, async () => {
    const changed = new URL(url);
    change(changed);
    const error = await assertRejects(
      () => openMetadata({ home: "unused", metadata: changed.href }),
      TickhouseError,
    );
    assertEquals([error.code, error.kind, error.field], [code, kind, "TICKHOUSE_METADATA"]);
    assert(error.fix);
    assert(!error.message.includes(changed.password), error.message);
    assert(!Deno.inspect(error, { depth: 9 }).includes(changed.password));
  });
}

Deno.test("a user without rights gets an error that says what is missing", async () => {
  const schema = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  await using admin = postgresEngine({ url, schema });
  await using _store = await storeOn(admin);
  const role = `role_${crypto.randomUUID().replaceAll("-", "")}`;
  const changed = new URL(url);
  changed.username = role;
  const { sql } = await import("kysely");
  await sql`create role ${sql.id(role)} login password ${sql.lit(changed.password)}`
    .execute(admin.bare);
  const error = await assertRejects(
    () => storeOn(postgresEngine({ url: changed.href, schema })),
    TickhouseError,
  );
  assertEquals(error.code, "METADATA_DENIED");
  await admin.bare.schema.dropSchema(schema).cascade().execute();
  await sql`drop role ${sql.id(role)}`.execute(admin.bare);
});

Deno.test("the command line notes its runs in PostgreSQL, with no more rights than it needs", async () => {
  using place = new Place();
  const env = { TICKHOUSE_METADATA: url };
  const streamed = await place.run(["stream", "--limit", "20", "--no-models"], env);
  assertEquals(streamed.code, 0, streamed.err);
  const status = await place.run(["status"], env);
  assertMatch(status.out, /stream .* proven/);
  const doctor = await place.run(["doctor", "--all"], env);
  assertMatch(doctor.out, /ok .*metadata .*tables of 0001_start in postgres:\/\/127/);
  const password = new URL(url).password;
  for (const { out, err } of [streamed, status, doctor]) {
    assert(!`${out}${err}`.includes(password), out);
  }
});

Deno.test("a stream whose PostgreSQL is away does not start, and says so", async () => {
  using place = new Place();
  const away = new URL(url);
  away.port = "1";
  const env = { TICKHOUSE_METADATA: away.href };
  const { code, err } = await place.run(["stream", "--limit", "20"], env);
  assertEquals(code, 2, err);
  assertMatch(err, /error METADATA_UNAVAILABLE: TICKHOUSE_METADATA is "postgres:\/\/127.0.0.1:1/);
  const status = await place.run(["status"], env);
  assertEquals(status.code, 0, status.err);
  assertMatch(status.err, /^metadata {3}.*does not answer/m);
});
