/** The metadata store on a real PostgreSQL. @module */
import { withServices } from "services/fixture.ts";
import { metadataConformance } from "tickhouse/metadata/conformance.ts";
import { postgresEngine } from "tickhouse/metadata/postgres.ts";
import { storeOn } from "tickhouse/metadata/store.ts";

const { postgres } = await withServices(["postgres"]);
const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE } = postgres.variables;
const url = `postgres://${PGUSER}:${PGPASSWORD}@${PGHOST}:${PGPORT}/${PGDATABASE}`;

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
