{{ config(
    schema='silver',
    materialized='incremental',
    incremental_strategy='delete+insert',
    cluster_by=['cast(open_time as date)'],
    unique_key=['_first_partition', '_first_offset', '_first_seen'],
    post_hook="{{ without_key('source') }}"
) }}
-- One row a bar of source, symbol, interval and start. Of the versions that its records tell, one
-- counts: see the macro facts. Bars that were taken back, or do not count, stay and say so. That a bar
-- is provisional is part of what it says: the same figures, settled, are another version.
{{ facts(
    'bronze_stg_bars',
    key=['source', 'symbol', 'bar_interval', 'open_time'],
    columns=['open', 'high', 'low', 'close', 'adj_close', 'volume', 'adjustment', 'signed', 'provisional'],
    at='open_time',
    ahead=var('ahead_seconds')['bars'],
    dates=true,
    sorted='open_time'
) }}
