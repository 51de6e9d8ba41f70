import type { Config } from "../config/config.ts";
import { serveDashboard } from "../dashboard/server.ts";
import { connect } from "../read/connect.ts";
import { print } from "./console.ts";
import { Interrupt } from "./interrupt.ts";

/**
 * Over a file, the page looks rarely and lets go of it in between, so that a stream can start.
 */
const POLL_MS = 3_000;
const IDLE_MS = 200;

/** Serves the page until Ctrl-C. */
export async function runDashboard(
  config: Config,
  flags: { port?: number | undefined; seconds?: number | undefined },
): Promise<number> {
  using interrupt = new Interrupt();
  await using reader = await connect({ home: config.home, idleMs: IDLE_MS });
  const port = flags.port ?? config.port;
  const dashboard = await serveDashboard({
    query: (sql, binds) => reader.query(sql, binds),
    signal: interrupt.signal,
    pollMs: POLL_MS,
    ...(port === undefined ? {} : { port }),
  });
  print(`dashboard  ${dashboard.url}`);
  const timer = flags.seconds && setTimeout(() => interrupt.stop(), flags.seconds * 1000);
  await dashboard.finished;
  if (timer) clearTimeout(timer);
  return 0;
}
