import { assertEquals, assertStringIncludes } from "@std/assert";
import { Kernel } from "./kernel.ts";

Deno.test("Kernel.run() returns every output of a cell in order, large ones too", async () => {
  const folder = await Deno.makeTempDir();
  {
    await using kernel = await Kernel.start(folder);
    assertEquals(
      (await kernel.run("const a: number = 40; a + 2")).outputs[0]?.output_type,
      "execute_result",
    );
    const streams =
      (await kernel.run("console.log('one'); console.log('two'); console.error('three')")).outputs;
    assertEquals(streams.map((o) => [o.name, o.text]).sort(), [["stderr", "three\n"], [
      "stdout",
      "one\ntwo\n",
    ]]);
    const large = await kernel.run(
      `await Deno.jupyter.display({ "text/plain": "x".repeat(3_000_000) }, { raw: true });`,
    );
    assertEquals((large.outputs[0]?.data?.["text/plain"] as string).length, 3_000_000);
    const failed = (await kernel.run("throw new TypeError('no')")).outputs;
    assertEquals(failed.map((o) => o.output_type), ["error"]);
    assertStringIncludes(JSON.stringify(failed), "no");
    assertEquals(
      (await kernel.run("const again = 1;\nimport { join } from 'node:path';")).outputs,
      [],
    );
    assertEquals(
      (await kernel.run("const again = 2;\nimport { join } from 'node:path';")).outputs,
      [],
    );
    for (let i = 0; i < 20; i++) {
      assertEquals((await kernel.run(`console.log(${i})`)).outputs[0]?.text, `${i}\n`);
    }
  }
  await Deno.remove(folder, { recursive: true });
});
