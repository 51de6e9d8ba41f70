{{ config(severity='warn') }}
-- A row for each exchange with trades or bars on days whose holidays nobody has listed: these were
-- all taken for days of trading but for weekends. And for each calendar of which nobody says from
-- when to when its days are known.
select
    t.exchange,
    'days of calendar ' || t.calendar || ' are known '
    || coalesce(
        'from ' || cast(k.known_from as varchar) || ' to ' || cast(k.known_until as varchar),
        'never: it is not in ref_calendars'
    ) as fault,
    count(*) as days, min(t.trading_day) as first_day, max(t.trading_day) as last_day
from (
    select distinct c.exchange, c.trading_day, e.calendar
    from (
        select exchange, trading_day from {{ ref('gold_candlestick_1d') }}
        union
        select exchange, trading_day from {{ ref('gold_candlestick_bars') }} where not is_cancelled
    ) as c
    inner join {{ ref('ref_exchanges') }} as e
        on c.exchange = e.exchange and {{ holds('e', 'c.trading_day') }}
    where e.calendar <> 'NONE'
) as t
left join {{ ref('ref_calendars') }} as k on t.calendar = k.calendar
where k.calendar is null or t.trading_day < k.known_from or t.trading_day > k.known_until
group by t.exchange, t.calendar, k.known_from, k.known_until
union all
select
    'any', 'calendar ' || d.calendar || ' is not in ref_calendars', count(*), min(d.day), max(d.day)
from {{ ref('ref_holidays') }} as d
left join {{ ref('ref_calendars') }} as k on d.calendar = k.calendar
where k.calendar is null
group by d.calendar
