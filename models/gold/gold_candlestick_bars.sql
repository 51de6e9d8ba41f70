{{ config(
    schema='gold',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['dataset', 'source', 'symbol', 'bar_interval', 'open_time']
) }}
-- Bars as feeds publish them, with the day and the session of their exchange. Those that were taken
-- back stay and say so, for a later record to bring them back.
with
exchanges as (
    select distinct exchange from {{ ref('ref_exchanges') }}
),
{% if is_incremental() %}
-- Symbols whose bars lie where another listing or an older calendar has put them.
misplaced as (
    select distinct p.dataset, p.source, p.symbol
    from (
        select
            dataset, source, symbol, exchange, _calendar,
            min(cast(open_time as date)) as first_day, max(cast(open_time as date)) as last_day
        from {{ this }}
        group by dataset, source, symbol, exchange, _calendar
    ) as p
    left join {{ ref('silver_listings') }} as l
        on p.source = l.source and p.symbol = l.symbol
        and p.first_day < l.valid_to and p.last_day >= l.valid_from
    left join {{ ref('ref_sources') }} as s on p.source = s.source
    left join exchanges as e on coalesce(l.exchange, s.exchange) = e.exchange
    left join {{ ref('silver_calendars') }} as c on p.exchange = c.exchange
    where
        p.exchange <> coalesce(e.exchange, 'ALWAYS')
        or coalesce(p._calendar, '') <> coalesce(c.calendar, '')
),
{% endif %}
bars as (
    select
        'bars' as dataset, b.source, b.symbol, b.bar_interval, b.open_time,
        b.open, b.high, b.low, b.close, b.volume, coalesce(b.adjustment, 'raw') as adjustment,
        b.is_cancelled or b.set_aside is not null as is_cancelled,
        cast(b._ingest_time as date) as ingest_day, b._version
    from {{ ref('silver_clean_bars') }} as b
    union all
    select
        'index_bars' as dataset, 'index' as source, i.index as symbol, '1d' as bar_interval,
        cast(i.date as timestamp) as open_time,
        i.open, i.high, i.low, i.close, i.volume, 'raw' as adjustment,
        i.is_cancelled or i.set_aside is not null as is_cancelled,
        cast(i._ingest_time as date) as ingest_day, i._version
    from {{ ref('silver_clean_index_bars') }} as i
),
{% if is_incremental() %}
positions as (
    select d.dataset, coalesce(max(t._version), 0) as _version
    from (values ('bars'), ('index_bars')) as d (dataset)
    left join {{ this }} as t on d.dataset = t.dataset
    group by d.dataset
),
candles as (
{% for dataset in ['bars', 'index_bars'] %}
    select b.*
    from bars as b
    where
        b.dataset = '{{ dataset }}'
        and b._version > (select _version from positions where dataset = '{{ dataset }}')
    union all
{% endfor %}
    select b.*
    from bars as b
    inner join misplaced as m
        on b.dataset = m.dataset and b.source = m.source and b.symbol = m.symbol
    inner join positions as p on b.dataset = p.dataset and b._version <= p._version
),
{% else %}
candles as (
    select * from bars
),
{% endif %}
listed as (
    select
        c.*, coalesce(e.exchange, 'ALWAYS') as exchange,
        {{ end_of('c.open_time', 'i') }} as close_time,
        -- Bars of days and longer are stamped with their date, not with a moment.
        i.seconds = 0 as is_dated
    from candles as c
    inner join {{ intervals() }} as i (bar_interval, seconds, days, months, rank)
        on c.bar_interval = i.bar_interval
    left join {{ ref('silver_listings') }} as l
        on c.source = l.source and c.symbol = l.symbol
        and cast(c.open_time as date) >= l.valid_from and cast(c.open_time as date) < l.valid_to
    left join {{ ref('ref_sources') }} as s on c.source = s.source
    left join exchanges as e on coalesce(l.exchange, s.exchange) = e.exchange
),
days as (
    select d.*
    from {{ ref('silver_trading_days') }} as d
    inner join (
        select distinct exchange, cast(open_time as date) as utc_date from listed where not is_dated
    ) as u
        on d.exchange = u.exchange and d.utc_date = u.utc_date
),
pieces as (
    select
        c.*, d.trading_day, d.day_start, d.day_end, d.open_at, d.break_start_at, d.break_end_at,
        d.close_at, d.calendar,
        case
            when c.is_dated or d.trading_day is null then 'regular'
            when not d.is_open then 'closed'
            when c.open_time < d.open_at then 'pre'
            when c.open_time >= d.close_at then 'post'
            when c.open_time >= d.break_start_at and c.open_time < d.break_end_at then 'break'
            else 'regular'
        end as piece
    from listed as c
    left join days as d
        on c.exchange = d.exchange and cast(c.open_time as date) = d.utc_date
        and c.open_time >= d.day_start and c.open_time < d.day_end and not c.is_dated
),
bounded as (
    select
        p.*,
        case
            when p.is_dated then null
            when p.trading_day is null then date_trunc('day', p.open_time)
            when p.piece in ('pre', 'closed') then p.day_start
            when p.piece = 'post' then p.close_at
            when p.piece = 'break' then p.break_start_at
            when p.open_time >= p.break_end_at then p.break_end_at
            else p.open_at
        end as session_start,
        case
            when p.is_dated then null
            when p.trading_day is null
                then dateadd('day', 1, date_trunc('day', p.open_time))
            when p.piece in ('post', 'closed') then p.day_end
            when p.piece = 'pre' then p.open_at
            when p.piece = 'break' then p.break_end_at
            when p.open_time < p.break_start_at then p.break_start_at
            else p.close_at
        end as session_end
    from pieces as p
)
select
    b.dataset, b.source, b.symbol, b.bar_interval, b.open_time, b.close_time,
    case when b.trading_day is null then cast(b.open_time as date) else b.trading_day end
        as trading_day,
    case
        when b.close_time > b.session_end and b.session_end < b.day_end then 'mixed'
        else b.piece
    end as session,
    cast(b.session_start as timestamp) as session_start,
    cast(b.session_end as timestamp) as session_end,
    b.exchange, b.open, b.high, b.low, b.close, b.volume, b.adjustment,
    -- Prices are in the shares of this day: what was split by then is not taken out again.
    case
        when b.adjustment <> 'raw' then greatest(b.ingest_day, cast(b.open_time as date))
        when b.is_dated then greatest(
            cast(b.open_time as date),
            least(cast(dateadd('day', -1, b.close_time) as date), b.ingest_day)
        )
        when b.trading_day is null then cast(b.open_time as date)
        else b.trading_day
    end as split_basis,
    b.is_cancelled,
    x.calendar as _calendar,
    b._version
from bounded as b
left join {{ ref('silver_calendars') }} as x on b.exchange = x.exchange
order by b.open_time
