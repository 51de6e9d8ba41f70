import { assertEquals } from "@std/assert";
import { seenFrom } from "./paths.ts";

Deno.test("seenFrom() sees files from where the command was typed, and leaves the rest alone", () => {
  const seen = (...args: string[]) => seenFrom("/u/data", args);
  assertEquals(seen("ingest", "--file", "a.csv"), ["ingest", "--file", "/u/data/a.csv"]);
  assertEquals(seen("ingest", "--file=../a b.csv"), ["ingest", "--file=/u/a b.csv"]);
  assertEquals(seen("ingest", "--file", "/x/a.csv"), ["ingest", "--file", "/x/a.csv"]);
  assertEquals(seen("dead", "export", "--to", "a"), ["dead", "export", "--to", "/u/data/a"]);
  assertEquals(seen("dead", "export", "--to=a"), ["dead", "export", "--to=/u/data/a"]);
  assertEquals(seen("migrate", "--set", "key=@k.pem", "b=@/k"), [
    "migrate",
    "--set",
    "key=@/u/data/k.pem",
    "b=@/k",
  ]);
  assertEquals(seen("migrate", "--set=key=@k.pem"), ["migrate", "--set=key=@/u/data/k.pem"]);
  const others = ["query", "select '@a' = b", "--set", "symbol=A@B", "--separator", "="];
  assertEquals(seen(...others), others);
});
