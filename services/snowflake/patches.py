"""What of fakesnow is changed in place, each with its reason."""

import warnings

import fakesnow.transforms as transforms
import pyarrow
from fakesnow.transforms.merge import operations
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB

import results

MERGED = {"inserted": "INSERT", "updated": "UPDATE", "deleted": "DELETE"}


def apply():
    """Once, before the first statement."""
    # Sums and averages would go through floating point and lose digits.
    cast = transforms.numeric_agg_implicit_cast

    def named_only(expression):
        before = expression.this if isinstance(expression, exp.AggFunc) else None
        changed = cast(expression)
        aggregate = changed.find(exp.AggFunc) if changed is not expression else expression
        if before is not None and isinstance(aggregate, exp.AggFunc):
            aggregate.set("this", before)
        return changed

    transforms.numeric_agg_implicit_cast = named_only
    # Of a table whose columns are declared, fakesnow would ask for those of `SELECT *` in no dialect.
    declared = transforms.create_table_as
    transforms.create_table_as = lambda expression, connection: declared(
        starless(expression), connection)
    # fakesnow lists all databases, whatever the pattern.
    all_databases = transforms.show_databases
    transforms.show_databases = lambda expression: like(all_databases(expression), expression)
    # DuckDB's own number of an MD5 has the bytes the other way round.
    DuckDB.Generator.TRANSFORMS[exp.MD5NumberUpper64] = lambda generator, call: (
        f"CAST('0x' || LEFT(MD5({generator.sql(call, 'this')}), 16) AS UBIGINT)")
    warnings.filterwarnings("ignore", message="Arrow output on a DB-API result")


def like(listed, show):
    """A list with the LIKE of its SHOW: without regard to case, as Snowflake's."""
    pattern = show.args.get("like") if isinstance(show, exp.Show) else None
    if listed is show or not pattern:
        return listed
    return listed.where(exp.ILike(this=exp.column("name"), expression=pattern.copy()))


def starless(expression):
    """CREATE TABLE … AS SELECT * FROM (SELECT a, b …) with the names in place of the star."""
    query = expression.args.get("expression") if isinstance(expression, exp.Create) else None
    query = query.unnest() if isinstance(query, exp.Subquery) else query
    inner = query.args.get("from_") or query.args.get("from") if isinstance(query, exp.Select) else None
    if inner is None or not isinstance(query.expressions[0], exp.Star):
        return expression
    names = inner.this.unnest().named_selects if isinstance(inner.this, exp.Subquery) else []
    if names and "*" not in names:
        query.set("expressions", [exp.column(exp.to_identifier(name)) for name in names])
    return expression


def merge(cursor, expression, params):
    """
    MERGE as DuckDB has it, in one statement. fakesnow's way through a temporary table writes its
    own bookkeeping, which DuckDB refuses inside a transaction.
    """
    asked = operations(expression)
    done = cursor._transform(expression.copy(), params)
    for when in done.args["whens"].expressions:
        then = when.args.get("then")
        if isinstance(then, exp.Update):
            for pair in then.expressions:
                pair.set("this", exp.column(pair.this.name, quoted=True))
        if isinstance(then, exp.Insert) and isinstance(then.this, exp.Tuple):
            names = [exp.column(c.name, quoted=True) for c in then.this.expressions]
            then.this.set("expressions", names)
    sql = done.sql(dialect="duckdb") + " RETURNING merge_action"
    actions = [row[0] for row in cursor._duck_conn.execute(sql, params).fetchall()]
    counts = {f"number of rows {name}": [actions.count(MERGED[name])]
              for name, places in asked.items() if places}
    table = pyarrow.table({k: pyarrow.array(v, pyarrow.int64()) for k, v in counts.items()})
    return results.Answer(table, results.of_table(table), 0x3400)
