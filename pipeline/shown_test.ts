import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { TickhouseError } from "./errors.ts";
import { keepSecret, redacted, redactedValue, shown, visible, visibleLine } from "./shown.ts";

const CANARY = "canary-4f1d";

Deno.test("visible() writes out what steers a terminal or turns text, and nothing else", () => {
  const evil = [
    "\u001b[31m",
    "\u0007",
    "\r",
    "\u009b2J",
    "\u007f",
    "\u202eabc",
    "\u2067",
    "\u2028",
  ];
  for (const text of evil) {
    const seen = visible(`a${text}b`);
    assertEquals(seen, `a\\u${hex(text)}${text.slice(1)}b`);
    assertEquals(
      JSON.parse(visible(JSON.stringify({ text })))["text"],
      text,
      "JSON means the same",
    );
  }
  assertEquals(visible("Zürich ☃ 東京\n\tשלום"), "Zürich ☃ 東京\n\tשלום");
  assertEquals(visibleLine("two\nlines\tand"), "two\\u000alines\\u0009and");
});

Deno.test("redacted() leaves out what is secret in URLs, connection strings and headers", () => {
  const texts = [
    `proxy http://me:${CANARY}@host:3128/path failed`,
    `http://me:p@${CANARY}@host`,
    `https://${CANARY}@host?x=1`,
    `GET https://h/b?sv=2024&sig=${CANARY}&se=1`,
    `"https://h/b?X-Amz-Credential=${CANARY}%2Fs3&X-Amz-Signature=${CANARY}"`,
    `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${CANARY}==;EndpointSuffix=x`,
    `BlobEndpoint=https://a/;SharedAccessSignature=sv=1&sig=${CANARY}&se=${CANARY}`,
    `wss://h/ws?token=${CANARY}`,
    `authorization: Bearer ${CANARY}-and-more`,
    `Authorization: Basic ${btoa(`me:${CANARY}`)}`,
    `Snowflake Token="${CANARY}-and-more"`,
    `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----`,
  ];
  for (const text of texts) {
    const left = redacted(text);
    assert(!left.includes(CANARY) && !left.includes(btoa(`me:${CANARY}`)), left);
    assertStringIncludes(left, "(secret)");
  }
  const plain = "http://127.0.0.1:9000/raw?prefix=a/b&list-type=2 has 3 tokens; me@host = 5";
  assertEquals(redacted(plain), plain);
});

Deno.test("redacted() reads a text once, however long", () => {
  // Were each place tried as a beginning, a text ten times as long would take a hundred times as long.
  for (
    const piece of ["x", "://", "sig=", "eyJ-", "bearer ", "-----BEGIN PRIVATE KEY-----", "me:"]
  ) {
    const text = piece.repeat(100_000);
    assert(redacted(text).length > 0);
  }
});

Deno.test("keepSecret(): what the process knows is left out, however a driver writes it", () => {
  const secret = 'kept "secret" & more/1';
  keepSecret(secret);
  keepSecret("short");
  keepSecret("market");
  for (const text of [secret, JSON.stringify(secret), encodeURIComponent(secret)]) {
    assert(!/kept/.test(redacted(`it said ${text}.`)), text);
  }
  // What may stand in any text is left out as a word only, what is shorter yet not at all.
  assertEquals(redacted("market, markets, short"), "(secret), markets, short");
});

Deno.test("redactedValue() reaches every text, and leaves names, numbers and nulls", () => {
  const url = `http://me:${CANARY}@host`;
  const value = { [url]: 1, list: [url, { deep: url }], n: 1.5, none: null, yes: true };
  assertEquals(redactedValue(value), {
    [url]: 1,
    list: ["http://(secret)@host", { deep: "http://(secret)@host" }],
    n: 1.5,
    none: null,
    yes: true,
  });
});

Deno.test("shown() does both", () => {
  assertEquals(shown(`\u001b[1mhttp://me:${CANARY}@h`), "\\u001b[1mhttp://(secret)@h");
});

Deno.test("no TickhouseError says a secret, in its value, its words or its advice", () => {
  const url = `http://me:${CANARY}@host/${"x".repeat(200)}`;
  const error = new TickhouseError("OPTION_INVALID", `can't reach ${url}`, {
    field: "TICKHOUSE_PROXY",
    value: url,
    fix: `look at ${url}`,
  });
  assert(!`${error.message} ${error.fix} ${error.what}`.includes(CANARY), error.message);
  assertEquals(error.message, `${error.what}. L${error.fix?.slice(1)}.`);
});

function hex(text: string): string {
  return text.charCodeAt(0).toString(16).padStart(4, "0");
}
