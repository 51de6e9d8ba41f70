import { assertEquals, assertRejects } from "@std/assert";
import { jsonCodec } from "tickhouse/codec/json.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { PositionConflict, TickhouseError } from "tickhouse/errors.ts";
import {
  StreamingSink,
  type StreamingSinkOptions,
} from "tickhouse/snowflake/streaming/streaming_sink.ts";
import { batchOf, DeadLetterTrap, validBatch, validMessage } from "tickhouse/testing.ts";
import { type Fault, FaultProxy, type Seen } from "../stores/fault_proxy.ts";
import { makeKey } from "./keys.ts";
import { makeBronze, startSnowduck, streamingOptions } from "./snowduck.ts";

const key = makeKey();
const server = await startSnowduck();
globalThis.addEventListener("unload", () => key[Symbol.dispose]());

let databases = 0;

/** A sink behind a proxy that does to requests what the plan says. */
interface Rig {
  readonly sink: StreamingSink;
  readonly trap: DeadLetterTrap;
  readonly proxy: FaultProxy;
  rows(columns: string): Promise<unknown[][]>;
  open(): Promise<StreamingSink>;
}

async function withRig(
  run: (rig: Rig) => Promise<void>,
  more: Partial<StreamingSinkOptions> = {},
): Promise<void> {
  const database = `FAULTS_${++databases}`;
  await makeBronze(server, database, ticks);
  await using proxy = await FaultProxy.start(server.url);
  proxy.plan = undisturbed(proxy);
  const trap = new DeadLetterTrap();
  const open = () =>
    StreamingSink.open({
      snowflake: streamingOptions(proxy, database, key.path),
      dataset: ticks,
      codec: jsonCodec,
      deadLetters: trap.queue,
      pipe: "bronze.ticks",
      rest: { waitMs: 5, attemptsMax: 4 },
      commitS: 5,
      ...more,
    });
  await using sink = await open();
  const rows = (columns: string) =>
    server.query(`SELECT ${columns} FROM ${database}.bronze.ticks ORDER BY _partition, _offset`);
  await run({ sink, trap, proxy, rows, open });
}

/** Nothing happens, but that rows go through the proxy too. */
function undisturbed(proxy: FaultProxy) {
  return ({ path }: Seen): Fault =>
    path.startsWith("/v2/streaming/hostname")
      ? { status: 200, body: JSON.stringify({ hostname: new URL(proxy.url).host }) }
      : undefined;
}

/** Does `fault` to the next `times` requests whose path holds `part`. */
function disturb(proxy: FaultProxy, part: string, fault: Fault, times = 1): void {
  const plain = undisturbed(proxy);
  proxy.plan = (seen) => seen.path.includes(part) && times-- > 0 ? fault : plain(seen);
}

function statusOf(status: Record<string, unknown>): Fault {
  return { status: 200, body: JSON.stringify({ channel_statuses: { TICKS_P0: status } }) };
}

async function offsets({ rows }: Rig): Promise<number[]> {
  return (await rows("_offset")).map(([offset]) => Number(offset));
}

Deno.test("StreamingSink: values arrive exactly: decimals, times, text", async () => {
  await withRig(async ({ sink, rows }) => {
    const message = {
      ...validMessage(ticks, 0),
      symbol: `BRK.A "ü🚀"`,
      price: "612345.12345678",
      size: 0.00000001,
      event_time: 1_763_700_000_123_456,
    };
    await sink.write([batchOf("ticks", 0, 0, [message])]);
    const found = await rows("symbol, price::VARCHAR, size::VARCHAR, event_time::VARCHAR, _topic");
    assertEquals(found, [
      [`BRK.A "ü🚀"`, "612345.12345678", "0.00000001", "2025-11-21 04:40:00.123456", "ticks"],
    ]);
  });
});

