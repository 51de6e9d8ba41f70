import { assertEquals, assertRejects } from "@std/assert";
import { TickhouseError } from "../../errors.ts";
import { KafkaMembership } from "./membership.ts";

/** An address at which nobody listens any more. */
function closedPort(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `127.0.0.1:${listener.addr.port}`;
}

Deno.test("KafkaMembership: a join that failed is tried again, not taken for done", async () => {
  await using membership = new KafkaMembership({
    connection: { brokers: [closedPort()] },
    group: "g",
    topic: "t",
    sessionTimeoutMs: 10_000,
    log: () => {},
    onChange: () => {},
  });
  for (const attempt of [() => membership.join(), () => membership.ensure()]) {
    const error = await assertRejects(attempt, TickhouseError);
    assertEquals(error.code, "KAFKA_UNREACHABLE");
  }
});
