import { assert, assertEquals } from "@std/assert";
import { keyEraser } from "./keyed.ts";

Deno.test("keyEraser() leaves a key out as it is, as URLs write it and as JSON does, and nothing else", () => {
  const key = 'a+b/c "d" é12';
  const erase = keyEraser(key);
  const forms = [
    ...[
      key,
      encodeURIComponent(key),
      encodeURIComponent(key).replaceAll(/%../g, (code) => code.toLowerCase()),
    ],
    ...[`${new URLSearchParams({ k: key })}`.slice(2), JSON.stringify(key).slice(1, -1)],
  ];
  for (const form of forms) assertEquals(erase(`it is ${form}, ${form}.`), "it is ***, ***.");
  const plain = '{"1. open":"123.45","note":"a+b c"}';
  assertEquals([erase(plain), keyEraser("")(plain)], [plain, plain]);
});

Deno.test("keyEraser(): a short key is none within a word or a number", () => {
  const erase = keyEraser("feeds");
  assertEquals(erase("our newsfeeds, feeds and feeds1"), "our newsfeeds, *** and feeds1");
  assert(keyEraser("123")('{"v":1234,"k":"123"}') === '{"v":1234,"k":"***"}');
});
