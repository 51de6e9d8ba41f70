import { assertEquals } from "@std/assert";
import { keepSecret } from "../shown.ts";
import { drawn, htmlOf } from "./drawn.ts";
import { DISPLAY } from "./show.ts";

Deno.test("drawn() draws as text and as HTML, and leaves JSON what it was", () => {
  const value = drawn(
    { rows: 2 },
    () => [{ head: ["a"], rows: [[1], [null]] }, "two rows", "both"],
  );
  assertEquals(JSON.stringify(value), `{"rows":2}`);
  assertEquals(Object.keys(value), ["rows"]);
  assertEquals(String(value).split("\n").slice(-2), ["two rows", "both"]);
  const bundle = (value as unknown as Record<symbol, () => Record<string, string>>)[DISPLAY]?.();
  assertEquals(
    bundle?.["text/html"],
    "<table>\n<thead><tr><th>a</th></tr></thead>\n<tbody>\n<tr><td>1</td></tr>\n" +
      "<tr><td></td></tr>\n</tbody>\n</table>\n<pre>two rows\nboth</pre>",
  );
});

Deno.test("drawn() takes text for text: no markup, no control characters, no secret", () => {
  keepSecret("open-sesame-open-sesame");
  const html = htmlOf([{ head: ["<b>"], rows: [["<script>", "a\u001b[2J", "&"]] }, "<i>"]);
  assertEquals(/<(b|script|i)>/.test(html), false, html);
  assertEquals(html.includes("\u001b"), false);
  assertEquals(htmlOf(["it is open-sesame-open-sesame"]).includes("sesame"), false);
});
