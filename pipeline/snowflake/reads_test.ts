import { assertThrows } from "@std/assert";
import { TickhouseError } from "../errors.ts";
import { assertSnowflakeReads } from "./reads.ts";

const READS = [
  "select 1",
  "SELECT * FROM t; ",
  "-- a comment\nselect '--', 'system$x()', \"delete\" from t // more",
  "/* delete */ (select 1) union all (select 2)",
  "with a as (select 1), b as (select * from a) select * from b",
  "with recursive a as (select 1) select 'insert' from a",
  "show tables",
  "describe table t",
  "explain delete from t",
  "list @stage",
  "values (1)",
  "select $1 from @stage/x",
  "select 'it\\'s', $$delete$$",
];

const REFUSED = [
  "",
  "delete from t",
  "select 1; delete from t",
  "select '--', system$cancel_all_queries()",
  'select "SYSTEM$CANCEL_ALL_QUERIES"()',
  "select '/*', SYSTEM$ABORT_SESSION(1), '*/'",
  "select identifier('system$abort_session')(1)",
  "with a as (select 1) delete from t",
  "with a as (select 1) insert into t select * from a",
  "with p as procedure () language sql as $$ begin end $$ call p()",
  "select 1 ->> delete from t",
  "select numbers.nextval",
  "// select 1\ndelete from t",
  "call p()",
  "execute immediate 'select 1'",
  "put file:///etc/passwd @~",
  "get @~ file:///tmp",
  "begin delete from t; end",
];

Deno.test("assertSnowflakeReads() lets through what reads", () => {
  for (const sql of READS) assertSnowflakeReads(sql);
});

Deno.test("assertSnowflakeReads() refuses what may do more, wherever it hides", () => {
  for (const sql of REFUSED) {
    assertThrows(() => assertSnowflakeReads(sql), TickhouseError, "only reads", sql);
  }
});
