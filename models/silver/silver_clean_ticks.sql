{{ config(
    schema='silver',
    materialized='incremental',
    incremental_strategy='delete+insert',
    cluster_by=['cast(event_second as date)'],
    unique_key=['_first_partition', '_first_offset', '_first_seen'],
    post_hook="{{ without_key('trade_id') }}"
) }}
-- One row a trade. Of the versions that its records tell, one counts: see the macro facts. Trades that
-- were taken back, or do not count, stay and say so: is_cancelled, set_aside.
{{ facts(
    'bronze_stg_ticks',
    key=['source', 'symbol', 'trade_id'],
    columns=['price', 'size', 'event_time', 'side', 'sequence', 'signed', 'conditions', 'venue', 'currency'],
    carried=['receive_time'],
    at='event_time',
    ahead=var('ahead_seconds')['ticks'],
    received='receive_time',
    sequence='sequence',
    moves=true,
    arrives=true,
    sorted='event_second'
) }}
