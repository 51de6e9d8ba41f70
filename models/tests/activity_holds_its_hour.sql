-- A row for each source and symbol of which gold_symbol_activity has not what the ticks of the hour
-- come to: the 3,600 seconds that end with the second of the source's newest one.
with
{{ rules(ref('silver_clean_ticks')) }}
newest as (
    select source, max(event_second) as last_second
    from {{ ref('silver_clean_ticks') }}
    where not is_cancelled and set_aside is null
    group by source
),
ticks as (
    select
        t.source, t.symbol, count(*) as tick_count,
        sum(cast(t.price as double)) / count(*) as avg_price,
        sum(case when coalesce(r.volume, 0) < 2 then t.size end) as volume,
        min(case when coalesce(r.last, 0) < 2 and coalesce(t.size, 1) <> 0 then t.event_time end)
            as first_time,
        max(case when coalesce(r.last, 0) < 2 and coalesce(t.size, 1) <> 0 then t.event_time end)
            as last_time
    from {{ ref('silver_clean_ticks') }} as t
    inner join newest as n
        on t.source = n.source and t.event_second > dateadd('hour', -1, n.last_second)
    left join rules as r on t.source = r.source and t.conditions = r.conditions
    where not t.is_cancelled and t.set_aside is null
    group by t.source, t.symbol
)
select coalesce(t.source, a.source) as source, coalesce(t.symbol, a.symbol) as symbol
from ticks as t
full outer join {{ ref('gold_symbol_activity') }} as a
    on t.source = a.source and t.symbol = a.symbol
where
    t.tick_count is distinct from a.tick_count
    or abs(a.avg_price - t.avg_price) > 0.00000001 + 1e-12 * abs(t.avg_price)
    or (t.volume is distinct from a.volume and coalesce(t.volume, 0) < 1e20)
    or t.first_time is distinct from a.first_time or t.last_time is distinct from a.last_time
