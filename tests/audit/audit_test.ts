import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import type { Lock } from "tickhouse/install/lockfile.ts";
import { audit, type Installed, read, type Subject } from "./audit.ts";

const ROOT = join(import.meta.dirname ?? "", "..", "..");
const subject = read(ROOT);

Deno.test("audit() finds nothing in what the project depends on, and has looked at it", () => {
  assert(Object.keys(subject.lock.npm).length > 400);
  assert(subject.installed.length > 400);
  assertEquals(audit(subject), []);
});

/** The findings when one thing is changed. */
function planted(change: Partial<Subject>): string[] {
  return audit({ ...subject, ...change });
}

function withLock(change: Partial<Lock>): string[] {
  return planted({ lock: { ...subject.lock, ...change } });
}

/** The lock file with one package changed. */
function withLocked(name: string, change: Record<string, unknown>): string[] {
  const [key = "", found] =
    Object.entries(subject.lock.npm).find(([key]) => key.startsWith(`${name}@`)) ?? [];
  return withLock({ npm: { ...subject.lock.npm, [key]: { ...found, ...change } } });
}

/** What is installed with one package changed. */
function withInstalled(name: string, change: Partial<Installed>): string[] {
  assert(subject.installed.some((one) => one.name === name));
  return planted({
    installed: subject.installed.map((one) => one.name === name ? { ...one, ...change } : one),
  });
}

function assertOne(findings: readonly string[], says: RegExp): void {
  assertEquals(findings.length, 1, findings.join("\n"));
  assert(says.test(findings[0] ?? ""), findings[0]);
}

for (
  const license of ["GPL-3.0", "UNLICENSED", "", "(MIT AND GPL-2.0)", undefined, {
    type: "SSPL-1.0",
  }]
) {
  Deno.test(`audit() refuses the licence ${JSON.stringify(license)}`, () => {
    assertOne(withInstalled("zod", { license }), /^zod@4\S+: its licence is /);
  });
}

for (const license of ["(GPL-2.0 OR MIT)", "MIT AND ISC", [{ type: "MIT" }], { type: "0BSD" }]) {
  Deno.test(`audit() takes the licence ${JSON.stringify(license)}`, () => {
    assertEquals(withInstalled("zod", { license }), []);
  });
}

for (const name of ["preinstall", "install", "postinstall"]) {
  Deno.test(`audit() refuses a package with the program ${name}`, () => {
    assertOne(withInstalled("zod", { scripts: { [name]: "node x" } }), new RegExp(name));
    assertEquals(withInstalled("zod", { scripts: { test: "node x" } }), []);
  });
}

Deno.test("audit() refuses a package for another system whose program the lock file marks", () => {
  assertOne(withLocked("zod", { scripts: true }), /^zod@.* runs at installation/);
});

for (const integrity of [undefined, "", "sha1-abc", "sha512-short"]) {
  Deno.test(`audit() refuses the hash ${integrity}`, () => {
    assertOne(withLocked("zod", { integrity }), /^zod@.*: has no hash/);
  });
}

Deno.test("audit() refuses what is in the lock file and needed by nothing", () => {
  const { integrity = "" } = Object.values(subject.lock.npm)[0] ?? {};
  const npm = { ...subject.lock.npm, "left-over@1.0.0": { integrity } };
  const installed = [...subject.installed, { name: "left-over", version: "1.0.0", license: "MIT" }];
  assertOne(
    planted({ lock: { ...subject.lock, npm }, installed }),
    /^left-over@.* nothing needs it/,
  );
});

Deno.test("audit() refuses what deno.json has and no module imports", () => {
  const used = new Set([...subject.used].filter((one) => !one.startsWith("zod")));
  assertOne(planted({ used }), /^zod: .* no module imports it/);
});

for (
  const target of [
    "npm:zod",
    "npm:zod@*",
    "npm:zod@latest",
    "npm:zod@>=4",
    "https://host.example/zod.js",
    "http://host.example/zod.js",
    "git+ssh://host.example/zod",
    "npm:zod@git://host.example/zod",
  ]
) {
  Deno.test(`audit() refuses the import ${target}`, () => {
    assertOne(planted({ imports: { ...subject.imports, zod: target } }), /^zod: /);
  });
}

Deno.test("audit() refuses an address in the lock file, and a package at no exact version", () => {
  const remote = { "http://127.0.0.1:1/module.ts": "00" };
  assertOne(withLock({ remote }), /module\.ts: the lock file holds an address/);
  const specifiers = { ...subject.lock.specifiers, "https://host.example/x": "1.0.0" };
  assertOne(withLock({ specifiers }), /neither from npm nor from JSR/);
  const { "zod@4.6.7": zod, ...npm } = subject.lock.npm;
  assert(zod);
  assert(withLock({ npm: { ...npm, "zod@4": zod } }).some((one) => /no exact version/.test(one)));
});

Deno.test("audit() refuses a package that it could not look at", () => {
  const installed = subject.installed.filter(({ name }) => name !== "zod");
  assertOne(planted({ installed }), /^zod@.*: is not installed/);
});

Deno.test("audit() refuses an exception that excepts nothing", () => {
  const npm = Object.fromEntries(
    Object.entries(subject.lock.npm).filter(([key]) => !key.startsWith("es5-ext@")),
  );
  assert(withLock({ npm }).some((one) => /^es5-ext: is excepted/.test(one)));
});