Deno.test("StreamingSink: a batch larger than a request travels in pieces, in order", async () => {
  await withRig(async (rig) => {
    await rig.sink.write([validBatch(ticks, 0, 0, 100), validBatch(ticks, 1, 0, 5)]);
    assertEquals(await offsets(rig), [...Array(100).keys(), ...Array(5).keys()]);
    const requests = rig.proxy.seen.filter(({ path }) => path.includes("/rows?")).length;
    assertEquals(requests > 10, true, `${requests} requests`);
    assertEquals(await rig.sink.position("ticks", 0), 100);
  }, { requestBytesMax: 2000 });
});

Deno.test("StreamingSink: after a batch broken off, the position tells how far it is", async () => {
  await withRig(async (rig) => {
    let sent = 0;
    const plain = undisturbed(rig.proxy);
    rig.proxy.plan = (seen) =>
      seen.path.includes("/rows?") && ++sent === 4 ? { status: 503 } : plain(seen);
    const batch = validBatch(ticks, 0, 0, 100);
    const error = await assertRejects(() => rig.sink.write([batch]), TickhouseError);
    assertEquals(error.kind, "transient");
    const position = await rig.sink.position("ticks", 0);
    // Weaker than a transaction: a part of the batch is there. But each piece whole, and told.
    assertEquals(position > 0 && position < 100, true);
    assertEquals(await offsets(rig), [...Array(position).keys()]);
    await rig.sink.write([validBatch(ticks, 0, position, 100 - position)]);
    assertEquals(await offsets(rig), [...Array(100).keys()]);
  }, { requestBytesMax: 2000 });
});

for (
  const [what, fault] of [
    ["is lost on its way there", "cut before"],
    ["is lost on its way back", "cut after"],
    ["is answered by 500 in between", { status: 500, body: "{}" }],
  ] as const
) {
  Deno.test(`StreamingSink: a request that ${what} repeats and loses nothing`, async () => {
    await withRig(async (rig) => {
      await rig.sink.write([validBatch(ticks, 0, 0, 3)]);
      disturb(rig.proxy, "/rows?", fault);
      const error = await assertRejects(
        () => rig.sink.write([validBatch(ticks, 0, 3, 4)]),
        TickhouseError,
      );
      assertEquals([error.code, error.kind], ["SNOWFLAKE_UNAVAILABLE", "transient"]);
      const position = await rig.sink.position("ticks", 0);
      assertEquals(position, fault === "cut after" ? 7 : 3);
      await rig.sink.write([validBatch(ticks, 0, position, 10 - position)]);
      assertEquals(await offsets(rig), [...Array(10).keys()]);
    });
  });
}

Deno.test("StreamingSink: requests that change nothing are sent again by themselves", async () => {
  for (const part of ["/oauth/token", "/channels/ticks_p0", ":bulk-channel-status"]) {
    await withRig(async (rig) => {
      disturb(rig.proxy, part, { status: 429, body: "slow down" }, 2);
      await rig.sink.write([validBatch(ticks, 0, 0, 3)]);
      assertEquals(await offsets(rig), [0, 1, 2]);
    });
    await withRig(async (rig) => {
      disturb(rig.proxy, part, "cut after");
      await rig.sink.write([validBatch(ticks, 0, 0, 3)]);
      assertEquals(await offsets(rig), [0, 1, 2]);
    });
  }
});

Deno.test("StreamingSink: a token that expired is replaced", async () => {
  await withRig(async (rig) => {
    await rig.sink.write([validBatch(ticks, 0, 0, 3)]);
    disturb(rig.proxy, "/rows?", { status: 401, body: `{"code":"390112"}` });
    await rig.sink.write([validBatch(ticks, 0, 3, 3)]);
    assertEquals(await offsets(rig), [0, 1, 2, 3, 4, 5]);
    const tokens = rig.proxy.seen.filter(({ path }) => path.startsWith("/oauth/token"));
    assertEquals(tokens.length, 2);
  });
});

