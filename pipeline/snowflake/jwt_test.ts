import { assertEquals, assertRejects } from "@std/assert";
import { createHash, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { join } from "node:path";
import { TickhouseError } from "../errors.ts";
import { TempFolder } from "../testing.ts";
import type { SnowflakeOptions } from "./options.ts";
import { KeyPairTokens } from "./jwt.ts";

const PASSPHRASE = "correct horse";
const { privateKey, publicKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: {
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: PASSPHRASE,
  },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

function withKey(run: (options: SnowflakeOptions) => Promise<void>): Promise<void> {
  const folder = new TempFolder();
  const keyPath = join(folder.path, "key.p8");
  Deno.writeTextFileSync(keyPath, privateKey);
  return run({
    account: "xy12345.eu-west-1",
    user: "svc",
    authenticator: "key-pair",
    database: "D",
    keyPath,
    keyPassphrase: PASSPHRASE,
  }).finally(() => folder[Symbol.dispose]());
}

function claims(token: string): Record<string, unknown> {
  return JSON.parse(atob(token.split(".")[1] ?? ""));
}

Deno.test("KeyPairTokens: a token is signed and says what Snowflake asks for", async () => {
  await withKey(async (options) => {
    const token = await new KeyPairTokens(options, () => 1_763_700_000_000).token();
    const [head = "", body = "", signature = ""] = token.split(".");
    const signed = new TextEncoder().encode(`${head}.${body}`);
    const bytes = Uint8Array.fromBase64(signature, { alphabet: "base64url" });
    assertEquals(verify("sha256", signed, publicKey, bytes), true);
    const der = createPublicKey(publicKey).export({ type: "spki", format: "der" });
    const print = createHash("sha256").update(der).digest("base64");
    assertEquals(claims(token), {
      iss: `XY12345.SVC.SHA256:${print}`,
      sub: "XY12345.SVC",
      iat: 1_763_700_000,
      exp: 1_763_703_540,
    });
  });
});

Deno.test("KeyPairTokens: a token is used until it is about to expire, or was refused", async () => {
  await withKey(async (options) => {
    let nowS = 1_763_700_000;
    const tokens = new KeyPairTokens(options, () => nowS * 1000);
    const first = await tokens.token();
    nowS += 3000;
    assertEquals(await tokens.token(), first);
    nowS += 300;
    assertEquals(claims(await tokens.token())["iat"], nowS);
    nowS += 1;
    tokens.forget();
    assertEquals(claims(await tokens.token())["iat"], nowS);
  });
});

Deno.test("KeyPairTokens: a wrong passphrase is told, and neither it nor the key", async () => {
  await withKey(async (options) => {
    const tokens = new KeyPairTokens({ ...options, keyPassphrase: "wrong battery" });
    const error = await assertRejects(() => tokens.token(), TickhouseError);
    assertEquals(error.code, "SNOWFLAKE_KEY");
    assertEquals(/wrong battery|PRIVATE/.test(Deno.inspect(error)), false);
  });
});
