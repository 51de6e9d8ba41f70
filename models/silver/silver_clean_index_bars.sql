{{ config(
    schema='silver',
    materialized='incremental',
    incremental_strategy='delete+insert',
    cluster_by=['date'],
    unique_key=['_first_partition', '_first_offset', '_first_seen'],
    post_hook="{{ without_key('index') }}"
) }}
-- One row an index and trading day. Of the versions that its records tell, one counts: see the macro
-- facts. Days that were taken back, or do not count, stay and say so.
{{ facts(
    'bronze_stg_index_bars',
    key=['index', 'date'],
    columns=['open', 'high', 'low', 'close', 'adj_close', 'volume', 'close_usd'],
    at='date',
    ahead=var('ahead_seconds')['index_bars'],
    sorted='date'
) }}
