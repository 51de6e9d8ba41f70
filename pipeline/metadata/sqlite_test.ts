/** The metadata store in a file. @module */
import { join } from "node:path";
import { TempFolder } from "../testing.ts";
import { metadataConformance } from "./conformance.ts";
import { sqliteEngine } from "./sqlite.ts";
import { storeOn } from "./store.ts";

metadataConformance("sqlite", async () => {
  const folder = new TempFolder();
  const path = join(folder.path, "home", "metadata.sqlite");
  const engine = () => sqliteEngine({ path });
  const store = await storeOn(engine());
  return {
    store,
    engine,
    place: { path },
    open: () => storeOn(engine()),
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
});
