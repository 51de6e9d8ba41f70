-- Every instrument as the models last saw it.
SELECT
  dataset,
  source,
  symbol,
  last_price::DOUBLE,
  epoch(last_time)::DOUBLE,
  previous_close::DOUBLE,
  day_open::DOUBLE,
  day_high::DOUBLE,
  day_low::DOUBLE,
  volume::DOUBLE,
  trades::BIGINT,
  exchange,
  day_session,
  epoch(day_start)::BIGINT,
  epoch(day_end)::BIGINT,
  last_session,
  _version
FROM gold.gold_kpi
