import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { loadHome } from "./home.ts";

Deno.test("loadHome() finds the nearest .tickhouse above, unless the environment names one", async () => {
  const root = await Deno.makeTempDir();
  const below = join(root, "notebooks", "deep");
  await Deno.mkdir(below, { recursive: true });
  assertEquals(loadHome({ cwd: below, env: undefined }), join(below, ".tickhouse"));
  await Deno.mkdir(join(root, ".tickhouse"));
  assertEquals(loadHome({ cwd: below, env: undefined }), join(root, ".tickhouse"));
  assertEquals(loadHome({ cwd: below, env: "" }), join(root, ".tickhouse"));
  assertEquals(loadHome({ cwd: below, env: "/elsewhere" }), "/elsewhere");
  assertEquals(loadHome({ cwd: below, env: "here" }), join(below, "here"));
  await Deno.remove(root, { recursive: true });
});
