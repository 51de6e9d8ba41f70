{{ config(
    schema='silver',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['_partition', '_first_offset']
) }}
-- One row an index and trading day.
-- Of the records with one natural key, the one with the highest offset counts; is_cancelled: it took the bar back.
{{ latest(
    'bronze_stg_index_bars',
    key=['index', 'date'],
    columns=['open', 'high', 'low', 'close', 'adj_close', 'volume', 'close_usd'],
    sorted='date'
) }}
