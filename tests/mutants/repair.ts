/** Defects of what looks after dead letters, and of what takes records back. @module */
import type { Mutant } from "./mutant.ts";

const DEAD = "pipeline/dead/dead_test.ts";
const HISTORY = "pipeline/withdraw/history_test.ts";
const WITHDRAW = "pipeline/house/withdraw_test.ts";
const TRUTH = "pipeline/house/withdraw_truth_test.ts";

export const REPAIR_MUTANTS: readonly Mutant[] = [
  {
    name: "a letter is replayed once a sink that keeps it",
    file: "pipeline/dead/replay.ts",
    from: "    if (seen.has(letter.name)) continue;\n",
    to: "",
    test: DEAD,
    filter: "is appended again once",
  },
  {
    name: "what was replayed is not noted",
    file: "pipeline/dead/replay.ts",
    from: "state: String(replayed) };",
    to: "state: String(this.#replayed) };",
    test: DEAD,
    filter: "is appended again once",
  },
  {
    name: "what was replayed is noted in a commit of its own",
    file: "pipeline/dead/replay.ts",
    from: "await this.#broker.produce(this.#topic, records, cursor);",
    to: "await this.#broker.produce(this.#topic, records);\n    " +
      "await this.#broker.produce(this.#topic, [], cursor);",
    test: DEAD,
    filter: "is cut at any commit",
  },
  {
    name: "a letter counts once for each sink",
    file: "pipeline/dead/letters.ts",
    from: "name: place ? placeText(place) : nameOfRow(letter),",
    to: 'name: place ? placeText(place) + headers["sink"] : nameOfRow(letter),',
    test: DEAD,
    filter: "counts once",
  },
  {
    name: "an export reads bytes that are no text as text",
    file: "pipeline/dead/payload.ts",
    from: "{ fatal: true, ignoreBOM: true }",
    to: "{ fatal: false, ignoreBOM: true }",
    test: DEAD,
    filter: "byte for byte",
  },
  {
    name: "an export drops a byte-order mark",
    file: "pipeline/dead/payload.ts",
    from: "{ fatal: true, ignoreBOM: true }",
    to: "{ fatal: true }",
    test: DEAD,
    filter: "byte for byte",
  },
  {
    name: "a withdrawal brings back what was cancelled",
    file: "pipeline/withdraw/history.ts",
    from: 'this.of(truth, "action") !== "cancel" ? truth',
    to: 'this.of(truth, "action") !== "" ? truth',
    test: HISTORY,
    filter: "brings back nothing that was taken back",
  },
  {
    name: "a withdrawal brings back what an earlier one took back",
    file: "pipeline/withdraw/history.ts",
    from: "const counting = history.slice(from + 1);",
    to: "const counting = history.slice(from * 0);",
    test: HISTORY,
    filter: "brings back nothing that was taken back",
  },
  {
    name: "a withdrawal takes the latest record for what counts, whatever its sequence",
    file: "pipeline/withdraw/history.ts",
    from: "if (found && own < rank) continue;",
    to: "if (found && own < -1n) continue;",
    test: HISTORY,
    filter: "follows sequences",
  },
  {
    name: "a withdrawal falls back to what is set aside",
    file: "pipeline/withdraw/search.ts",
    from: "isAhead: isAhead === true",
    to: "isAhead: isAhead === null",
    test: TRUTH,
    filter: "falls back to nothing",
  },
  {
    name: "a withdrawal says again what is set aside",
    file: "pipeline/withdraw/history.ts",
    from: "record !== then && !record.isAhead",
    to: "record !== then",
    test: "tests/reference/withdraw_test.ts",
    filter: "what would count if what is taken back",
  },
  {
    name: "a withdrawal rounds what it brings back",
    file: "pipeline/withdraw/history.ts",
    from: 'return jsonDecimal(cell.includes(".") ? cell.replace(/\\.?0+$/, "") : cell);',
    to: "return String(Number(cell));",
    test: WITHDRAW,
    filter: "to the last digit",
  },
  {
    name: "the cursor of a file moves before all is taken back",
    file: "pipeline/withdraw/append.ts",
    from: "await this.#flush(undefined);",
    to: "await this.#flush(this.#cursor);",
    test: WITHDRAW,
    filter: "cut in the middle",
  },
  {
    name: "a withdrawal does not ask whether the warehouse is behind",
    file: "pipeline/withdraw/standing.ts",
    from: "if (at >= next) continue;",
    to: "if (at >= 0) continue;",
    test: WITHDRAW,
    filter: "is behind the log",
  },
  {
    name: "what comes in the middle of a withdrawal is passed over",
    file: "pipeline/withdraw/search.ts",
    from: "HAVING min(CASE",
    to: "HAVING count(*) > 9 AND min(CASE",
    test: WITHDRAW,
    filter: "not passed over in silence",
  },
];
