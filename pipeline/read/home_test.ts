import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { findHome } from "./home.ts";

Deno.test("findHome() finds the nearest .tickhouse above, unless the environment names one", async () => {
  const root = await Deno.makeTempDir();
  const below = join(root, "notebooks", "deep");
  await Deno.mkdir(below, { recursive: true });
  assertEquals(findHome(undefined, below), join(below, ".tickhouse"));
  await Deno.mkdir(join(root, ".tickhouse"));
  assertEquals(findHome(undefined, below), join(root, ".tickhouse"));
  assertEquals(findHome("", below), join(root, ".tickhouse"));
  assertEquals(findHome("/elsewhere", below), "/elsewhere");
  assertEquals(findHome("here", below), join(below, "here"));
  await Deno.remove(root, { recursive: true });
});
