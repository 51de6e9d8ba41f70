/** Registries on loopback: packages made here, nothing from a host. @module */

/** A package of npm, as it is packed. */
export interface FakePackage {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const encoder = new TextEncoder();

/** The hash that a lock file holds of it. */
export async function integrityOf(one: FakePackage): Promise<string> {
  return `sha512-${
    new Uint8Array(await crypto.subtle.digest("SHA-512", await pack(one))).toBase64()
  }`;
}

/** An npm registry of these packages, which notes the tarballs that are asked for. */
export class NpmRegistry implements AsyncDisposable {
  /** Names, in the order of asking. */
  readonly asked: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(packages: readonly FakePackage[]) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        const [name = "", file] = decodeURIComponent(new URL(request.url).pathname).slice(1).split(
          "/-/",
        );
        const found = packages.find((one) => one.name === name);
        if (!found) return new Response(null, { status: 404 });
        if (file === undefined) return Response.json(await this.#document(found));
        this.asked.push(name);
        return new Response(await pack(found));
      },
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  async #document(one: FakePackage) {
    const tarball = `${this.url}${one.name}/-/${one.version}.tgz`;
    const version = { ...one, dist: { tarball, integrity: await integrityOf(one) } };
    return {
      name: one.name,
      "dist-tags": { latest: one.version },
      versions: { [one.version]: version },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

async function pack(one: FakePackage): Promise<Uint8Array<ArrayBuffer>> {
  const files = {
    "package/package.json": JSON.stringify({ ...one, main: "index.js" }),
    "package/index.js": `module.exports = ${JSON.stringify(one.name)};\n`,
  };
  const blocks = Object.entries(files).flatMap(([path, text]) => tarEntry(path, text));
  const tar = new Blob([...blocks, new Uint8Array(1024)]);
  return new Uint8Array(
    await new Response(tar.stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer(),
  );
}

/** A header of 512 bytes, and the contents in blocks of as many. */
function tarEntry(path: string, text: string): Uint8Array<ArrayBuffer>[] {
  const contents = encoder.encode(text);
  const header = new Uint8Array(512);
  const put = (at: number, value: string) => header.set(encoder.encode(value), at);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, "0")}\0`;
  put(0, path);
  put(100, octal(0o644, 8));
  put(108, octal(0, 8) + octal(0, 8) + octal(contents.length, 12) + octal(0, 12));
  put(148, " ".repeat(8));
  put(156, "0");
  put(257, "ustar\x0000");
  put(148, `${octal(header.reduce((sum, byte) => sum + byte, 0), 7)} `);
  const padded = new Uint8Array(Math.ceil(contents.length / 512) * 512);
  padded.set(contents);
  return [header, padded];
}
