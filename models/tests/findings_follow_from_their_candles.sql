-- A row for each finding about a candle that is not there, for each missing day that is there, and for
-- each candle that is further from the close before it, or out of all sessions, than any rule lets it
-- be, and that nothing says so of. Prices over a split are left to the tests in
-- pipeline/transform.
with
candles as (
{% for of in ['minutes', 'bars'] %}
    select * from ({{ judged_candles(of) }}) as c
{{ '' if loop.last else '    union all' }}
{% endfor %}
),
followed as (
    select
        c.*,
        lag(c.close) over (partition by {{ series('c') }} order by c.open_time) as close_before,
        lag(c.adjustment) over (
            partition by {{ series('c') }} order by c.open_time
        ) as adjustment_before,
        lag(c.split_basis) over (
            partition by {{ series('c') }} order by c.open_time
        ) as basis_before
    from candles as c
),
loosest as (
    select
        i.bar_interval, max(r.max_value) as jump_max,
        max(case when r.severity = 'off' or r.max_value is null then 1 else 0 end) as is_open
    from {{ ref('ref_quality_rules') }} as r
    inner join (select distinct bar_interval from candles) as i
        on coalesce(r.bar_interval, i.bar_interval) = i.bar_interval
    where r.rule = 'jump'
    group by i.bar_interval
),
found as (
    select
        f.rule, f.dataset, f.source, f.symbol, coalesce(f.bar_interval, '') as bar_interval,
        f.event_time, f.trading_day
    from {{ ref('gold_quality') }} as f
)
select 'no candle' as fault, f.rule, f.source, f.symbol, f.event_time
from found as f
left join candles as c on {{ same_series('f', 'c') }} and f.event_time = c.open_time
where f.rule not in ('empty_day', 'crossed') and c.source is null
union all
select 'no quote', f.rule, f.source, f.symbol, f.event_time
from found as f
left join (
    select distinct source, symbol, market_timestamp
    from {{ ref('silver_clean_stock_quotes') }}
    where
        not is_cancelled and set_aside is null
        and (current_price > day_high or current_price < day_low)
) as q
    on f.source = q.source and f.symbol = q.symbol and f.event_time = q.market_timestamp
where f.rule = 'crossed' and q.source is null
union all
select distinct 'not empty', f.rule, f.source, f.symbol, f.event_time
from found as f
inner join candles as c on {{ same_series('f', 'c') }} and f.trading_day = c.trading_day
where f.rule = 'empty_day'
union all
select 'not found', 'jump', c.source, c.symbol, c.open_time
from followed as c
inner join loosest as l on c.bar_interval = l.bar_interval
left join found as f
    on f.rule = 'jump' and {{ same_series('c', 'f') }} and c.open_time = f.event_time
where
    f.source is null and l.is_open = 0
    and c.close_before > 0 and c.adjustment = c.adjustment_before
    and (
        cast(c.high as double) / cast(c.close_before as double) - 1 > l.jump_max
        or 1 - cast(c.low as double) / cast(c.close_before as double) > l.jump_max
    )
    and not exists (
        select 1 from {{ ref('silver_splits') }} as s
        where
            c.source = s.source and c.symbol = s.symbol
            and s.ex_date > least(c.basis_before, c.split_basis)
            and s.ex_date <= greatest(c.basis_before, c.split_basis)
    )
union all
select 'not found', 'off_session', c.source, c.symbol, c.open_time
from candles as c
left join found as f
    on f.rule = 'off_session' and {{ same_series('c', 'f') }} and c.open_time = f.event_time
where
    c.dataset = 'bars' and c.session in ('closed', 'break') and f.source is null
    and not exists (
        select 1 from {{ ref('ref_quality_rules') }} as r
        where r.rule = 'off_session' and r.severity = 'off'
    )
