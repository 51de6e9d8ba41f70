import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { isCatalogView, tableFunctionKind, weightOf } from "./functions.ts";

/** The engine's functions that no reader may call, each with why. */
const REFUSED: Readonly<Record<string, string>> = {
  "binds SQL that is in a string, and tells of files": "json_deserialize_sql json_serialize_plan " +
    "json_serialize_sql",
  "tells of settings, sessions or the machine": "current_connection_id current_query " +
    "current_query_id current_schemas current_setting current_transaction_id get_block_size " +
    "getvariable inet_client_addr inet_client_port inet_server_addr inet_server_port " +
    "pg_conf_load_time pg_postmaster_start_time txid_current parse_duckdb_log_message",
  "changes or reads a sequence or a seed": "currval nextval setseed",
  "waits": "pg_sleep sleep_ms",
  "writes": "write_log",
  "is the engine's own": "cast_to_type combine finalize get_type make_type replace_type stats " +
    "timetz_byte_comparable variant_bytes_to_variant variant_normalize " +
    "variant_to_parquet_variant vector_type in_search_path",
  "imitates PostgreSQL's catalog": "col_description format_pg_type format_type map_to_pg_oid " +
    "obj_description shobj_description",
  "is of shapes on a map, which are not here": "st_asbinary st_astext st_aswkb st_aswkt st_crs " +
    "st_geomfromwkb st_intersects_extent st_setcrs",
};
const REFUSED_PATTERN =
  /^(__internal_|icu_collate_|icu_sort_key|has_\w+_privilege$|pg_(?!size|typeof))/;

describe("the functions that a reader may call", () => {
  it("are all of the engine's, but for those that are refused for a reason", async () => {
    const refused = new Set(Object.values(REFUSED).flatMap((names) => names.split(" ")));
    const { scalars, tables } = await ofTheEngine();
    const undecided = scalars.filter((name) =>
      weightOf(name, 1) === undefined && !refused.has(name) && !REFUSED_PATTERN.test(name)
    );
    assertEquals(undecided, [], "decide in functions.ts what these may do");
    assertEquals([...refused].filter((name) => weightOf(name, 1) !== undefined), []);
    const open = tables.filter((name) => tableFunctionKind(name) !== undefined);
    assertEquals(open.filter((n) => /read_|glob|scan|query|log|secret|setting|sql/.test(n)), []);
  });

  it("are not bounded where they give as many values as they are asked for", async () => {
    await using db = await DuckDbFile.open(":memory:");
    await using session = await db.session();
    const { rows } = await session.query(
      `SELECT DISTINCT function_name, len(parameter_types) FROM duckdb_functions()
       WHERE function_type = 'aggregate' AND return_type LIKE '%[]'`,
    );
    assert(rows.length > 10);
    const bounded = rows.filter(([name, args]) =>
      weightOf(String(name), Number(args)) === "bounded"
    );
    assertEquals(bounded, []);
  });

  it("are functions that the engine has", async () => {
    const { scalars, tables } = await ofTheEngine();
    const known = new Set([...scalars, ...tables]);
    const text = await Deno.readTextFile(new URL("functions.ts", import.meta.url));
    const names = [...text.matchAll(/words\(`([^`]*)`\)/g)].slice(0, 4)
      .flatMap(([, words = ""]) => words.split(/\s+/).filter(Boolean));
    assertEquals(names.filter((name) => !known.has(name.toLowerCase())), []);
    assertEquals([weightOf("json_serialize_plan", 1), isCatalogView("pg_settings")], [
      undefined,
      false,
    ]);
  });
});

async function ofTheEngine(): Promise<{ scalars: string[]; tables: string[] }> {
  await using db = await DuckDbFile.open(":memory:");
  await using session = await db.session();
  const { rows } = await session.query(
    "SELECT DISTINCT lower(function_name), function_type LIKE 'table%' FROM duckdb_functions() " +
      "WHERE function_type <> 'pragma' ORDER BY 1",
  );
  const of = (isTable: boolean) => rows.filter((r) => r[1] === isTable).map((r) => String(r[0]));
  return { scalars: of(false), tables: of(true) };
}
