/** What streamed, from when to when, and how it ended. @module */
import { redactedValue } from "../shown.ts";
import type { Access } from "./engine.ts";
import { checkedTime } from "./range.ts";

/** How a run ended: all is proven, something is not, or an error ended it. */
export type RunOutcome = "proven" | "not_proven" | "failed";

/** What is known of a run when it begins. */
export interface RunStart {
  /** What was typed or called, such as "stream". */
  readonly verb: string;
  /** The preset of settings, if one is in force. */
  readonly route: string | null;
  /** Name of the feed; null without one. */
  readonly source: string | null;
  /** The machine. */
  readonly host: string;
  /** The process on it. */
  readonly pid: number;
  /** Microseconds since 1970 UTC, as all that ends in `Us`. */
  readonly startedUs: number;
}

/** A run. */
export interface RunRecord extends RunStart {
  /** Made at its start. */
  readonly id: string;
  /** Last sign of life. */
  readonly seenUs: number;
  /** Null while it runs, and where the process died. */
  readonly endedUs: number | null;
  /** `died`: it never ended, and gives no sign of life. */
  readonly status: RunOutcome | "running" | "died";
  /** What it said at its end, or the error; null before. */
  readonly report: unknown;
}

/** How a run came out. */
export interface RunEnd {
  /** Microseconds since 1970 UTC. */
  readonly endedUs: number;
  /** What it came to. */
  readonly status: RunOutcome;
  /** The report, or the error, as JSON can hold it; secrets are left out. */
  readonly report: unknown;
}

/** The runs. */
export interface Runs {
  /** Notes that one begins; returns its id. */
  begin(start: RunStart): Promise<string>;
  /** A sign of life: due each `BEAT_MS`. */
  beat(id: string, nowUs: number): Promise<void>;
  /** Notes how it came out. */
  end(id: string, end: RunEnd): Promise<void>;
  /** The latest, that first. `nowUs` tells those that died from those that run. */
  list(options: { readonly limit: number; readonly nowUs: number }): Promise<RunRecord[]>;
}

/** Milliseconds between two signs of life. */
export const BEAT_MS = 10_000;
/** Without one for so long a run is taken for dead. */
const DEAD_US = 6 * BEAT_MS * 1000;

/** Runs in the store's tables. */
export class StoredRuns implements Runs {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  async begin(start: RunStart): Promise<string> {
    const { verb, route, source, host, pid } = start;
    const startedUs = checkedTime("startedUs", start.startedUs);
    const id = crypto.randomUUID();
    const seenUs = startedUs;
    const none = { endedUs: null, status: "running", report: null };
    const row = { id, verb, route, source, host, pid, startedUs, seenUs, ...none };
    await this.#access.ask((db) => db.insertInto("runs").values(row).execute());
    return id;
  }

  async beat(id: string, nowUs: number): Promise<void> {
    const seenUs = checkedTime("nowUs", nowUs);
    await this.#access.ask((db) =>
      db.updateTable("runs").set({ seenUs }).where("id", "=", id).execute()
    );
  }

  async end(id: string, { endedUs, status, report }: RunEnd): Promise<void> {
    const seenUs = checkedTime("endedUs", endedUs);
    const row = { endedUs, seenUs, status, report: JSON.stringify(redactedValue(report)) };
    await this.#access.ask((db) => db.updateTable("runs").set(row).where("id", "=", id).execute());
  }

  async list(
    { limit, nowUs }: { readonly limit: number; readonly nowUs: number },
  ): Promise<RunRecord[]> {
    const rows = await this.#access.ask((db) =>
      db.selectFrom("runs").selectAll().orderBy("startedUs", "desc").orderBy("id").limit(limit)
        .execute()
    );
    return rows.map(({ report, status, ...row }) => {
      const isDead = status === "running" && nowUs - row.seenUs > DEAD_US;
      return {
        ...row,
        status: isDead ? "died" as const : status as RunOutcome | "running",
        report: report === null ? null : JSON.parse(report),
      };
    });
  }
}
