import * as assert from "@std/assert";
import * as async from "@std/async";
import * as csv from "@std/csv";
import { afterAll, beforeEach, describe, it } from "@std/testing/bdd";

const { assertEquals, assertRejects, assertThrows } = assert;

/** Names that a file of signatures declares as values. */
async function declared(path: string): Promise<string[]> {
  const text = await Deno.readTextFile(new URL(path, import.meta.url));
  return [...text.matchAll(/^export (?:class|function) (\w+)/gm)].map((m) => m[1] ?? "");
}

describe("the stand-ins", () => {
  it("have at run time all that their signatures declare", async () => {
    const files: [object, string[]][] = [
      [assert, ["./assert/assert.d.ts"]],
      [async, ["./async/deadline.d.ts", "./async/delay.d.ts", "./async/retry.d.ts"]],
      [csv, ["./csv/csv.d.ts"]],
    ];
    for (const [module, paths] of files) {
      for (const name of (await Promise.all(paths.map(declared))).flat()) {
        assertEquals(typeof (module as Record<string, unknown>)[name], "function", name);
      }
    }
  });

  it("fail what is false", () => {
    assertThrows(() => assertEquals<unknown>({ a: [1] }, { a: [2] }), assert.AssertionError);
    assertThrows(() => assert.assert(0), assert.AssertionError);
    assertThrows(() => assertThrows(() => 1), assert.AssertionError);
    assertThrows(() => assert.assertObjectMatch({ a: 1 }, { a: 2 }), assert.AssertionError);
  });

  it("parse and write CSV", async () => {
    assertEquals(csv.parse('a,"b ""c"""\r\n1,"2\n3"\n'), [["a", 'b "c"'], ["1", "2\n3"]]);
    assertEquals(csv.parse("a,b\n1,2", { skipFirstRow: true }), [{ a: "1", b: "2" }]);
    assertThrows(() => csv.parse('a,"b'), SyntaxError);
    assertEquals(csv.stringify([["a", 'b"']], { headers: false }), 'a,"b"""\r\n');
    const stream = ReadableStream.from(["a,", "b\n1", ",2\n"]).pipeThrough(
      new csv.CsvParseStream(),
    );
    assertEquals(await Array.fromAsync(stream), [["a", "b"], ["1", "2"]]);
  });

  it("retry, and stop waiting when aborted", async () => {
    let calls = 0;
    const twice = () => ++calls < 3 ? Promise.reject(new Error("not yet")) : Promise.resolve(calls);
    assertEquals(await async.retry(twice, { minTimeout: 0, jitter: 0 }), 3);
    const never = () => Promise.reject(new Error("never"));
    const error = await assertRejects(
      () => async.retry(never, { maxAttempts: 2, minTimeout: 0 }),
      async.RetryError,
    );
    assertEquals((error.cause as Error).message, "never");
    await assertRejects(() => async.delay(60_000, { signal: AbortSignal.abort() }));
    await assertRejects(() => async.deadline(new Promise<void>(() => {}), 1), DOMException);
  });
});

describe("the hooks", () => {
  let runs = 0;
  beforeEach(() => {
    runs++;
  });
  afterAll(() => assertEquals(runs, 2));
  it("run before each test", () => assertEquals(runs, 1));
  it("and before the next one", () => assertEquals(runs, 2));
});
