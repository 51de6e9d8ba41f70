/** `deno task audit`: what the project depends on, judged without a network. @module */
import { join } from "node:path";
import { audit, read } from "./audit.ts";

const subject = read(join(import.meta.dirname ?? "", "..", ".."));
const findings = audit(subject);
for (const finding of findings) console.error(finding);
if (findings.some((finding) => finding.includes(": is not installed"))) {
  console.error("verbs install what they need and no more: run `deno install` for the rest");
}
console.error(`${Object.keys(subject.lock.npm).length} packages, ${findings.length} findings`);
Deno.exit(findings.length === 0 ? 0 : 1);
