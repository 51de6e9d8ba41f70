import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { TestHouse } from "../stream/fixture.ts";
import { textOf } from "../notebook/drawn.ts";
import { dayBlocks, proofBlocks } from "./proof.ts";

Deno.test("a proof drawn calls proven only what was read and taken", async () => {
  await using house = await TestHouse.open();
  assertEquals(textOf(proofBlocks(await house.prove())), "nothing was compared: the log is empty");
  await house.send(20);
  const untaken = textOf(proofBlocks(await house.prove()));
  assertMatch(untaken, /nothing was compared: the sinks have not all taken any of 20 records$/);
  await house.drain(house.rows());
  assertNotMatch(textOf(proofBlocks(await house.prove())), /^proven/m);
  await house.fill();
  assertMatch(
    textOf(proofBlocks(await house.prove())),
    /^proven: 20 records, each exactly once, no gap$/m,
  );
  assertMatch(
    textOf(proofBlocks({ partitions: [], proven: false })),
    /NOT proven:\n +there is no sink/,
  );
});

Deno.test("a proof drawn shows one hash for what all sides hold, though one lags", async () => {
  await using house = await TestHouse.open();
  await house.send(20);
  await house.fill();
  await house.send(20);
  await house.drain(house.rows());
  const proof = await house.prove();
  for (const { sides, compared } of proof.partitions) {
    if (compared > 0) assertEquals(new Set(sides.map(({ hash }) => hash)).size, 1);
  }
  const hash = proof.partitions[1]?.sides[0]?.hash ?? "";
  assertMatch(hash, /^[0-9a-f]{16}$/);
  assertMatch(textOf(proofBlocks(proof)), new RegExp(`lake .*│ ${hash.slice(0, 8)} │ price`));
  assertMatch(
    textOf(dayBlocks(proof)),
    /ticks\/1 +│ 2025-11-21 │ lake +│ +[0-9]+ │ [0-9a-f]{8} │ price/,
  );
});
