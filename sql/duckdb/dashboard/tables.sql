-- Which of the tables behind the page exist yet: the models may not have run.
SELECT schema_name || '.' || table_name
FROM (
  SELECT schema_name, table_name FROM duckdb_tables()
  UNION ALL
  SELECT schema_name, view_name FROM duckdb_views()
)
WHERE schema_name IN ('bronze', 'silver', 'gold')