Deno.test("StreamingSink: write() waits until rows are committed, and says if they are not", async () => {
  await withRig(async ({ sink, proxy }) => {
    await sink.write([validBatch(ticks, 0, 0, 3)]);
    const behind = statusOf({ last_committed_offset_token: "00000000000000000002" });
    disturb(proxy, ":bulk-channel-status", behind, 3);
    await sink.write([validBatch(ticks, 0, 3, 3)]);
    disturb(proxy, ":bulk-channel-status", behind, Infinity);
    const error = await assertRejects(
      () => sink.write([validBatch(ticks, 0, 6, 3)]),
      TickhouseError,
    );
    assertEquals([error.code, error.kind], ["STREAM_NOT_COMMITTED", "transient"]);
    // Nobody else knows it either: the position is asked, and the channel reopened.
    proxy.plan = undisturbed(proxy);
    assertEquals(await sink.position("ticks", 0), 9);
  }, { commitS: 0.5 });
});

Deno.test("StreamingSink: rows that Snowflake refuses stop it, with offsets and reason", async () => {
  await withRig(async ({ sink, proxy }) => {
    await sink.write([validBatch(ticks, 0, 0, 3)]);
    disturb(
      proxy,
      ":bulk-channel-status",
      statusOf({
        last_committed_offset_token: "00000000000000000005",
        rows_error_count: 2,
        last_error_message: "Numeric value 'x' is not recognized",
      }),
    );
    const error = await assertRejects(
      () => sink.write([validBatch(ticks, 0, 3, 3)]),
      TickhouseError,
      "offsets 3 to 5: Numeric value",
    );
    assertEquals([error.code, error.kind], ["STREAM_ROWS_REFUSED", "terminal"]);
  });
});

Deno.test("StreamingSink: a channel that another worker opened is a conflict of positions", async () => {
  await withRig(async (rig) => {
    await using other = await rig.open();
    await rig.sink.write([validBatch(ticks, 0, 0, 3)]);
    await other.write([validBatch(ticks, 0, 3, 3)]);
    const batch = validBatch(ticks, 0, 3, 9);
    const conflict = await assertRejects(() => rig.sink.write([batch]), PositionConflict);
    assertEquals(conflict.position, 6);
    await rig.sink.write([validBatch(ticks, 0, 6, 1)]);
    await assertRejects(() => other.write([validBatch(ticks, 0, 6, 1)]), PositionConflict);
    assertEquals(await offsets(rig), [0, 1, 2, 3, 4, 5, 6]);
  });
});

Deno.test("StreamingSink: a stale worker takes no channel from the one at work", async () => {
  await withRig(async (rig) => {
    await using stale = await rig.open();
    await rig.sink.write([validBatch(ticks, 0, 0, 3)]);
    await assertRejects(() => stale.write([validBatch(ticks, 0, 0, 3)]), PositionConflict);
    const before = rig.proxy.seen.filter(({ method }) => method === "PUT").length;
    await rig.sink.write([validBatch(ticks, 0, 3, 3)]);
    const after = rig.proxy.seen.filter(({ method }) => method === "PUT").length;
    assertEquals([before, after], [1, 1]);
  });
});

Deno.test("StreamingSink: a service that takes no empty request is passed by an opening", async () => {
  await withRig(async (rig) => {
    disturb(rig.proxy, "/rows?", { status: 400, body: `{"code":"INVALID_PAYLOAD"}` });
    await rig.sink.write([batchOf("ticks", 0, 0, ["x", "y"])]);
    assertEquals(await rig.sink.position("ticks", 0), 2);
    assertEquals(rig.trap.letters.length, 2);
    await rig.sink.write([validBatch(ticks, 0, 2, 1)]);
    assertEquals(await offsets(rig), [2]);
  });
});

Deno.test("StreamingSink: a password is refused before anything is sent", async () => {
  const error = await assertRejects(
    () =>
      withRig(async () => {}, {
        snowflake: {
          ...{ account: "a", user: "u", authenticator: "password", password: "p", database: "D" },
        },
      }),
    TickhouseError,
  );
  assertEquals(error.code, "SNOWFLAKE_OPTIONS");
});
