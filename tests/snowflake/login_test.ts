import { assertEquals, assertRejects } from "@std/assert";
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { TickhouseError } from "tickhouse/errors.ts";
import { TempFolder } from "tickhouse/testing.ts";
import type { SnowflakeOptions } from "tickhouse/snowflake/options.ts";
import { SnowflakeSession } from "tickhouse/snowflake/session.ts";
import { ask, standIn } from "./rig.ts";

/** Nobody has it. */
const WRONG = "wrong-3f1c";
const CIPHER = { cipher: "aes-256-cbc", passphrase: "open sesame" };

Deno.test("SnowflakeSession.open(): a password is checked", async () => {
  assertEquals(await whoAmI(standIn), standIn.user);
  await refused({ ...standIn, password: WRONG }, "user", /wrong \(390100\)/);
  await refused({ ...standIn, user: "NOBODY" }, "user", /390100/);
});

for (const encrypted of [false, true]) {
  const kind = encrypted ? "an encrypted" : "a plain";
  Deno.test(`SnowflakeSession.open(): the signature of ${kind} key is checked`, async () => {
    using folder = new TempFolder();
    const user = newUser();
    const pair = keyPair(encrypted);
    await ask(standIn, "users", { name: user, publicKey: pair.publicKey });
    const options: SnowflakeOptions = {
      ...standIn,
      user,
      authenticator: "key-pair",
      password: undefined,
      keyPath: write(folder, "good.p8", pair.privateKey),
      keyPassphrase: encrypted ? CIPHER.passphrase : undefined,
    };
    assertEquals(await whoAmI(options), user);
    const other = write(folder, "other.p8", keyPair(encrypted).privateKey);
    await refused({ ...options, keyPath: other }, "keyPath", /390144.*RSA_PUBLIC_KEY/);
    await refused({ ...options, user: "NOBODY" }, "keyPath", /390144/);
    await refused({ ...options, account: "elsewhere" }, "account", /390201/);
    if (!encrypted) return;
    await refused({ ...options, keyPassphrase: WRONG }, "keyPath", /_KEY_PASSPHRASE/);
    await refused({ ...options, keyPassphrase: undefined }, "keyPath", /is encrypted/);
  });
}

Deno.test("SnowflakeSession.open(): a file that is no key is refused before anything is sent", async () => {
  using folder = new TempFolder();
  const options: SnowflakeOptions = {
    ...standIn,
    authenticator: "key-pair",
    url: "http://127.0.0.1:1",
  };
  const text = write(folder, "text.p8", "not a key");
  await refused({ ...options, keyPath: text }, "keyPath", /not a private key/, "SNOWFLAKE_KEY");
  const none = join(folder.path, "none.p8");
  await refused({ ...options, keyPath: none }, "keyPath", /can't be read/, "SNOWFLAKE_KEY");
  await refused({ ...options, keyPath: "" }, "keyPath", /SNOWFLAKE_KEY/, "SNOWFLAKE_OPTIONS");
});

Deno.test("SnowflakeSession.open(): an OAuth token is checked, and its age", async () => {
  const user = newUser();
  const token = crypto.randomUUID();
  const old = crypto.randomUUID();
  await ask(standIn, "users", { name: user, oauthToken: token });
  await ask(standIn, "users", { name: newUser(), oauthToken: old, oauthExpires: 1_000_000_000 });
  const options: SnowflakeOptions = { ...standIn, user, authenticator: "oauth", token };
  assertEquals(await whoAmI(options), user);
  await refused({ ...options, token: WRONG }, "token", /390303/);
  await refused({ ...options, token: old }, "token", /expired \(390318\)/);
});

Deno.test("SnowflakeSession.open(): a browser brings the proof of a log-in", async () => {
  const user = newUser();
  await ask(standIn, "users", { name: user });
  const visited: string[] = [];
  const openBrowser = (url: string) => {
    const { pathname, search } = new URL(url);
    visited.push(pathname);
    // What a browser does once its user has logged in; the stand-in has no HTTPS.
    fetch(standIn.url + pathname + search).then((page) => page.body?.cancel());
  };
  const options: SnowflakeOptions = { ...standIn, user, authenticator: "browser", openBrowser };
  assertEquals(await whoAmI(options), user);
  assertEquals(visited, ["/console/login"]);
});

Deno.test("SnowflakeSession.open() names a role, a warehouse and a database that are not there", async () => {
  await refused({ ...standIn, role: "nosuch" }, "role", /390189/);
  await using homeless = await SnowflakeSession.open({ ...standIn, warehouse: "nosuch" });
  await homeless.run("CREATE TABLE IF NOT EXISTS public.idle (x INT)");
  const idle = await assertRejects(
    () => homeless.run("INSERT INTO public.idle VALUES (1)"),
    TickhouseError,
  );
  assertEquals([idle.code, idle.field], ["SNOWFLAKE_WAREHOUSE", "warehouse"]);
  await using lost = await SnowflakeSession.open({ ...standIn, database: "nosuch" });
  const error = await assertRejects(() => lost.query("SELECT * FROM bronze.ticks"), TickhouseError);
  assertEquals([error.code, error.field, error.kind], ["SNOWFLAKE_OBJECT", "database", "terminal"]);
});

Deno.test("SnowflakeSession.open(): where nobody answers is transient", async () => {
  const nowhere = { ...standIn, url: "http://127.0.0.1:1" };
  const error = await assertRejects(() => SnowflakeSession.open(nowhere), TickhouseError);
  assertEquals([error.code, error.kind], ["SNOWFLAKE_UNREACHABLE", "transient"]);
});

function newUser(): string {
  return `U${crypto.randomUUID().replaceAll("-", "").slice(0, 12).toUpperCase()}`;
}

function keyPair(encrypted: boolean): { publicKey: string; privateKey: string } {
  return generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem", ...(encrypted ? CIPHER : {}) },
  });
}

function write(folder: TempFolder, name: string, content: string): string {
  const path = join(folder.path, name);
  Deno.writeTextFileSync(path, content);
  return path;
}

async function whoAmI(options: SnowflakeOptions): Promise<unknown> {
  await using session = await SnowflakeSession.open(options);
  return (await session.query("SELECT CURRENT_USER()")).rows[0]?.[0];
}

async function refused(
  options: SnowflakeOptions,
  field: string,
  says: RegExp,
  code?: string,
): Promise<void> {
  const error = await assertRejects(() => SnowflakeSession.open(options), TickhouseError);
  assertEquals([error.field, error.kind], [field, "terminal"], error.message);
  assertEquals(says.test(error.message), true, error.message);
  if (code) assertEquals(error.code, code);
  const shown = Deno.inspect(error, { depth: 10 }) + error.stack;
  for (const secret of [WRONG, CIPHER.passphrase, "PRIVATE KEY-----", standIn.password ?? "-"]) {
    assertEquals(shown.includes(secret), false, "a secret is shown");
  }
}
