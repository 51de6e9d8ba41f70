-- A row for each symbol of quotes of which gold_kpi has other figures of the day than a quote of its
-- latest time says.
with
latest as (
    select
        k.source, k.symbol,
        max(case
            when coalesce(q.prev_close, k.previous_close) is distinct from k.previous_close
                or coalesce(q.day_open, k.day_open) is distinct from k.day_open
                or coalesce(q.day_high, k.day_high) is distinct from k.day_high
                or coalesce(q.day_low, k.day_low) is distinct from k.day_low
                then 0
            else 1
        end) as is_told
    from {{ ref('gold_kpi') }} as k
    inner join {{ ref('silver_clean_stock_quotes') }} as q
        on k.source = q.source and k.symbol = q.symbol and k.last_time = q.market_timestamp
    where k.dataset = 'quotes' and not q.is_cancelled and q.set_aside is null
    group by k.source, k.symbol
)
select k.source, k.symbol
from {{ ref('gold_kpi') }} as k
left join latest as l on k.source = l.source and k.symbol = l.symbol
where k.dataset = 'quotes' and coalesce(l.is_told, 0) = 0
