/** Key pairs for tests. @module */
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { TempFolder } from "tickhouse/testing.ts";

/** A key pair, the private part in a file. */
export interface TestKey extends Disposable {
  /** File of the private key. */
  readonly path: string;
  /** The public key in PEM. */
  readonly publicKey: string;
}

/** Makes a key pair; the private key is encrypted if there is a passphrase. */
export function makeKey(passphrase?: string): TestKey {
  const folder = new TempFolder();
  const path = join(folder.path, "key.p8");
  const cipher = passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase };
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem", ...cipher },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  Deno.writeTextFileSync(path, privateKey, { mode: 0o600 });
  return { path, publicKey, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}
