/**
 * Free ports of the loopback interface.
 * @module
 */
import { TickhouseError } from "tickhouse/errors.ts";

/** All servers bind here and nowhere else. */
export const LOOPBACK = "127.0.0.1";

// Below the ports that the system gives to outgoing connections (Linux from 32,768, macOS from
// 49,152): a client that keeps calling a server that is down would else, one day, be given that
// server's own port, connect to itself, and keep the server from coming back.
const FIRST = 20_000;
const LAST = 32_000;
const TRIES_MAX = 1000;

/** As many different ports as asked for, all free a moment ago: another process may still be faster. */
export function freePorts(count: number): number[] {
  const held: Deno.Listener[] = [];
  try {
    for (let tries = 0; held.length < count; tries++) {
      if (tries === TRIES_MAX) {
        throw new TickhouseError("NO_PORT", `no ${count} ports are free on ${LOOPBACK}`, {
          kind: "transient",
          fix: `end what listens on ports ${FIRST} to ${LAST}`,
        });
      }
      const listener = listen(FIRST + Math.floor(Math.random() * (LAST - FIRST)));
      if (listener) held.push(listener);
    }
    return held.map((listener) => (listener.addr as Deno.NetAddr).port);
  } finally {
    for (const listener of held) listener.close();
  }
}

/** Whether something accepts connections there. */
export async function accepts(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: LOOPBACK, port })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}

/** Whether the address answers in time, with a status of success. */
export async function answers(url: string, waitMs = 5000): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(waitMs) });
    await response.body?.cancel();
    return response.ok;
  } catch (error) {
    // Refused, cut or too slow: not ready yet. The wait for readiness has its own end.
    if (error instanceof TypeError || error instanceof DOMException) return false;
    throw error;
  }
}

function listen(port: number): Deno.Listener | undefined {
  try {
    return Deno.listen({ hostname: LOOPBACK, port });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return undefined;
    throw error;
  }
}
