/** The rows of the tables, as the query builder sees them: names in camel case. @module */
import type { Range } from "./range.ts";
import type { Series } from "./metadata.ts";

/** Table by name. */
export interface Tables {
  runs: RunsTable;
  watermarks: WatermarksTable;
  coverage: CoverageTable;
  requests: RequestsTable;
  gaps: GapsTable;
  symbols: SymbolsTable;
  actions: ActionsTable;
  bodies: BodiesTable;
}

interface RunsTable {
  id: string;
  verb: string;
  route: string | null;
  source: string | null;
  host: string;
  pid: number;
  startedUs: number;
  seenUs: number;
  endedUs: number | null;
  status: string;
  report: string | null;
}

interface WatermarksTable extends Series, Range {
  lastTimeUs: number | null;
  updatedUs: number;
}

interface CoverageTable extends Series, Range {
  askedUs: number;
  outcome: string;
  sha256: string | null;
}

interface RequestsTable {
  provider: string;
  keyHash: string;
  day: string;
  used: number;
}

interface GapsTable extends Series, Range {
  id: string;
  reason: string;
  state: string;
  detail: string | null;
  noticedUs: number;
  closedUs: number | null;
  filledBy: string | null;
}

interface SymbolsTable {
  id: string;
  provider: string;
  symbol: string;
  instrument: string;
  exchange: string | null;
  currency: string | null;
  name: string | null;
  validFrom: string | null;
  validTo: string | null;
  source: string;
}

interface ActionsTable {
  source: string;
  symbol: string;
  exDate: string;
  kind: string;
  version: number;
  amount: string;
  currency: string | null;
  seenUs: number;
}

interface BodiesTable {
  sha256: string;
  provider: string;
  url: string;
  askedUs: number;
  status: number;
  bytes: number;
  objectKey: string;
}
