import { csvSource } from "../pipeline/source/csv/csv.ts"; import { previewRow } from "../pipeline/source/csv/preview.ts";
const cases = JSON.parse(await Deno.readTextFile(Deno.args[0]!));
for (const [name, file, content, told] of cases) {
  console.log(`\n=== ${name} [${file}] ${JSON.stringify(told)}`);
  const path = `/tmp/brk2/f/${name.replaceAll(/\W/g,"_")}/${file}`;
  try {
    if (content !== null) { await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), {recursive:true}); await Deno.writeTextFile(path, content); }
    const s = await csvSource({ path: content === null ? file : path, ...told, onNotice: (n: string) => console.log("#", n) });
    let n = 0;
    for await (const b of s.read(undefined, new AbortController().signal)) { for (const {values} of b.records) for (let i=0;i<values.length;i++) { n++; if (n<=6 || (n>=1998&&n<2004)) { const r = previewRow(s.dataset, new TextDecoder().decode(values.at(i))); for (const k of Object.keys(r)) if (r[k]===null||["source","ingest_time"].includes(k)) delete r[k]; console.log(Object.entries(r).map(([k,v])=>`${k}=${v}`).join(" ")); } } for (const r of b.refused.slice(0,4)) console.log("REFUSED", r.at, r.reason.slice(0,260)); if (b.refused.length>4) console.log("REFUSED total", b.refused.length); }
    console.log("rows", n);
  } catch (e) { const x = e as any; console.log("ERR", x.code ?? x.stack, "|", x.message?.slice(0,300), "|", x.field, x.value, "| fix:", x.fix); }
}
