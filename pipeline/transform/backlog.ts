/** How much models that are built by slices have left. @module */
import { literal } from "../sql/names.ts";
import type { SqlSession } from "../sql/session.ts";
import type { Project } from "./project.ts";

/**
 * Records of the sources that the sliced models of the project have yet to read, by offsets: those
 * that lie beyond the last one that the model has of each partition.
 */
export async function backlogOf(project: Project, session: SqlSession): Promise<number> {
  let left = 0;
  for (const { relation, refs } of project.models.filter(({ sliced }) => sliced)) {
    const sources = project.models.filter(({ name }) => refs.includes(name)).flatMap((m) =>
      m.sources
    );
    const isMade = await exists(session, relation);
    for (const source of sources) {
      const { rows } = await session.query(isMade ? beyond(source, relation) : all(source));
      left += Number(rows[0]?.[0] ?? 0);
    }
  }
  return left;
}

async function exists(session: SqlSession, relation: string): Promise<boolean> {
  const { rows } = await session.query(
    `SELECT count(*) FROM information_schema.tables
WHERE table_catalog = current_database()
  AND lower(table_schema || '.' || table_name) = ${literal(relation)}`,
  );
  return Number(rows[0]?.[0]) > 0;
}

function all(source: string): string {
  return `SELECT count(*) FROM ${source}`;
}

function beyond(source: string, relation: string): string {
  return `SELECT sum(greatest(0, s.last_offset - coalesce(m.last_offset, s.first_offset - 1)))
FROM (
  SELECT _partition, min(_offset) AS first_offset, max(_offset) AS last_offset
  FROM ${source} GROUP BY _partition
) AS s
LEFT JOIN (
  SELECT _partition, max(_offset) AS last_offset FROM ${relation} GROUP BY _partition
) AS m ON m._partition = s._partition`;
}
