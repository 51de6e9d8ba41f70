import { sinkConformance } from "tickhouse/sink/conformance.ts";
import { FORMATS, lakeUnderTest } from "tickhouse/lake/fixture.ts";
import { PLACES } from "./servers.ts";

for (const place of PLACES) {
  // A second server of S3 has nothing new to say about formats, but for many small objects.
  for (const format of place.name === "versitygw" ? ["json"] as const : FORMATS) {
    sinkConformance(`LakeSink ${format} on ${place.name}`, async (dataset, trap) => {
      const store = await (await place.fresh()).open();
      return await lakeUnderTest(store, dataset, trap, { format });
    });
  }
}
