import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { TempFolder } from "../../testing.ts";
import { Membership } from "./membership.ts";

/** All partitions that the members hold, ascending. */
function held(members: readonly Membership[], partitions: number): number[] {
  return members.flatMap((member) => member.assigned(partitions)).sort((a, b) => a - b);
}

const range = (to: number) => Array.from({ length: to }, (_, i) => i);

Deno.test("Membership: one member has all partitions", () => {
  using folder = new TempFolder();
  using member = new Membership(join(folder.path, "group"));
  assertEquals(member.assigned(5), [0, 1, 2, 3, 4]);
  assertEquals(member.assigned(0), []);
});

Deno.test("Membership: members share every partition evenly, and none twice", () => {
  using folder = new TempFolder();
  using one = new Membership(folder.path);
  using two = new Membership(folder.path);
  using three = new Membership(folder.path);
  const members = [one, two, three];
  for (const partitions of [1, 2, 3, 4, 7, 12]) {
    assertEquals(held(members, partitions), range(partitions));
    const sizes = members.map((member) => member.assigned(partitions).length);
    assertEquals(Math.max(...sizes) - Math.min(...sizes) <= 1, true, `${sizes}`);
  }
});

Deno.test("Membership: who leaves gives its partitions to the others", () => {
  using folder = new TempFolder();
  using one = new Membership(folder.path);
  {
    using two = new Membership(folder.path);
    assertEquals(held([one, two], 4), range(4));
  }
  assertEquals(one.assigned(4), range(4));
  assertEquals([...Deno.readDirSync(folder.path)].length, 1);
});

Deno.test("Membership: what a killed member left behind counts for nothing, and goes", () => {
  using folder = new TempFolder();
  Deno.writeTextFileSync(join(folder.path, "000000000000001-killed"), "");
  Deno.writeTextFileSync(join(folder.path, ".000000000000002-being-made"), "");
  using member = new Membership(folder.path);
  assertEquals(member.assigned(3), range(3));
  const left = [...Deno.readDirSync(folder.path)].map((entry) => entry.name);
  assertEquals(left.includes("000000000000001-killed"), false);
});

Deno.test("Membership: processes that join at once end with each partition in one hand", async () => {
  using folder = new TempFolder();
  const script = `
    import { Membership } from ${JSON.stringify(import.meta.resolve("./membership.ts"))};
    const member = new Membership(${JSON.stringify(folder.path)});
    console.log("joined");
    await Deno.stdin.read(new Uint8Array(1));
    console.log(JSON.stringify(member.assigned(8)));
    await Deno.stdin.read(new Uint8Array(1));`;
  const children = range(3).map(() =>
    new Deno.Command(Deno.execPath(), {
      args: ["eval", script],
      stdin: "piped",
      stdout: "piped",
    }).spawn()
  );
  const readers = children.map((child) => child.stdout.getReader());
  const writers = children.map((child) => child.stdin.getWriter());
  const say = () => Promise.all(writers.map((writer) => writer.write(Uint8Array.of(10))));
  const hear = () =>
    Promise.all(
      readers.map(async (reader) => new TextDecoder().decode((await reader.read()).value)),
    );
  assertEquals(await hear(), ["joined\n", "joined\n", "joined\n"]);
  await say();
  const assigned = (await hear()).flatMap((text): number[] => JSON.parse(text));
  assertEquals(assigned.sort((a, b) => a - b), range(8));
  await say();
  for (const writer of writers) await writer.close();
  for (const reader of readers) await reader.cancel();
  for (const child of children) await child.status;
});
