/**
 * What stands between a client and its HTTP server, and passes requests on.
 * @module
 */
import http from "node:http";
import type { AddressInfo } from "node:net";

/** A server's answer, whole. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** Listens on loopback; what becomes of a request, `serve` decides. */
export abstract class HttpProxy implements AsyncDisposable {
  readonly #server: http.Server;
  readonly #target: URL;

  /** In front of `target`, a URL such as http://127.0.0.1:9000. */
  protected constructor(target: string) {
    this.#target = new URL(target);
    this.#server = http.createServer((request, response) => {
      // A server that dies meanwhile is seen as what it is: a broken connection.
      this.serve(request, response).catch(() => request.socket.destroy());
    });
  }

  /** Its own URL. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  /** Answers a request, or does not. */
  protected abstract serve(
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void>;

  protected async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  /** What the server answers to the request with that body. */
  protected forward(request: http.IncomingMessage, body: Uint8Array): Promise<Answer> {
    const { hostname, port } = this.#target;
    const { method = "", headers } = request;
    const path = pathOf(request);
    return new Promise((resolve, reject) => {
      // The server may check a signature that covers the host: it stays the one that was asked.
      const options = { hostname, port, method, path, headers, agent: false };
      const forwarded = http.request(options, (answer) => {
        bytesOf(answer).then((body) => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body });
        }, reject);
      });
      forwarded.on("error", reject);
      forwarded.end(body);
    });
  }
}

/** Path and query, also of a request to a forward proxy, which has a whole URL. */
export function pathOf({ url = "" }: http.IncomingMessage): string {
  return url.replace(/^http:\/\/[^/]+/, "");
}

/** Half of the answer's body, then the end of the connection. */
export function answerHalf(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  { body }: Answer,
): void {
  response.write(body.subarray(0, body.length / 2));
  setTimeout(() => request.socket.destroy(), 20);
}

/** All that a stream brings. */
export async function bytesOf(stream: http.IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}
