import { assert, assertEquals, assertRejects } from "@std/assert";
import { TickhouseError } from "../errors.ts";
import { attempt, mayPass, Patience, remoteError, Silence, StoreRefusal } from "./remote.ts";

const never = new AbortController().signal;
const VOCABULARY = {
  server: ["TICKHOUSE_S3_ENDPOINT", "http://store"] as const,
  key: "TICKHOUSE_S3_ACCESS_KEY",
  meanings: [{
    codes: /^NoSuchBucket$/,
    code: "BUCKET_MISSING" as const,
    field: "TICKHOUSE_S3_BUCKET",
    fix: "x",
  }],
};

Deno.test("attempt() tries again what may pass, and throws the last failure", async () => {
  let tries = 0;
  const fail = (error: Error) => () => {
    tries++;
    return Promise.reject(error);
  };
  const last = new StoreRefusal(503, "SlowDown", "busy");
  assertEquals(
    await assertRejects(() => attempt({ attemptsMax: 2, signal: never }, fail(last))),
    last,
  );
  assertEquals(tries, 2);
  const terminal = new StoreRefusal(403, "AccessDenied", "no");
  const run = () => attempt({ attemptsMax: 5, signal: never }, fail(terminal));
  assertEquals(await assertRejects(run), terminal);
  assertEquals(tries, 3);
});

Deno.test("attempt() stops when its signal aborts, though the server asks to wait", async () => {
  const stop = new AbortController();
  const busy = () => {
    queueMicrotask(() => stop.abort());
    return Promise.reject(new StoreRefusal(429, "", "busy", "3600"));
  };
  await assertRejects(() => attempt({ attemptsMax: 5, signal: stop.signal }, busy));
});

Deno.test("StoreRefusal reads Retry-After in seconds and as a date", () => {
  assertEquals(new StoreRefusal(503, "", "", "7").retryAfterMs, 7_000);
  const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
  const { retryAfterMs } = new StoreRefusal(503, "", "", inAnHour);
  assert(retryAfterMs > 3_000_000 && retryAfterMs <= 3_600_000);
  for (const odd of ["", "soon", "-5", null]) {
    assertEquals(new StoreRefusal(503, "", "", odd).retryAfterMs, 0);
  }
});

Deno.test("mayPass() tells a server in trouble from one that means it", () => {
  const passing = [408, 429, 500, 502, 503, 504].map((status) => new StoreRefusal(status, "", ""));
  passing.push(new StoreRefusal(409, "ConditionalRequestConflict", ""));
  passing.push(new StoreRefusal(400, "RequestTimeout", ""));
  for (const error of [...passing, new Silence("connection reset")]) assert(mayPass(error));
  const meant = [301, 400, 403, 404, 409, 412, 501].map((status) =>
    new StoreRefusal(status, "", "")
  );
  const untrusted = new Silence("invalid peer certificate: UnknownIssuer");
  for (const error of [...meant, untrusted, new Error("a bug")]) assert(!mayPass(error));
});

Deno.test("remoteError() names the setting at fault", () => {
  const said = (cause: unknown) => {
    const { code, kind, field } = remoteError(cause, VOCABULARY);
    return [code, kind, field];
  };
  const server = "TICKHOUSE_S3_ENDPOINT";
  assertEquals(said(new Silence("cut")), ["STORE_UNAVAILABLE", "transient", server]);
  assertEquals(said(new StoreRefusal(404, "NoSuchBucket", "")), [
    "BUCKET_MISSING",
    "terminal",
    "TICKHOUSE_S3_BUCKET",
  ]);
  assertEquals(said(new StoreRefusal(403, "AccessDenied", "")), [
    "STORE_FORBIDDEN",
    "terminal",
    "TICKHOUSE_S3_ACCESS_KEY",
  ]);
  assertEquals(said(new StoreRefusal(400, "Odd", "")), ["STORE_REFUSED", "terminal", server]);
  assertEquals(said(new Silence("invalid peer certificate")), ["STORE_FAILED", "terminal", server]);
  const own = new TickhouseError("DISK_FULL", "full");
  assertEquals(remoteError(own, VOCABULARY), own);
});

Deno.test("Patience runs out, unless chunks come", async () => {
  const short = new Patience(5);
  await new Promise((resolve) => short.signal.addEventListener("abort", resolve));
  assert(short.signal.reason instanceof Silence);
  const long = new Patience(60_000);
  assertEquals(await Array.fromAsync(long.watch([1, 2])), [1, 2]);
  long.end();
  assert(!long.signal.aborted);
});
