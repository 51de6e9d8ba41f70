/** What stores behind a network must do besides the port's promises. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { TickhouseError } from "tickhouse/errors.ts";
import type { ObjectStore } from "tickhouse/store/store.ts";
import { TempFolder } from "tickhouse/testing.ts";
import { type Fault, FaultProxy } from "./fault_proxy.ts";
import type { Fresh, Place } from "./places.ts";
import { PLACES } from "./servers.ts";

const MIB = 1024 * 1024;
const SMALL = { requestMs: 400, partBytes: 5 * MIB };

/** What each test starts with. */
interface Tools {
  readonly place: Place;
  readonly fresh: Fresh;
  readonly proxy: FaultProxy;
  /** A store whose requests pass the proxy, opened before there are faults. */
  readonly store: ObjectStore;
  /** A new file of that text, or of that many random bytes. */
  file(content: string | number): string;
}

function test(behaviour: string, run: (tools: Tools) => Promise<void>): void {
  for (const place of PLACES) {
    Deno.test(`${place.name}: ${behaviour}`, async () => {
      using folder = new TempFolder();
      const fresh = await place.fresh();
      await using proxy = await FaultProxy.start(place.url);
      await using store = await fresh.open({ url: proxy.url, ...SMALL });
      let count = 0;
      const file = (content: string | number) => {
        const path = join(folder.path, String(count++));
        if (typeof content === "string") Deno.writeTextFileSync(path, content);
        else Deno.writeFileSync(path, noise(content));
        return path;
      };
      await run({ place, fresh, proxy, store, file });
    });
  }
}

function noise(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65_536, size)));
  }
  return bytes;
}

/** A write of the object itself, in one piece or the last step of many. */
function isWrite({ method, path }: { method: string; path: string }): boolean {
  return method === "PUT" && !/partNumber=|comp=block(&|$)/.test(path) ||
    method === "POST" && path.includes("uploadId=");
}

async function assertCode(run: () => Promise<unknown>, code: string, kind = "terminal") {
  const error = await assertRejects(run, TickhouseError);
  assertEquals([error.code, error.kind], [code, kind], error.message);
  return error;
}

for (const [what, content] of [["an object", "x"], ["one in parts", 11 * MIB]] as const) {
  for (const fault of ["cut after", "swallow", { status: 500 }] as const) {
    test(`createFromFile() of ${what} knows its own when it is ${text(fault)}`, async (tools) => {
      const { proxy, store, file } = tools;
      const plan: Fault[] = [fault];
      proxy.plan = (request) => isWrite(request) ? plan.shift() : undefined;
      assertEquals(await store.createFromFile("big", file(content), { end: "1" }), true);
      assertEquals(plan, []);
      assertEquals((await store.head("big"))?.metadata, { end: "1" });
      assertEquals(await store.createFromFile("big", file(content), { end: "2" }), false);
    });
  }

  test(`createFromFile() of ${what} knows another's, though it heard nothing`, async (tools) => {
    const { proxy, store, file, fresh } = tools;
    await using other = await fresh.open();
    proxy.plan = async (request) => {
      if (!isWrite(request) || request.before > 0) return undefined;
      await other.createFromFile("big", file("the other's"), { end: "7" });
      return "cut before";
    };
    assertEquals(await store.createFromFile("big", file(content), { end: "1" }), false);
    assertEquals((await store.head("big"))?.metadata, { end: "7" });
    assertEquals(await fresh.unfinished(), []);
  });
}

test("createFromFile() tries again when it is refused for an object that is not there", async (tools) => {
  const { place, proxy, store, file } = tools;
  const taken: Fault = place.name === "azurite"
    ? { status: 409, headers: { "x-ms-error-code": "BlobAlreadyExists" } }
    : { status: 412 };
  const plan: Fault[] = [taken, taken];
  proxy.plan = (request) => isWrite(request) ? plan.shift() : undefined;
  assertEquals(await store.createFromFile("k", file("x"), { end: "1" }), true);
  assertEquals((await store.head("k"))?.metadata, { end: "1" });
  proxy.plan = (request) => isWrite(request) ? taken : undefined;
  const refused = () => store.createFromFile("other", file("x"), {});
  await assertCode(refused, "STORE_UNAVAILABLE", "transient");
});

function text(fault: Fault): string {
  return typeof fault === "object" ? `answered ${fault.status}` : String(fault);
}

