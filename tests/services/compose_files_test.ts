/** `compose:env` and `compose:pin`: what they write. */
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { digestOf, imageOf, pinned } from "services/compose/pin.ts";
import { SECRETS, withSecrets, writeSecrets } from "services/compose/secrets.ts";
import { parseConfig } from "tickhouse/config/config.ts";
import { TickhouseError } from "tickhouse/errors.ts";
import { TempFolder } from "tickhouse/testing.ts";

const NAMES = SECRETS.map(({ name }) => name);

Deno.test("writeSecrets() makes what is missing once, for the owner only", () => {
  using folder = new TempFolder();
  const path = join(folder.path, ".env");
  Deno.writeTextFileSync(path, "# mine\nPGPASSWORD=mine # not yours\nOTHER=1", { mode: 0o644 });
  assertEquals(writeSecrets(path), NAMES.filter((name) => name !== "PGPASSWORD"));
  const text = Deno.readTextFileSync(path);
  assert(text.startsWith("# mine\nPGPASSWORD=mine # not yours\nOTHER=1\n"));
  assertEquals((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  assertEquals(writeSecrets(path), []);
  assertEquals(Deno.readTextFileSync(path), text);
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), [".env"]);
});

Deno.test("writeSecrets() closes a file that was open to others though nothing is missing", () => {
  using folder = new TempFolder();
  const path = join(folder.path, ".env");
  Deno.writeTextFileSync(path, withSecrets("").text, { mode: 0o644 });
  assertEquals(writeSecrets(path), []);
  assertEquals((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
});

Deno.test("writeSecrets() leaves a link to the file a link", () => {
  using folder = new TempFolder();
  const real = join(folder.path, "real");
  const link = join(folder.path, ".env");
  Deno.writeTextFileSync(real, "A=1\n");
  Deno.symlinkSync(real, link);
  writeSecrets(link);
  assert(Deno.lstatSync(link).isSymlink);
  assertMatch(Deno.readTextFileSync(real), /^A=1\nTICKHOUSE_S3_ACCESS_KEY=/);
});

Deno.test("withSecrets() makes others each time, fills what is set to nothing, and tickhouse reads them", () => {
  const first = parseEnv(withSecrets('PGPASSWORD=\nexport TICKHOUSE_S3_SECRET_KEY=""\n').text);
  const second = parseEnv(withSecrets("").text);
  for (const name of NAMES) {
    assert(first[name], name);
    if (name !== "TICKHOUSE_S3_ACCESS_KEY") assert(first[name] !== second[name], name);
  }
  const config = parseConfig({}, first);
  assertEquals(config.s3SecretKey, first["TICKHOUSE_S3_SECRET_KEY"]);
  assert(config.azureConnection.includes(`AccountKey=${first["AZURITE_KEY"]};`));
});

Deno.test("imageOf() reads an image as Docker does", () => {
  const of = (reference: string) => {
    const { registry, repository, tag } = imageOf(reference);
    return [registry, repository, tag].join(" ");
  };
  assertMatch(of("postgres:15.15"), /^\S+ library\/postgres 15\.15$/);
  assertMatch(of("minio/mc:RELEASE.1"), /^\S+ minio\/mc RELEASE\.1$/);
  assertEquals(of("127.0.0.1:5000/a/b:1"), "127.0.0.1:5000 a/b 1");
  assertEquals(of("host.example/a:1"), "host.example a 1");
  for (const wrong of ["postgres", "postgres:", "a:1@sha256:12", "host:5000/a"]) {
    assertThrows(() => imageOf(wrong), TickhouseError, "names no tag");
  }
});

/** A registry on loopback that asks for a token, and serves one image. */
function registry(manifest: string, said?: string) {
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const url = new URL(request.url);
    asked.push(url.pathname + url.search);
    if (url.pathname === "/token") return Response.json({ token: "t-1" });
    if (url.pathname !== "/v2/a/b/manifests/1.2") return new Response("", { status: 404 });
    assert(request.headers.get("accept")?.includes("image.index"));
    if (request.headers.get("authorization") !== "Bearer t-1") {
      const challenge = `Bearer realm="${url.origin}/token",service="s",scope="x"`;
      return new Response("", { status: 401, headers: { "www-authenticate": challenge } });
    }
    return new Response(manifest, said ? { headers: { "docker-content-digest": said } } : {});
  });
  const { port } = server.addr as Deno.NetAddr;
  return { host: `127.0.0.1:${port}`, asked, [Symbol.asyncDispose]: () => server.shutdown() };
}

async function sha256(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256:${new Uint8Array(hash).toHex()}`;
}

Deno.test("pinned() writes what a registry's tag means, again too, and nothing else", async () => {
  const digest = await sha256("{}");
  await using server = registry("{}", digest);
  const image = `${server.host}/a/b:1.2`;
  const text = `# image: x\na:\n  image: ${image}\nb:\n  image: ${image}\n  command: image: no\n`;
  const ask = (one: Parameters<typeof digestOf>[0]) => digestOf(one, "http");
  const once = await pinned(text, ask);
  assertEquals(once, text.replaceAll(`image: ${image}`, `image: ${image}@${digest}`));
  assertEquals(server.asked, [
    "/v2/a/b/manifests/1.2",
    "/token?service=s&scope=repository%3Aa%2Fb%3Apull",
    "/v2/a/b/manifests/1.2",
  ]);
  const old = once.replaceAll(digest, await sha256("old"));
  assertEquals(await pinned(old, ask), once);
  assertEquals(await pinned(`FROM ${image}\nRUN x\n`, ask), `FROM ${image}@${digest}\nRUN x\n`);
});

Deno.test("digestOf() refuses a digest that is not that of the bytes, and what is not there", async () => {
  await using server = registry("{}", await sha256("other"));
  const refused = async (image: string, says: RegExp) => {
    const error = await assertRejects(() => digestOf(imageOf(image), "http"), TickhouseError);
    assertEquals(error.code, "REGISTRY_REFUSED");
    assertMatch(error.message, says);
  };
  await refused(`${server.host}/a/b:1.2`, /the registry says sha256:.*its bytes are/);
  await refused(`${server.host}/a/b:9`, /answers 404/);
  await refused("127.0.0.1:1/a/b:1", /does not answer/);
});
