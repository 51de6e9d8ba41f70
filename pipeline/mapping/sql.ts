/**
 * A mapping as SQL: lines of JSON, each a message, into the columns of its dataset as text, in one
 * pass and with one parse of a message.
 * @module
 */
import { MESSAGE_BYTES_MAX, wireName } from "../datasets/dataset.ts";
import { certainty, typedRows, validity } from "../decode/lines.ts";
import { identifier, literal } from "../sql/names.ts";
import type { CheckedMapping, Condition, Field } from "./mapping.ts";
import { jsonPath, type Path } from "./path.ts";
import { timeSql } from "./time.ts";

/** Before the digits of a number in lines that were written again: see `marked.ts`. */
export const MARK = "\u0001";

/** Beyond so many microseconds from 1970 is no day: about 285 years. */
const DAYS_US = 9e15;

/** What DuckDB takes for a number though JSON has no such. */
const NO_NUMBERS = ["nan", "inf", "infinity"].map(literal).join(", ");

/** Where the messages of a file stood. */
export interface Messages {
  /** NDJSON, a message a line. */
  readonly file: string;
  /** Put before the offset in identities: topic and partition. */
  readonly origin: string;
  /** Offset of the first line, where each next one is one more; else that of each. */
  readonly offsets: number | readonly number[];
  /** Key of each message, where a column is filled from them. */
  readonly keys?: readonly (string | null)[];
  /** Bytes of the longest line. Default: what a message may have. */
  readonly lineBytes?: number;
}

/** What the SQL is made of. */
export interface MappingSql {
  readonly checked: CheckedMapping;
  /** Whether numbers are marked texts of all their digits. */
  readonly marked: boolean;
}

/** What is done with a message, or with one record of it. */
export type State = "good" | "doubt" | "skipped" | "elsewhere" | "strange" | "no list" | "empty";

/**
 * A query for the good records of all messages, by key, each group's lines in the order of the log,
 * a newline between them: `_state`, `_key`, `_lines`, `_count`, `_messages` (numbers from 1 of those in
 * doubt), `_locals` (records whose time has no zone of its own), `_cuts` (whose time is finer than kept),
 * `_first` (messages, by their first record).
 */
export function groupedSql(sql: MappingSql, messages: Messages): string {
  return `SELECT _state, CASE WHEN _state = 'good' THEN ${keyOf(sql)} END AS _key,
    string_agg(CASE WHEN _state = 'good' THEN ${lineOf(sql)} END, chr(10)
      ORDER BY _message, _item) AS _lines,
    count(*) AS _count, count(*) FILTER (_item <= 1) AS _first,
    list(_message) FILTER (_state = 'doubt') AS _messages,
    count(*) FILTER (_local) AS _locals, count(*) FILTER (_cut) AS _cuts
  FROM (${judged(sql, messages)}) GROUP BY ALL`;
}

/** The same row by row, in order: `_message`, `_item`, `_state`, `_key`, `_line`, `_local`, `_cut`. */
export function rowsSql(sql: MappingSql, messages: Messages): string {
  return `SELECT _message, _item, _state, ${keyOf(sql)} AS _key, ${
    lineOf(sql)
  } AS _line, _local, _cut
  FROM (${sql.marked ? mapped(sql, messages) : judged(sql, messages)}) ORDER BY _message, _item`;
}

/**
 * Each shape of a message once: the names in the message and in what of it is looked into, and
 * whether it is of messages that this mapping takes.
 */
export function shapesSql(checked: CheckedMapping, file: string): string {
  return `SELECT DISTINCT ${shapeOf(checked)}, ${ownOf(checked)} FROM ${objects(file)}`;
}

/** The shape of each message, null of what is no JSON; of a file that holds each as a JSON text. */
export function shapesOfTextsSql(checked: CheckedMapping, file: string): string {
  const whereJson = (value: string) => `CASE WHEN json_valid(json) THEN ${value} END`;
  return `SELECT ${whereJson(shapeOf(checked))}, ${whereJson(ownOf(checked))} FROM (
    SELECT row_number() OVER () AS _row, json FROM read_json(${literal(file)},
      format = 'newline_delimited', records = false,
      maximum_object_size = ${2 * MESSAGE_BYTES_MAX + 2}, columns = {json: 'VARCHAR'}))
  ORDER BY _row`;
}

/** Whether the mapping takes the message. */
function ownOf({ skip, when }: CheckedMapping): string {
  const fits = ({ path: { names }, values }: Condition) =>
    `coalesce(json_extract_string(json, ${jsonPath(names)})
      IN (${values.map(literal).join(", ")}), false)`;
  return [...skip.map((one) => `NOT ${fits(one)}`), ...when.map(fits)].join(" AND ") || "true";
}

/** Lists of names as a text of JSON. */
function shapeOf(checked: CheckedMapping): string {
  const inner = new Map<string, string>();
  for (const { names } of pathsOf(checked).message) {
    for (let i = 1; i < names.length; i++) {
      const path = jsonPath(names.slice(0, i));
      inner.set(path, `[json_keys(json, ${path})]`);
    }
  }
  const { list } = checked;
  const items = list &&
    `list_transform(json_extract(json, ${jsonPath(list, "[*]")}), lambda item: json_keys(item))`;
  const keys = ["[json_keys(json)]", ...inner.values(), ...items ? [items] : []];
  return `to_json([${keys.join(", ")}])::VARCHAR`;
}

