import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { TickhouseError } from "tickhouse/errors.ts";
import { compareVersions, lookFor, type Need, NODE, requireAll } from "./needs.ts";

function need(name: string, there: boolean, debian?: string): Need {
  return {
    name,
    fix: `a ${name}`,
    ...(debian === undefined ? {} : { debian }),
    look: () => Promise.resolve({ there, text: there ? "2.1" : `${name} does not run` }),
  };
}

Deno.test("compareVersions() compares number by number, what is left out as 0", () => {
  const signs = [[[1, 19, 8], [1, 24]], [[1, 24], [1, 24]], [[21], [17]], [[2], [1, 24]], [[], [1]]]
    .map(([a = [], b = []]) => Math.sign(compareVersions(a, b)));
  assertEquals(signs, [-1, 0, 1, 1, -1]);
});

Deno.test("requireAll() names all that are missing at once, and how to get each", async () => {
  const seen = await lookFor([
    need("java", false, "jre"),
    need("go", false),
    need("python", true, "python3"),
    need("mvn", false, "maven"),
  ]);
  const error = assertThrows(() => requireAll(seen), TickhouseError);
  assertEquals(error.code, "TOOL_MISSING");
  for (const name of ["java", "go", "mvn"]) {
    assertStringIncludes(error.what, `${name} does not run`);
  }
  assertEquals(error.what.includes("python"), false);
  const apt = "in Debian and Ubuntu by `apt-get install -y jre maven`";
  assertEquals(error.fix, `install a java, a mvn, ${apt}, a go`);
});

Deno.test("requireAll() says nothing where all are there", async () => {
  requireAll(await lookFor([need("java", true), NODE]));
});

Deno.test("lookFor() looks once for what is named twice", async () => {
  let looks = 0;
  const look = () => Promise.resolve({ there: ++looks > 0, text: "" });
  const one: Need = { name: "one", fix: "it", look };
  assertEquals((await lookFor([one, one])).length, 1);
  assertEquals(looks, 1);
});
