{{ config(
    schema='silver',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['_partition', '_first_offset']
) }}
-- One row a bar of source, symbol, interval and start.
-- Of the records with one natural key, the one with the highest offset counts; is_cancelled: it took the bar back.
{{ latest(
    'bronze_stg_bars',
    key=['source', 'symbol', 'bar_interval', 'open_time'],
    columns=['open', 'high', 'low', 'close', 'adj_close', 'volume', 'adjustment', 'signed'],
    sorted='open_time'
) }}
