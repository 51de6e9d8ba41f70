{{ config(schema='gold', materialized='view') }}
-- What the rules of ref_quality_rules find in what feeds say: nothing is dropped or changed for it.
-- What was refused is a dead letter, and not here.
select
    rule, severity, dataset, source, symbol, nullif(bar_interval, '') as bar_interval, exchange,
    trading_day, event_time, value, limit_value, detail, first_seen
from {{ ref('gold_quality_findings') }}
where rule <> ''
