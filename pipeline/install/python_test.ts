import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { TickhouseError } from "../errors.ts";
import { pythonEnvironment } from "./python.ts";
import { TempFolder } from "../testing.ts";

/**
 * Stands in for Python as far as an environment is made by it: `ways` are shell commands for the
 * checks, for making one, and for pip. It notes how it was called.
 */
const FAKE = (log: string, { ensurepip = "exit 0", pip = "exit 0", version = "3 12" }) =>
  `#!/bin/sh
echo "$*" >> '${log}'
case "$*" in
  *version_info*) echo ${version} ;;
  *ensurepip*) ${ensurepip} ;;
  *"-m venv"*) for last; do :; done; rm -rf "$last"; mkdir -p "$last/bin"; cp "$0" "$last/bin/python" ;;
  *"-m pip"*) ${pip} ;;
esac
`;

/** A machine whose only Python is the stand-in. */
class Machine implements Disposable {
  readonly folder = new TempFolder();
  readonly #path = Deno.env.get("PATH") ?? "";
  readonly notes: string[] = [];

  constructor(ways: Parameters<typeof FAKE>[1] = {}, name = "python3") {
    const bin = join(this.folder.path, "bin");
    Deno.mkdirSync(bin);
    // What the stand-in itself calls; no other Python.
    for (const tool of ["sh", "rm", "mkdir", "cp", "sleep"]) {
      const found = this.#path.split(":").map((one) => join(one, tool)).find(isFile);
      assert(found, tool);
      Deno.symlinkSync(found, join(bin, tool));
    }
    if (name) this.#write(join(bin, name), ways);
    Deno.env.set("PATH", bin);
  }

  /** Python behaves otherwise from now on. */
  become(ways: Parameters<typeof FAKE>[1]): void {
    this.#write(join(this.folder.path, "bin", "python3"), ways);
  }

  #write(path: string, ways: Parameters<typeof FAKE>[1]): void {
    Deno.writeTextFileSync(path, FAKE(join(this.folder.path, "log"), ways));
    Deno.chmodSync(path, 0o755);
  }

  /** How often pip was called. */
  get installs(): number {
    const text = Deno.readTextFileSync(join(this.folder.path, "log"));
    return text.split("\n").filter((line) => line.startsWith("-m pip install")).length;
  }

  make(packages = ["thing==1.0"]): Promise<string> {
    const note = (text: string) => void this.notes.push(text);
    return pythonEnvironment({
      name: "thing-1.0",
      packages,
      cache: join(this.folder.path, "cache"),
      note,
    });
  }

  async refused(): Promise<TickhouseError> {
    return await assertRejects(() => this.make(), TickhouseError);
  }

  [Symbol.dispose](): void {
    Deno.env.set("PATH", this.#path);
    this.folder[Symbol.dispose]();
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

describe("pythonEnvironment()", () => {
  it("makes it once, and says so", async () => {
    using machine = new Machine();
    const folder = await machine.make();
    assertEquals(await machine.make(), folder);
    assertEquals(machine.installs, 1);
    assertEquals(machine.notes.length, 1);
    assertMatch(machine.notes[0] ?? "", /^installing thing==1\.0 into .*thing-1\.0, once/);
  });

  it("makes it again for other packages, and when its Python is gone", async () => {
    using machine = new Machine();
    const folder = await machine.make();
    await machine.make(["thing==1.0", "other==2.0"]);
    assertEquals(machine.installs, 2);
    Deno.removeSync(join(folder, "bin", "python"));
    await machine.make(["thing==1.0", "other==2.0"]);
    assertEquals(machine.installs, 3);
  });

  it("takes none for whole whose installation failed, and shows what pip said", async () => {
    using machine = new Machine({ pip: "echo no such index >&2; exit 1" });
    const error = await machine.refused();
    assertEquals(error.code, "PYTHON_INSTALL_FAILED");
    assertMatch(error.message, /no such index/);
    machine.become({});
    await machine.make();
    assertEquals(machine.installs, 2);
  });

  it("takes none for whole that was whole before, when rebuilding it failed", async () => {
    using machine = new Machine();
    await machine.make();
    machine.become({ pip: "exit 1" });
    await assertRejects(() => machine.make(["thing==1.0", "other==2.0"]), TickhouseError);
    machine.become({});
    await machine.make();
    assertEquals(machine.installs, 3);
  });

  it("names the package of Debian where Python can't make environments", async () => {
    using machine = new Machine({ ensurepip: "exit 1" });
    const error = await machine.refused();
    assertEquals(error.code, "PYTHON_VENV_MISSING");
    assertMatch(error.message, /apt install python3-venv/);
  });

  it("refuses no Python, and one that is too old", async () => {
    {
      using machine = new Machine({}, "");
      assertEquals((await machine.refused()).code, "PYTHON_MISSING");
    }
    using machine = new Machine({ version: "3 9" });
    const error = await machine.refused();
    assertEquals(error.code, "PYTHON_MISSING");
    assertMatch(error.message, /Python 3\.10 or newer/);
  });
});
