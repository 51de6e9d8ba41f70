{{ config(
    schema='silver',
    materialized='incremental',
    incremental_strategy='delete+insert',
    cluster_by=['ex_date'],
    unique_key=['_first_partition', '_first_offset', '_first_seen'],
    post_hook="{{ without_key('source') }}"
) }}
-- One row an action of source, symbol, ex_date and kind, as the feed tells it. Of the versions that its
-- records tell, one counts: see the macro facts. Those that were taken back, or do not count, stay and
-- say so. What applies to an instrument is in silver_corporate_actions.
{{ facts(
    'bronze_stg_corporate_actions',
    key=['source', 'symbol', 'ex_date', 'kind'],
    columns=['amount', 'currency', 'adjustment'],
    carried=['receive_time'],
    at='ex_date',
    ahead=var('ahead_seconds')['corporate_actions'],
    received='receive_time',
    dates=true,
    sorted='ex_date'
) }}