function objects(file: string, lineBytes = 0): string {
  const most = Math.max(2 * MESSAGE_BYTES_MAX, lineBytes + 2);
  return `read_ndjson_objects(${literal(file)}, maximum_object_size = ${most})`;
}

/** Every record with its state. */
function judged(sql: MappingSql, messages: Messages): string {
  const { dataset, fields } = sql.checked;
  const times = fields.filter(({ format }) => format !== undefined)
    .map(({ column }) => `NOT ${identifier(`_unread_${column.name}`)}`);
  // As numbers these are null, as text they are text: that is looked at.
  const words = dataset.columns.filter(({ type }) => type.kind === "text").map(({ name }) =>
    `coalesce(lower(ltrim(${identifier(name)}, '-')) NOT IN (${NO_NUMBERS}), true)`
  );
  const rules = [validity(dataset), certainty(dataset), ...times, ...words];
  const good = `coalesce(${rules.join(" AND ")}, false)`;
  const raws = dataset.columns.map((c) => `"${wireName(c)}" AS ${identifier(`_text_${c.name}`)}`);
  const pass = ["_message", "_item", "_state AS _before", "_local", "_cut", ...raws];
  const unread = fields.filter(({ format }) => format !== undefined)
    .map(({ column }) => identifier(`_unread_${column.name}`));
  return `SELECT *, CASE WHEN _before <> 'record' THEN _before WHEN ${good} THEN 'good'
      ELSE 'doubt' END AS _state
    FROM (${typedRows(dataset, `(${mapped(sql, messages)})`, [...pass, ...unread])})`;
}

/** Every record with its columns as text under their wire names. */
function mapped(sql: MappingSql, messages: Messages): string {
  const { checked } = sql;
  const { dataset, fields, list } = checked;
  const { message, item } = pathsOf(checked);
  const extract = (json: string, paths: readonly Path[]) =>
    paths.length === 0
      ? "NULL::VARCHAR[]"
      : `json_extract_string(${json}, [${paths.map(({ names }) => jsonPath(names)).join(", ")}])`;
  const lines = `SELECT row_number() OVER () AS _message, json FROM ${
    objects(messages.file, messages.lineBytes)
  }`;
  const items = list === undefined
    ? `SELECT _message, 1 AS _item, NULL::JSON AS item, false AS _no_list,
        ${extract("json", message)} AS m FROM (${lines})`
    : `SELECT _message, unnest(CASE WHEN len(_list) > 0 THEN _list ELSE [NULL] END) AS item,
        unnest(range(1, greatest(len(_list), 1) + 1)) AS _item, len(_list) = 0 AS _no_list,
        ${extract("json", message)} AS m, json
      FROM (SELECT *, json_extract(json, ${jsonPath(list, "[*]")}) AS _list FROM (${lines}))`;
  const value = (path: Path) => {
    const own = path.list === undefined;
    const at = (own ? message : item).findIndex(({ text }) => text === path.text) + 1;
    return `${own ? "m" : "i"}[${at}]`;
  };
  const plain = (path: Path) =>
    sql.marked ? `ltrim(${value(path)}, ${literal(MARK)})` : value(path);
  const byName = new Map(fields.map((one) => [one.column, one]));
  const columns = dataset.columns.map((column) => {
    const found = byName.get(column);
    const text = found ? columnSql(sql, found, messages, value, plain) : "NULL::VARCHAR";
    return `${text} AS "${wireName(column).replaceAll('"', '""')}"`;
  });
  const times = fields.flatMap((one) => {
    if (one.format === undefined || !one.path) return [];
    const { type, name } = one.column;
    const text = plain(one.path);
    const { us, local, finer } = timeSql(text, one.format, checked.mapping.time_zone);
    const inSeconds = type.kind === "timestamp" && type.wireUnit === "s";
    return [{ name, text, us, local, cut: inSeconds ? `(${us}) % 1000000 <> 0` : finer }];
  });
  const unread = times.map(({ name, text, us }) =>
    `(${text} IS NOT NULL AND (${us}) IS NULL) AS ${identifier(`_unread_${name}`)}`
  );
  const locals = times.map(({ text, local }) => `(${text} IS NOT NULL AND ${local})`);
  return `SELECT _message, _item, ${columns.join(", ")}, ${[...unread, ""].join(", ")}
      coalesce(${times.map(({ cut }) => `(${cut})`).join(" OR ") || "false"}, false) AS _cut,
      coalesce(${locals.length === 0 ? "false" : locals.join(" OR ")}, false) AS _local,
      ${stateSql(sql, plain)} AS _state
    FROM (SELECT *, ${extract("item", item)} AS i FROM (${items}))`;
}

