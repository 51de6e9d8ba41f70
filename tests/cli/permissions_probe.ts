/** Tries what a verb should not be able to do, and prints what came of each. @module */
const [file = "", folder = "", port = "", library = ""] = Deno.args;

const tries: Record<string, () => unknown> = {
  "read a file": () => Deno.readTextFileSync(file),
  "read a folder": () => [...Deno.readDirSync(folder)],
  "read the system": () => Deno.readTextFileSync("/etc/hostname"),
  "write a file": () => Deno.writeTextFileSync(`${folder}/new`, ""),
  "write into the project": () => Deno.writeTextFileSync("probe.tmp", ""),
  "remove a file": () => Deno.removeSync(file),
  "link to a file": () => Deno.symlinkSync(file, `${Deno.env.get("TICKHOUSE_HOME")}/link`),
  "another host": () => Deno.connect({ hostname: "127.0.0.2", port: Number(port) }),
  "a name": () => fetch(`http://localhost:${port}/`),
  "listen for others": () => Deno.listen({ hostname: "0.0.0.0", port: 0 }),
  "import from a host": () => import(`http://127.0.0.1:${port}/module.ts`),
  "another library": () => Deno.dlopen(library, {}),
  "run a program": () => new Deno.Command("sh", { args: ["-c", "true"] }).outputSync(),
  "the host's name": () => Deno.hostname(),
};
const found: Record<string, string> = {};
for (const [name, attempt] of Object.entries(tries)) {
  try {
    await attempt();
    found[name] = "done";
  } catch (error) {
    found[name] = (error as Error).name;
  }
}
found["another variable"] = String(Deno.env.get("PROBE_SECRET"));
found["all variables"] = String("PROBE_SECRET" in Deno.env.toObject());
console.log(JSON.stringify(found));
