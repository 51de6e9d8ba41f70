/** JSR on loopback: the stand-ins of `std/`, published as packages. @module */
import { join } from "node:path";

/** A registry of the packages in folders that have a `deno.json`; it notes what is asked for. */
export class JsrRegistry implements AsyncDisposable {
  /** Paths, in the order of asking. */
  readonly asked: string[] = [];
  readonly #packages = new Map<string, Published>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(folders: readonly string[], imports: Readonly<Record<string, string>>) {
    for (const folder of folders) {
      const published = publish(folder, imports);
      this.#packages.set(published.name, published);
    }
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      const { pathname } = new URL(request.url);
      this.asked.push(pathname);
      return this.#answer(pathname);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  #answer(pathname: string): Promise<Response> | Response {
    const [, scope = "", name = "", ...rest] = pathname.split("/");
    const found = this.#packages.get(`${scope}/${name}`);
    if (!found) return new Response(null, { status: 404 });
    const { version, exports, files } = found;
    if (rest[0] === "meta.json") {
      return Response.json({
        scope: scope.slice(1),
        name,
        latest: version,
        versions: { [version]: {} },
      });
    }
    if (rest[0] === `${version}_meta.json`) return this.#manifest(exports, files);
    const text = rest[0] === version ? files.get(`/${rest.slice(1).join("/")}`) : undefined;
    if (text === undefined) return new Response(null, { status: 404 });
    return new Response(text, { headers: { "content-type": "application/typescript" } });
  }

  async #manifest(exports: unknown, files: ReadonlyMap<string, string>): Promise<Response> {
    const manifest: Record<string, { size: number; checksum: string }> = {};
    for (const [path, text] of files) {
      const bytes = new TextEncoder().encode(text);
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      manifest[path] = { size: bytes.length, checksum: `sha256-${digest.toHex()}` };
    }
    return Response.json({ manifest, exports });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

interface Published {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly files: ReadonlyMap<string, string>;
}

/** What JSR would serve: a published module knows no import map, so bare names are written out. */
function publish(folder: string, imports: Readonly<Record<string, string>>): Published {
  const { name, version, exports } = JSON.parse(Deno.readTextFileSync(join(folder, "deno.json")));
  const files = new Map<string, string>();
  for (const entry of Deno.readDirSync(folder)) {
    if (!entry.name.endsWith(".ts")) continue;
    const text = Deno.readTextFileSync(join(folder, entry.name));
    files.set(
      `/${entry.name}`,
      text.replaceAll(/"(deno-std)(\/[^"]+)"/g, (_, bare, rest) => {
        return `"${imports[bare]}${rest}"`;
      }),
    );
  }
  return {
    name,
    version,
    exports: typeof exports === "string" ? { ".": exports } : exports,
    files,
  };
}