function stateSql({ checked }: MappingSql, plain: (path: Path) => string): string {
  const one = ({ path, values }: Condition) =>
    `coalesce(${plain(path)} IN (${values.map(literal).join(", ") || "NULL"}), false)`;
  const all = (conditions: readonly Condition[]) => conditions.map(one).join(" AND ");
  const { skip, when, others, list } = checked;
  const elsewhere = others.filter((conditions) => conditions.length > 0).map(all);
  const cases = [
    ...skip.map((condition) => `WHEN ${one(condition)} THEN 'skipped'`),
    ...when.length === 0 ? [] : [
      ...elsewhere.map((other) => `WHEN NOT (${all(when)}) AND (${other}) THEN 'elsewhere'`),
      `WHEN NOT (${all(when)}) THEN 'strange'`,
    ],
    ...list === undefined ? [] : [
      `WHEN _no_list THEN CASE WHEN json_type(json, ${jsonPath(list)}) = 'ARRAY'
        THEN 'empty' ELSE 'no list' END`,
    ],
  ];
  return cases.length === 0 ? "'record'" : `CASE ${cases.join(" ")} ELSE 'record' END`;
}

function columnSql(
  { checked, marked }: MappingSql,
  field: Field,
  messages: Messages,
  value: (path: Path) => string,
  plain: (path: Path) => string,
): string {
  const { column, path, from, values, format } = field;
  if (from === "offset") return identitySql(messages, checked.list !== undefined);
  if (from === "key") return keysSql(messages);
  if (!path) return literal(field.value ?? "");
  if (format !== undefined) {
    const { us, fault } = timeSql(plain(path), format, checked.mapping.time_zone);
    const { type } = column;
    const iso = format === "iso" && type.kind === "date";
    const day = iso ? `left(${plain(path)}, 10)` : `strftime(make_timestamp(${us}), '%Y-%m-%d')`;
    const read = type.kind === "date"
      ? `CASE WHEN (${us}) BETWEEN ${-DAYS_US} AND ${DAYS_US} THEN ${day} END`
      : type.kind === "timestamp" && type.wireUnit === "s"
      ? `(${us}) // 1000000`
      : us;
    if (!marked) return read;
    // What is no time is told by its text.
    return `coalesce((${read})::VARCHAR, (${fault}) || ': ' || ${plain(path)}, ${plain(path)})`;
  }
  if (column.isList) return joinedSql(value(path), marked);
  if (values === undefined) return value(path);
  const cases = Object.entries(values).map(([from, to]) =>
    `WHEN ${literal(from)} THEN ${literal(to)}`
  );
  return `CASE ${plain(path)} ${cases.join(" ")} ELSE ${value(path)} END`;
}

/** The elements of a list with a space between them; null of none. */
function joinedSql(value: string, marked: boolean): string {
  const joined = `array_to_string(from_json(${value}, '["VARCHAR"]'), ' ')`;
  const list = marked ? `replace(${joined}, ${literal(MARK)}, '')` : joined;
  return `CASE WHEN starts_with(${value}, '[') THEN nullif(${list}, '')
    ELSE nullif(${value}, '') END`;
}

function identitySql({ origin, offsets }: Messages, inList: boolean): string {
  const offset = typeof offsets === "number"
    ? `(${offsets} + _message - 1)`
    : `('[${offsets.join(",")}]'::BIGINT[])[_message]`;
  return `${literal(`${origin}/`)} || ${offset}${inList ? ` || '/' || _item` : ""}`;
}

/** The message's key; a list of JSON is read once, not row by row. */
function keysSql({ keys = [] }: Messages): string {
  return `from_json(${literal(JSON.stringify(keys))}, '["VARCHAR"]')[_message]`;
}

/** The value of the key, as text. */
function keyOf({ checked: { dataset }, marked }: MappingSql): string {
  const column = dataset.columns.find(({ name }) => name === dataset.key);
  const text = marked ? `"${column ? wireName(column) : ""}"` : identifier(`_text_${dataset.key}`);
  return marked ? `ltrim(${text}, ${literal(MARK)})` : text;
}

/** The record as a line of JSON with the columns that the mapping fills. */
function lineOf({ checked: { dataset, fields }, marked }: MappingSql): string {
  const filled = dataset.columns.filter((column) => fields.some((one) => one.column === column));
  const parts = filled.map((column) => {
    const wire = `"${wireName(column).replaceAll('"', '""')}"`;
    return `${wire}: ${marked ? wire : identifier(`_text_${column.name}`)}`;
  });
  return `to_json({${parts.join(", ")}})::VARCHAR`;
}

/** The places that are read, each once: of the message, and of an element of its list. */
export function pathsOf({ fields, skip, when, others }: CheckedMapping): {
  readonly message: readonly Path[];
  readonly item: readonly Path[];
} {
  const conditions = [...skip, ...when, ...others.flat()];
  const all = [...fields.flatMap(({ path }) => path ? [path] : []), ...conditions.map(pathOf)];
  const unique = [...new Map(all.map((path) => [path.text, path])).values()];
  return {
    message: unique.filter(({ list }) => list === undefined),
    item: unique.filter(({ list }) => list !== undefined),
  };
}

function pathOf({ path }: Condition): Path {
  return path;
}