test("a storm of refusals is sat out", async ({ proxy, store, file }) => {
  const storm = [503, 429, 500].map((status): Fault => ({
    status,
    headers: { "retry-after": "0" },
  }));
  const refuse = () => storm.shift();
  proxy.plan = refuse;
  assertEquals(await store.createFromFile("k", file("x"), {}), true);
  storm.push({ status: 503 }, "cut before");
  assertEquals(await Array.fromAsync(store.list("")), ["k"]);
  storm.push({ status: 503 }, "hang");
  assertEquals((await store.head("k"))?.size, 1);
  assertEquals(storm, []);
});

test("a storm without end is a transient error, after so many attempts", async (tools) => {
  const { place, proxy, fresh, file } = tools;
  await using store = await fresh.open({ url: proxy.url, attemptsMax: 2, requestMs: 200 });
  for (const fault of [{ status: 503 }, "hang", "cut before", "cut after"] as const) {
    proxy.plan = () => fault;
    proxy.seen.length = 0;
    const { message } = await assertCode(
      () => store.createFromFile(`k${proxy.seen.length}`, file("x"), {}),
      "STORE_UNAVAILABLE",
      "transient",
    );
    assert(message.includes(proxy.url), message);
    // Azure's client sends again by itself when a connection that served before breaks.
    const sent = proxy.seen.length;
    assert(sent === 2 || place.name === "azurite" && sent <= 4, `${text(fault)}: ${sent}`);
    await assertCode(() => store.head("k"), "STORE_UNAVAILABLE", "transient");
    await assertCode(() => store.folders(""), "STORE_UNAVAILABLE", "transient");
    await assertCode(() => store.download("k", file("")), "STORE_UNAVAILABLE", "transient");
  }
});

test("a download that is cut is fetched again, and never seen half", async (tools) => {
  const { proxy, store, file, fresh } = tools;
  const source = file(3 * MIB);
  await store.createFromFile("k", source, {});
  const plan: Fault[] = ["cut answer", "cut answer"];
  proxy.plan = ({ method }) => method === "GET" ? plan.shift() : undefined;
  const copy = file("as it was");
  await store.download("k", copy);
  assertEquals(Deno.readFileSync(copy), Deno.readFileSync(source));
  await using hasty = await fresh.open({ url: proxy.url, attemptsMax: 2 });
  proxy.plan = ({ method }) => method === "GET" ? "cut answer" : undefined;
  const target = file("as it was");
  await assertCode(() => hasty.download("k", target), "STORE_UNAVAILABLE", "transient");
  assertEquals(Deno.readTextFileSync(target), "as it was");
  const names = [...Deno.readDirSync(join(target, ".."))].map((entry) => entry.name);
  assertEquals(names.filter((name) => name.endsWith(".part")), []);
});

test("wrong secrets are refused, and never shown", async ({ fresh, place }) => {
  const secret = btoa("wrong-secret-wrong-secret");
  const error = await assertCode(() => fresh.open({ secret }), "STORE_FORBIDDEN");
  assert(/TICKHOUSE_(S3_SECRET_KEY|AZURE_CONNECTION)/.test(error.field ?? ""), error.message);
  for (const shown of [Deno.inspect(error, { depth: 99, showHidden: true }), error.stack ?? ""]) {
    assert(!shown.includes(secret) && !shown.includes(place.secret), shown);
    assert(!/Signature=|SharedKey /.test(shown), shown);
  }
});

test("a bucket that is missing is named", async ({ fresh }) => {
  const error = await assertCode(() => fresh.open({ bucket: "not-there" }), "BUCKET_MISSING");
  assert(error.message.includes(`"not-there"`), error.message);
});

test("a server that is not there is a transient error", async ({ fresh, place }) => {
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = closed.addr;
  closed.close();
  const url = `http://127.0.0.1:${port}`;
  const error = await assertCode(
    () => fresh.open({ url, attemptsMax: 2 }),
    "STORE_UNAVAILABLE",
    "transient",
  );
  assert(error.message.includes(url), error.message);
  assert(!error.message.includes(place.secret));
});

