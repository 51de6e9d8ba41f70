import { assertEquals } from "@std/assert";
import { openMetadata } from "../metadata/open.ts";
import { TempFolder } from "../testing.ts";
import { keepListing } from "./listing.ts";
import type { Listing } from "./provider.ts";

const SERIES = { provider: "yahoo", symbol: "ACME" };
const NASDAQ: Listing = { exchange: "XNAS", currency: "USD", name: "Acme", listedUs: null };

Deno.test("keepListing() keeps what is told once, and another listing from its day on", async () => {
  using folder = new TempFolder();
  await using metadata = await openMetadata({ home: folder.path, metadata: "" });
  const keep = (listing: Listing, day: string) => keepListing(metadata, SERIES, listing, day);
  assertEquals(await keep(NASDAQ, "2026-01-05"), undefined);
  assertEquals(await keep({ ...NASDAQ, name: "Acme Inc." }, "2026-01-06"), undefined);
  assertEquals(await keep({ ...NASDAQ, exchange: null }, "2026-01-06"), undefined);
  const moved = await keep({ ...NASDAQ, exchange: "XLON", currency: "GBp" }, "2026-01-07");
  assertEquals(moved, "it is listed at XLON in GBp now, at XNAS in USD before");
  const at = async (day: string) => (await metadata.symbols.at("yahoo", "ACME", day))?.exchange;
  assertEquals([await at("2020-01-01"), await at("2026-01-06")], ["XNAS", "XNAS"]);
  assertEquals(await at("2026-01-07"), "XLON");
});

Deno.test("keepListing() leaves what a person keeps, and nothing that is not told", async () => {
  using folder = new TempFolder();
  await using metadata = await openMetadata({ home: folder.path, metadata: "" });
  const nothing: Listing = { exchange: null, currency: null, name: null, listedUs: null };
  await keepListing(metadata, SERIES, nothing, "2026-01-05");
  assertEquals(await metadata.symbols.list(), []);
  await metadata.symbols.add({
    ...{ ...SERIES, instrument: "ACME-1", exchange: "XLON", currency: "GBp", name: null },
    ...{ validFrom: null, validTo: null, source: "me" },
  });
  assertEquals(await keepListing(metadata, SERIES, NASDAQ, "2026-01-05"), undefined);
  assertEquals((await metadata.symbols.at("yahoo", "ACME", "2026-01-05"))?.exchange, "XLON");
});
