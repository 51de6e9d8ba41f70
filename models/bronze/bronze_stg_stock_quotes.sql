{{ config(schema='bronze', materialized='view') }}
-- Finnhub's letters get names.
select
    source,
    symbol,
    t as market_timestamp,
    c as current_price,
    d as change_amount,
    dp as change_percent,
    o as day_open,
    h as day_high,
    l as day_low,
    pc as prev_close,
    action,
    origin,
    receive_time,
    _topic, _partition, _offset, _ingest_time
from {{ source('bronze', 'quotes') }}