test("of 12 writers of a large object one wins, and no parts are left", async (tools) => {
  const { fresh, file } = tools;
  await using store = await fresh.open();
  const files = [file(40 * MIB), file(40 * MIB)];
  const writes = Array.from(
    { length: 12 },
    (_, i) => store.createFromFile("big", files[i % 2] ?? "", { by: String(i) }),
  );
  const won = await Promise.all(writes);
  assertEquals(won.filter(Boolean).length, 1);
  const winner = won.indexOf(true);
  assertEquals(await store.head("big"), {
    key: "big",
    size: 40 * MIB,
    metadata: { by: String(winner) },
  });
  const copy = file("");
  await store.download("big", copy);
  assertEquals(Deno.readFileSync(copy), Deno.readFileSync(files[winner % 2] ?? ""));
  assertEquals(await fresh.unfinished(), []);
});

test("a process that is killed while it uploads leaves nothing to see", async (tools) => {
  const { fresh, proxy, file } = tools;
  const reached = Promise.withResolvers<void>();
  let parts = 0;
  proxy.plan = ({ method }) => {
    if (method !== "PUT" || ++parts < 4) return undefined;
    reached.resolve();
    return "hang";
  };
  const script = `const store = await ${fresh.script({ url: proxy.url, partBytes: 5 * MIB })};
    await store.createFromFile("big", ${JSON.stringify(file(30 * MIB))}, {});`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", script],
    stdout: "null",
    stderr: "null",
  }).spawn();
  await reached.promise;
  child.kill("SIGKILL");
  await child.status;
  await using store = await fresh.open();
  assertEquals(await store.head("big"), undefined);
  assertEquals(await Array.fromAsync(store.list("")), []);
  assertEquals(await store.createFromFile("big", file(11 * MIB), {}), true);
});

test("an aborted signal, or closing, ends what hangs", async ({ fresh, proxy, file }) => {
  const stop = new AbortController();
  await using store = await fresh.open({ url: proxy.url, signal: stop.signal });
  const closing = await fresh.open({ url: proxy.url });
  const path = file("x");
  proxy.plan = () => "hang";
  const hanging = [store, closing].map((s) => assertRejects(() => s.createFromFile("k", path, {})));
  hanging.push(...[store, closing].map((s) => assertRejects(() => Array.fromAsync(s.list("")))));
  while (proxy.seen.length < 6) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort();
  await closing[Symbol.asyncDispose]();
  await Promise.all(hanging);
});

test("requests take the proxy that is set", async ({ fresh, proxy, file }) => {
  await using store = await fresh.open({ proxy: proxy.url.replace("//", "//user:p%40ss@") });
  const before = proxy.seen.length;
  await store.createFromFile("k", file("x"), { end: "1" });
  assertEquals((await store.head("k"))?.metadata, { end: "1" });
  await store.download("k", file(""));
  assert(proxy.seen.length >= before + 3);
});

test("a listing of several pages is whole and ascending", async ({ fresh, file }) => {
  await using store = await fresh.open();
  const path = file("x");
  const keys = Array.from({ length: 1_005 }, (_, i) => `t/${String(i).padStart(5, "0")}/x`);
  const left = [...keys];
  const work = async () => {
    for (let key = left.pop(); key; key = left.pop()) await store.createFromFile(key, path, {});
  };
  await Promise.all(Array.from({ length: 16 }, work));
  assertEquals(await Array.fromAsync(store.list("t/")), keys);
  assertEquals(await store.folders("t/"), keys.map((key) => key.slice(2, -2)));
});

test("a server that overwrites is refused when it is opened", async ({ place, fresh, proxy }) => {
  proxy.plan = ({ method }) => method === "PUT" ? done(place) : undefined;
  await assertCode(() => fresh.open({ url: proxy.url }), "STORE_NOT_CONDITIONAL");
});

test("a server that overwrites with the end of an upload is refused then", async (tools) => {
  const { place, store, proxy, file } = tools;
  proxy.plan = (request) => isWrite(request) ? done(place) : undefined;
  await assertCode(() => store.createFromFile("big", file(11 * MIB), {}), "STORE_NOT_CONDITIONAL");
});

/** The answer of a server that did what it was asked to, in S3 and in Azure. */
function done(place: Place): Fault {
  const etag = { etag: `"0x1"` };
  if (place.name === "azurite") return { status: 201, headers: etag };
  return {
    status: 200,
    headers: etag,
    body: "<CompleteMultipartUploadResult><Location>x</Location><ETag>x</ETag>" +
      "</CompleteMultipartUploadResult>",
  };
}
