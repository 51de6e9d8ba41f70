/** `deno task audit`: what the project depends on, judged without a network. @module */
import { join } from "node:path";
import { audit, read } from "./audit.ts";

const subject = read(join(import.meta.dirname ?? "", "..", ".."));
const findings = audit(subject);
const unseen = findings.filter((finding) => finding.includes(": is not installed"));
for (const finding of findings) if (!unseen.includes(finding)) console.error(finding);
if (unseen.length > 0) {
  console.error(
    `${unseen.length} packages are not installed, so their licences were not seen: verbs install ` +
      "what they need and no more; run `deno install` for the rest",
  );
}
console.error(`${Object.keys(subject.lock.npm).length} packages, ${findings.length} findings`);
Deno.exit(findings.length === 0 ? 0 : 1);
