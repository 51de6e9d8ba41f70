/**
 * A certificate for this machine's loopback, signed by an authority made for it alone.
 * @module
 */
import { join } from "node:path";
import { mustRun, run } from "../kit/run.ts";

/** Where they are, as PEM. */
export interface Certificates {
  /** Key and certificate of the server. */
  readonly keystore: string;
  /** Certificate of the authority: what a client trusts. */
  readonly ca: string;
}

const DAYS = "3650";

// A file instead of options: OpenSSL and LibreSSL read it alike.
const CONFIG = `[req]
distinguished_name = name
prompt = no
[name]
CN = tickhouse
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
`;

/** Makes them in the folder, or finds those made before. */
export async function certificates(folder: string): Promise<Certificates> {
  const path = (name: string) => join(folder, name);
  const found = { keystore: path("server.pem"), ca: path("ca.pem") };
  if ([...Deno.readDirSync(folder)].some(({ name }) => name === "server.pem")) return found;
  await mustRun("openssl", ["version"], "install OpenSSL");
  Deno.writeTextFileSync(path("openssl.cnf"), CONFIG);
  const openssl = (...args: string[]) => run("openssl", args, { cwd: folder });
  const newKey = ["-config", "openssl.cnf", "-newkey", "rsa:2048", "-nodes", "-sha256"];
  const authority = ["-keyout", "ca.key", "-out", "ca.pem", "-days", DAYS, "-extensions", "ca"];
  await openssl("req", "-x509", ...newKey, ...authority);
  await openssl("req", "-new", ...newKey, "-keyout", "server.key", "-out", "server.csr");
  const signer = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", DAYS];
  const extensions = ["-extfile", "openssl.cnf", "-extensions", "server", "-sha256"];
  const signed = ["-in", "server.csr", "-out", "server.crt", ...signer, ...extensions];
  await openssl("x509", "-req", ...signed);
  const parts = ["server.key", "server.crt", "ca.pem"].map((name) =>
    Deno.readTextFileSync(path(name))
  );
  Deno.writeTextFileSync(found.keystore, parts.join(""), { mode: 0o600 });
  // Nothing else shall ever be signed with it.
  for (const name of ["ca.key", "server.key", "server.csr"]) Deno.removeSync(path(name));
  return found;
}
