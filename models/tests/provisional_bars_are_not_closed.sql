-- A row for each provisional bar of silver that gold does not show, or shows as closed; for each longer
-- candle with one in it that is closed; for each figure of a day with one in it that does not say so, or
-- takes it for the close before; and for each day of gold_daily_adjusted that is made of one.
with
provisional as (
    select source, symbol, bar_interval, open_time
    from {{ ref('silver_clean_bars') }}
    where provisional = 'yes' and not is_cancelled and set_aside is null
),
candles as (
    select
        source, symbol, bar_interval, open_time, close_time, trading_day, session, origin, is_closed
    from {{ ref('gold_candlestick') }}
    where dataset = 'bars'
),
days as (
    select d.dataset, d.source, d.symbol, d.trading_day, d.session
    from {{ ref('gold_bar_days') }} as d
    inner join candles as c
        on d.source = c.source and d.symbol = c.symbol and d.bar_interval = c.bar_interval
        and d.trading_day = c.trading_day and d.session = {{ part_of('c.session') }}
        and c.origin = 'published'
    inner join provisional as p
        on c.source = p.source and c.symbol = p.symbol and c.bar_interval = p.bar_interval
        and c.open_time = p.open_time
    where d.dataset = 'bars' and d.session = 'regular'
    group by d.dataset, d.source, d.symbol, d.trading_day, d.session
)
select
    p.source, p.symbol, p.bar_interval, p.open_time, 'a bar that is closed, or not shown' as fault
from provisional as p
left join candles as c
    on p.source = c.source and p.symbol = c.symbol and p.bar_interval = c.bar_interval
    and p.open_time = c.open_time and c.origin = 'published'
where coalesce(c.is_closed, true)
union all
select c.source, c.symbol, c.bar_interval, c.open_time, 'a longer candle that is closed'
from candles as c
inner join (
    values
    ('1m', '5m'), ('1m', '15m'), ('1m', '30m'), ('1m', '1h'), ('1m', '4h'), ('1d', '1wk'), ('1d', '1mo')
) as i (part, bar_interval)
    on c.bar_interval = i.bar_interval
inner join provisional as p
    on c.source = p.source and c.symbol = p.symbol and p.bar_interval = i.part
    and p.open_time >= c.open_time and p.open_time < c.close_time
where c.origin = 'built' and c.is_closed
union all
select k.source, k.symbol, 'figures', cast(k.trading_day as timestamp), 'a day that does not say so'
from {{ ref('gold_kpi') }} as k
inner join days as d
    on k.dataset = d.dataset and k.source = d.source and k.symbol = d.symbol
    and k.trading_day = d.trading_day and k.day_session = d.session
where not k.is_provisional
union all
select k.source, k.symbol, 'figures', cast(k.trading_day as timestamp), 'a close before'
from {{ ref('gold_kpi') }} as k
inner join (
    select b.source, b.symbol, max(b.trading_day) as trading_day
    from {{ ref('gold_bar_days') }} as b
    inner join {{ ref('gold_kpi') }} as t
        on b.dataset = t.dataset and b.source = t.source and b.symbol = t.symbol
        and b.trading_day < t.trading_day
    where b.dataset = 'bars' and b.session = 'regular'
    group by b.source, b.symbol
) as e
    on k.source = e.source and k.symbol = e.symbol
inner join days as d
    on e.source = d.source and e.symbol = d.symbol and e.trading_day = d.trading_day
-- That of another name may be newer.
left join {{ ref('silver_listings') }} as l
    on k.source = l.source and k.symbol = l.symbol and l.valid_from > d.trading_day
    and l.valid_from <= k.trading_day
where k.dataset = 'bars' and k.previous_close is not null and l.symbol is null
union all
select a.source, a.symbol, 'adjusted', cast(a.trading_day as timestamp), 'an adjusted day'
from {{ ref('gold_daily_adjusted') }} as a
inner join provisional as p
    on a.source = p.source and a.symbol = p.symbol and p.bar_interval = '1d'
    and a.trading_day = cast(p.open_time as date)
where a.dataset = 'bars'
