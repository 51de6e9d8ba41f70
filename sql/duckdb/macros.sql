-- {% macro snowflake_functions() %}
-- Functions of Snowflake that DuckDB does not have, under Snowflake's names. The models use no others.
-- Plain SQL; the first and the last line make the file a macro for dbt as well.

-- DATEADD: `number` units of time behind `start`.
CREATE OR REPLACE MACRO main.dateadd(part, number, start) AS
  start + CASE lower(part)
    WHEN 'second' THEN to_seconds(number)
    WHEN 'minute' THEN to_minutes(number)
    WHEN 'hour' THEN to_hours(number)
    WHEN 'day' THEN to_days(number)
    ELSE error('dateadd: the part ' || part || ' is not supported')
  END;

-- TIME_SLICE: start of the slice of `length` units that holds `moment`; slices count from 1970.
CREATE OR REPLACE MACRO main.time_slice(moment, length, part) AS
  time_bucket(
    CASE upper(part)
      WHEN 'SECOND' THEN to_seconds(length)
      WHEN 'MINUTE' THEN to_minutes(length)
      WHEN 'HOUR' THEN to_hours(length)
      WHEN 'DAY' THEN to_days(length)
      ELSE error('time_slice: the part ' || part || ' is not supported')
    END,
    moment, TIMESTAMP '1970-01-01');

-- CONVERT_TIMEZONE: the wall clock of `target` when that of `origin` shows `moment`.
CREATE OR REPLACE MACRO main.convert_timezone(origin, target, moment) AS
  timezone(target, timezone(origin, moment));

-- DAYOFWEEKISO: 1 for Monday to 7 for Sunday.
CREATE OR REPLACE MACRO main.dayofweekiso(moment) AS isodow(moment);

-- MD5_NUMBER_UPPER64: the first 64 bits of the MD5 of a text, as a number.
CREATE OR REPLACE MACRO main.md5_number_upper64(message) AS
  CAST('0x' || left(md5(message), 16) AS UBIGINT);
-- {% endmacro %}
