import { assertEquals } from "@std/assert";
import { exportLines } from "./state.ts";

Deno.test("exportLines() gives a shell each value as it was", async () => {
  const odd = { A: 'it\'s; $HOME `x` "y" \\', B: "host:1,host:2", C: "", D: "a=b;c==" };
  const script = `${exportLines(odd)} printf '%s\\n' "$A" "$B" "$C" "$D"`;
  const { stdout } = await new Deno.Command("sh", { args: ["-ec", script] }).output();
  assertEquals(new TextDecoder().decode(stdout).split("\n").slice(0, 4), Object.values(odd));
});
