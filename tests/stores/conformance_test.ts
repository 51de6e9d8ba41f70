import { storeConformance } from "tickhouse/store/conformance.ts";
import { PLACES } from "./servers.ts";

for (const place of PLACES) {
  for (const [what, prefix] of [["a bucket", ""], ["a folder of a bucket", "raw/v=1/"]] as const) {
    storeConformance(`${place.name} in ${what}`, async () => {
      const { open } = await place.fresh();
      const store = await open({ prefix });
      return { store, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
    });
  }
}
