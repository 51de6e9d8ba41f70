{{ config(
    schema='gold',
    materialized='incremental',
    incremental_strategy='delete+insert',
    cluster_by=['dataset', 'symbol', 'cast(open_time as date)'],
    unique_key=['dataset', 'source', 'symbol', 'bar_interval', 'open_time']
) }}
-- Bars as feeds publish them, with the day and the session of their exchange. Those that were taken
-- back stay and say so, for a later record to bring them back. So do those that may still change.
with
{% if is_incremental() %}
{%- set time = bar_time('open_time', 'session_start is null') %}
{{ redated(time, time) }}
{% endif %}
bars as (
    select
        'bars' as dataset, b.source, b.symbol, b.bar_interval, b.open_time,
        b.open, b.high, b.low, b.close, b.volume, coalesce(b.adjustment, 'raw') as adjustment,
        b.is_cancelled or b.set_aside is not null as is_cancelled,
        coalesce(b.provisional = 'yes', false) as is_provisional,
        b._first_read as read_time, b._version
    from {{ ref('silver_clean_bars') }} as b
    union all
    select
        'index_bars' as dataset, 'index' as source, i.index as symbol, '1d' as bar_interval,
        cast(i.date as timestamp) as open_time,
        i.open, i.high, i.low, i.close, i.volume, 'raw' as adjustment,
        i.is_cancelled or i.set_aside is not null as is_cancelled, false as is_provisional,
        i._ingest_time as read_time, i._version
    from {{ ref('silver_clean_index_bars') }} as i
),
{% if is_incremental() %}
candles as (
{% for dataset in ['bars', 'index_bars'] %}
    select b.*
    from bars as b
    where b.dataset = '{{ dataset }}' and b._version > {{ newest_version(dataset) }}
    union all
    select b.*
    from bars as b
    inner join redated as r
        on b.dataset = r.dataset and b.source = r.source and b.symbol = r.symbol
        and cast(b.open_time as date) = r.utc_date
    where b.dataset = '{{ dataset }}' and b._version <= {{ newest_version(dataset) }}
{{ '' if loop.last else '    union all' }}
{% endfor %}
),
{% else %}
candles as (
    select * from bars
),
{% endif %}
timed as (
    select
        c.*, {{ end_of('c.open_time', 'i') }} as close_time,
        -- Bars of days and longer are stamped with their date, not with a moment.
        i.seconds = 0 as is_dated
    from candles as c
    inner join {{ intervals() }} as i (bar_interval, seconds, days, months, rank)
        on c.bar_interval = i.bar_interval
),
{{ placed('timed', listed=bar_time('c.open_time', 'c.is_dated')) }}
{{ days_of('read_days', 'placed', 'read_time') }}
bounded as (
    select
        p.dataset, p.source, p.symbol, p.bar_interval, p.open_time, p.close_time, p.is_dated,
        case when p.is_dated then cast(p.open_time as date) else p.trading_day end as trading_day,
        case
            when p.is_dated then 'regular'
            when p.close_time > p.session_end and p.session_end < p.day_end then 'mixed'
            else p.session
        end as session,
        case when not p.is_dated then p.session_start end as session_start,
        case when not p.is_dated then p.session_end end as session_end,
        p.exchange, p.open, p.high, p.low, p.close, p.volume, p.adjustment, p.is_cancelled,
        p.is_provisional, {{ read_day('p.read_time') }} as read_day, p._calendar, p._version
    from placed as p
    left join {{ 'read_days' if is_incremental() else ref('silver_trading_days') }} as r
        on p.exchange = r.exchange and r.utc_date = cast(p.read_time as date)
        and p.read_time >= r.day_start and p.read_time < r.day_end
)
select
    b.dataset, b.source, b.symbol, b.bar_interval, b.open_time, b.close_time, b.trading_day,
    b.session, b.session_start, b.session_end, b.exchange,
    b.open, b.high, b.low, b.close, b.volume, b.adjustment,
    -- Prices are in the shares of this day: what was split by then is not taken out again.
    case
        when b.adjustment <> 'raw' then greatest(b.read_day, b.trading_day)
        when b.is_dated then greatest(
            b.trading_day, least(cast(dateadd('day', -1, b.close_time) as date), b.read_day)
        )
        else b.trading_day
    end as split_basis,
    b.is_cancelled, b.is_provisional, b._calendar, b._version
from bounded as b
order by b.open_time
