{{ config(
    schema='silver',
    materialized='incremental',
    incremental_strategy='delete+insert',
    cluster_by=['cast(market_timestamp as date)'],
    unique_key=['_first_partition', '_first_offset', '_first_seen'],
    post_hook="{{ without_key('source') }}"
) }}
-- One row a quote: source, symbol, time and price make it. Of the versions that its records tell, one
-- counts: see the macro facts. Quotes that were taken back, or do not count, stay and say so.
{{ facts(
    'bronze_stg_stock_quotes',
    key=['source', 'symbol', 'market_timestamp', 'current_price'],
    columns=['change_amount', 'change_percent', 'day_open', 'day_high', 'day_low', 'prev_close'],
    at='market_timestamp',
    ahead=var('ahead_seconds')['quotes'],
    received='receive_time',
    carried=['receive_time'],
    arrives=true,
    sorted='market_timestamp'
) }}
