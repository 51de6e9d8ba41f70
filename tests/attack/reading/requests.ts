/** Requests that no client of ours would send. @module */

/** Bytes for a port. */
export interface RawRequest {
  readonly name: string;
  readonly port: number;
  readonly bytes: Uint8Array;
}

/** Where they go. */
export interface Targets {
  readonly endpoint: string;
  readonly token: string;
  readonly page: string;
}

const METHODS = [
  "GET",
  "POST",
  "PUT",
  "DELETE",
  "OPTIONS",
  "HEAD",
  "TRACE",
  "CONNECT",
  "PATCH",
  "X",
];
const PATHS = [
  "/",
  "/health",
  "/query",
  "/frame",
  "/events",
  "/candles",
  "/candles?interval=1m&dataset=ticks&source=simulator&symbol=AAPL",
  "/candles?interval=__proto__",
  "/candles?interval=1s&symbol=%00%ff%27%22--",
  "/../../../etc/passwd",
  "/..%2f..%2f..%2fetc/passwd",
  "/vendor/../server.ts",
  "//evil.example/",
  "*",
  "http://evil.example/query",
  "/%",
  "/\u0000",
  `/${"a".repeat(5_000)}`,
];
const HEADERS = [
  "",
  "Host: evil.example\r\n",
  "Host: evil.example\r\nHost: 127.0.0.1\r\n",
  "Origin: http://evil.example\r\nSec-Fetch-Site: cross-site\r\n",
  "Authorization: Bearer wrong\r\n",
  "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
  "Content-Length: -1\r\n",
  "Content-Length: 99999999999999\r\n",
  "Expect: 100-continue\r\n",
  "Upgrade: websocket\r\nConnection: Upgrade\r\n",
  "Cookie: tickhouse=x; __proto__=y\r\n",
  `X: ${"y".repeat(20_000)}\r\n`,
  Array.from({ length: 500 }, (_, i) => `X-${i}: 1\r\n`).join(""),
];
const BODIES = [
  "",
  "{",
  "null",
  "[]",
  '{"sql": 1}',
  '{"sql": "SELECT 1", "binds": [{"bigint": "99999999999999999999999999999999999999999999"}]}',
  '{"sql": "SELECT ?", "binds": [{"bigint": "1e9"}]}',
  '{"sql": "SELECT ?", "binds": [[1], {}]}',
  '{"sql": "SELECT ?"}',
  '{"sql": "SELECT 1", "binds": [1, 2, 3]}',
  '{"sql": "SELECT 1", "__proto__": {"binds": 1}}',
  `{"sql": "${"x".repeat(900_000)}"}`,
  `${"[".repeat(100_000)}`,
  "\u0000\ufffd",
];

/** All of them, for both servers. */
export function requests({ endpoint, token, page }: Targets): RawRequest[] {
  const encoder = new TextEncoder();
  const made: RawRequest[] = [];
  const add = (server: string, name: string, text: string) =>
    made.push({ name, port: Number(new URL(server).port), bytes: encoder.encode(text) });
  for (const [kind, server] of [["endpoint", endpoint], ["page", page]] as const) {
    const host = `Host: ${new URL(server).host}\r\n`;
    const bearer = `Authorization: Bearer ${token}\r\n`;
    for (const path of PATHS) {
      for (const method of METHODS) {
        const head = `${method} ${path} HTTP/1.1\r\n${host}Connection: close\r\n`;
        add(server, `${kind} ${method} ${path.slice(0, 40)}`, `${head}\r\n`);
      }
      for (const header of HEADERS) {
        const own = header.startsWith("Host") ? "" : host;
        const text = `POST ${path} HTTP/1.1\r\n${own}${header}Connection: close\r\n\r\n`;
        add(server, `${kind} ${path.slice(0, 40)} with ${header.slice(0, 40)}`, text);
      }
    }
    for (const path of ["/query", "/frame"]) {
      for (const body of BODIES) {
        const length = `Content-Length: ${encoder.encode(body).length}\r\n`;
        const head = `POST ${path} HTTP/1.1\r\n${host}${bearer}${length}Connection: close\r\n\r\n`;
        add(server, `${kind} ${path} with the body ${body.slice(0, 40)}`, head + body);
      }
    }
    for (const bytes of ["", "\r\n\r\n", "\x16\x03\x01\x02\x00\x01", "GET", "\0".repeat(70_000)]) {
      add(server, `${kind} with the bytes ${JSON.stringify(bytes.slice(0, 20))}`, bytes);
    }
  }
  return made;
}
