/** docs/metadata.md: the tables of the metadata store. @module */
import { DESCRIBED, type Described } from "../metadata/described.ts";

const HEAD = `# The metadata store

<!-- Made by \`deno task generate\` from pipeline/metadata/described.ts; edit that, not this. -->

What tickhouse knows of its own work: what ran, how far each series is fetched, what was asked and
what is missing, why, and whether it was filled. It never makes rows unique: that is the log, in
whose commits a feed's state is kept. Log, lake and warehouse do not need it.

By default it is one SQLite file, \`metadata.sqlite\` in the home, for any number of processes on the
machine. For several machines name a PostgreSQL of version 13 or newer; its tables are in a schema
\`tickhouse\`, which is made if the user may:

\`\`\`sh
TICKHOUSE_METADATA=postgres://user:password@host:5432/database    # ?sslmode=verify-full for TLS
\`\`\`

\`deno task status\` shows the last runs, \`deno task doctor\` whether the store can be reached;
\`house.runs()\` has them in a notebook. A run without a sign of life for a minute is shown as one
that never ended: its process died, or can't reach the store. A store that can't be written at the
start of a run is an error; later it is a note, and no record is lost by it.

The tables are made and changed by numbered steps, once, also where several processes start at the
same time. A store whose tables a newer tickhouse made is refused (\`METADATA_NEWER\`), not written.

Names that end in \`_us\` are microseconds since 1970 UTC; days are \`YYYY-MM-DD\`; ranges hold their
begin and not their end. Read it with any client of SQLite or PostgreSQL; write it only by tickhouse.
`;

/** The page. */
export function metadataPage(): string {
  return [HEAD, ...Object.entries(DESCRIBED).map(section)].join("\n");
}

function section([name, { meaning, key, columns }]: [string, Described]): string {
  const rows = Object.entries(columns).map(([column, [type, what]]) =>
    `| \`${column}\` | ${type} | ${what} |`
  );
  const keys = key.map((column) => `\`${column}\``).join(", ");
  return `## ${name}

${meaning} Key: ${keys}.

| column | type | what it holds |
| --- | --- | --- |
${rows.join("\n")}
`;
}
