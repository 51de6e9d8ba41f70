{{ config(
    schema='silver',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['_partition', '_first_offset']
) }}
-- One row a quote: source, symbol, time and price make it.
-- Of the records with one natural key, the one with the highest offset counts; is_cancelled: it took the quote back.
{{ latest(
    'bronze_stg_stock_quotes',
    key=['source', 'symbol', 'market_timestamp', 'current_price'],
    columns=['change_amount', 'change_percent', 'day_open', 'day_high', 'day_low', 'prev_close'],
    sorted='market_timestamp'
) }}
