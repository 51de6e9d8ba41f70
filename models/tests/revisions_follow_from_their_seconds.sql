-- A row for each candle from a minute up to a day whose revisions are not those of its seconds that
-- came after a record behind its end.
with
{{ revised_seconds() }}
intervals as (
    select bar_interval, minutes
    from (
        values ('1m', 1), ('5m', 5), ('15m', 15), ('30m', 30), ('1h', 60), ('4h', 240)
    ) as i (bar_interval, minutes)
),
slots as (
    select
        p.dataset, p.source, p.symbol, i.bar_interval,
        {{ slot('i.minutes', 'p.minute', 'p.session_start') }} as open_time,
        {{ slot_end(
            'i.minutes', slot('i.minutes', 'p.minute', 'p.session_start'), 'p.session_end'
        ) }} as close_time,
        p.session, p.revised_until, p.revisions, p.revised_at
    from placed as p
    cross join intervals as i
    union all
    select
        p.dataset, p.source, p.symbol, '1d', cast(p.trading_day as timestamp),
        case p.session when 'regular' then coalesce(p.close_at, p.session_end) else p.session_end end,
        p.session, p.revised_until, p.revisions, p.revised_at
    from placed as p
),
made as (
    select
        dataset, source, symbol, bar_interval, open_time, session,
        sum(revisions) as revisions, max(revised_at) as revised_at
    from slots
    where revised_until >= close_time
    group by dataset, source, symbol, bar_interval, open_time, session
),
candles as (
    select dataset, source, symbol, '1m' as bar_interval, open_time, session, revisions, revised_at
    from {{ ref('gold_candlestick_1m') }}
    union all
    select dataset, source, symbol, bar_interval, open_time, session, revisions, revised_at
    from {{ ref('gold_candlestick_long') }}
    union all
    select
        dataset, source, symbol, '1d', cast(trading_day as timestamp), session, revisions, revised_at
    from {{ ref('gold_candlestick_1d') }}
)
select
    c.dataset, c.source, c.symbol, c.bar_interval, c.open_time, c.session, c.revisions,
    m.revisions as revisions_of_seconds
from candles as c
left join made as m
    on c.dataset = m.dataset and c.source = m.source and c.symbol = m.symbol
    and c.bar_interval = m.bar_interval and c.open_time = m.open_time and c.session = m.session
where c.revisions <> coalesce(m.revisions, 0) or c.revised_at is distinct from m.revised_at
