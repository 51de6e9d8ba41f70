{{ config(
    schema='gold',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['dataset', 'source', 'symbol', 'bar_interval', 'open_time']
) }}
-- Bars as feeds publish them, with the day and the session of their exchange. Those that were taken
-- back stay and say so, for a later record to bring them back.
with
candles as (
    select
        'bars' as dataset, b.source, b.symbol, b.bar_interval, b.open_time,
        b.open, b.high, b.low, b.close, b.volume, b.is_cancelled, b._version,
        {{ minutes_of('b.bar_interval') }} as minutes
    from {{ ref('silver_clean_bars') }} as b
{% if is_incremental() %}
    where b._version > (select coalesce(max(_version), 0) from {{ this }} where dataset = 'bars')
{% endif %}
    union all
    select
        'index_bars' as dataset, 'index' as source, i.index as symbol, '1d' as bar_interval,
        cast(i.date as timestamp) as open_time,
        i.open, i.high, i.low, i.close, i.volume, i.is_cancelled, i._version, 0 as minutes
    from {{ ref('silver_clean_index_bars') }} as i
{% if is_incremental() %}
    where i._version
        > (select coalesce(max(_version), 0) from {{ this }} where dataset = 'index_bars')
{% endif %}
),
{{ sessions(minutes='c.minutes') }}
dated as (
    select
        p.dataset, p.source, p.symbol, p.bar_interval, p.open_time,
        p.bar_interval in ('1d', '1wk', '1mo') as is_dated,
        p.trading_day, p.session, p.exchange,
        p.open, p.high, p.low, p.close, p.volume, p.is_cancelled, p._version
    from placed as p
)
select
    d.dataset, d.source, d.symbol, d.bar_interval, d.open_time,
    -- Bars of days and longer are stamped with their date, not with a moment.
    case when d.is_dated then cast(d.open_time as date) else d.trading_day end as trading_day,
    case when d.is_dated then 'regular' else d.session end as session,
    d.exchange, d.open, d.high, d.low, d.close, d.volume, d.is_cancelled, d._version
from dated as d
order by d.open_time
