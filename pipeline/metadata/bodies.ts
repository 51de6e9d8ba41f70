/** Answers of providers, kept as they came. @module */
import { TickhouseError } from "../errors.ts";
import { redacted } from "../shown.ts";
import type { Access } from "./engine.ts";
import { checkedTime } from "./range.ts";

/** An answer: what was asked, and where its bytes are. */
export interface Body {
  /** Of the bytes. */
  readonly sha256: string;
  /** As rows and the ledger name it, such as "yahoo". */
  readonly provider: string;
  /** What was asked, without the key. */
  readonly url: string;
  /** When it was asked, microseconds since 1970 UTC. */
  readonly askedUs: number;
  /** Of HTTP. */
  readonly status: number;
  /** Their count. */
  readonly bytes: number;
  /** Where they are in the raw bucket. */
  readonly objectKey: string;
}

/** The answers. */
export interface Bodies {
  /** Notes one; the same again changes nothing. Throws `BODY_SECRET` for a URL with a key in it. */
  add(body: Body): Promise<void>;
  /** Those of these bytes, in order of time asked: the same may come more than once. */
  find(sha256: string): Promise<Body[]>;
}

/** Answers in the store's tables. */
export class StoredBodies implements Bodies {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  async add({ sha256, provider, url, askedUs, status, bytes, objectKey }: Body): Promise<void> {
    if (redacted(url) !== url) {
      throw new TickhouseError("BODY_SECRET", "its URL has a key in it, which is kept nowhere", {
        field: "url",
        value: url,
        fix: "leave the key out before it is noted",
      });
    }
    checkedTime("askedUs", askedUs);
    const row = { sha256, provider, url, askedUs, status, bytes, objectKey };
    await this.#access.ask((db) =>
      db.insertInto("bodies").values(row)
        .onConflict((on) => on.columns(["sha256", "url", "askedUs"]).doNothing()).execute()
    );
  }

  async find(sha256: string): Promise<Body[]> {
    return await this.#access.ask((db) =>
      db.selectFrom("bodies").selectAll().where("sha256", "=", sha256).orderBy("askedUs")
        .orderBy("url").execute()
    );
  }
}
