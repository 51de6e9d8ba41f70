{{ config(tags=['live']) }}
-- A row for each symbol with prices of which gold_kpi has not the newest day and its latest price, or
-- says another change than its own prices do; for each without prices there; and for each of gold_kpi
-- that is not a tile of gold_treechart, once and with the same figures.
with
days as (
    select
        dataset, source, symbol, trading_day, session,
        cast(close as decimal(38, 18)) as close, last_time
    from {{ ref('gold_candlestick_1d') }}
    where close is not null
    union all
    select dataset, source, symbol, trading_day, session, close, last_time
    from {{ ref('gold_bar_days') }}
),
newest as (
    select
        dataset, source, symbol, trading_day, max(last_time) as last_time,
        -- Of two prices of one moment the session's is the last.
        max_by(
            close,
            2 * datediff('microsecond', cast('1970-01-01' as timestamp), last_time)
            + case when session = 'regular' then 1 else 0 end
        ) as last_price
    from days
    group by dataset, source, symbol, trading_day
    qualify row_number() over (
        partition by dataset, source, symbol order by trading_day desc
    ) = 1
)
select
    'gold_kpi' as model, coalesce(n.dataset, k.dataset) as dataset,
    coalesce(n.source, k.source) as source, coalesce(n.symbol, k.symbol) as symbol
from newest as n
full outer join {{ ref('gold_kpi') }} as k
    on n.dataset = k.dataset and n.source = k.source and n.symbol = k.symbol
where
    n.dataset is null or k.dataset is null
    or n.trading_day <> k.trading_day or n.last_time <> k.last_time or n.last_price <> k.last_price
    or k.change_amount <> k.last_price - k.previous_close
    or k.day_high < k.day_low
union all
select
    'gold_treechart', coalesce(k.dataset, t.dataset), coalesce(k.source, t.source),
    coalesce(k.symbol, t.symbol)
from {{ ref('gold_kpi') }} as k
full outer join {{ ref('gold_treechart') }} as t
    on k.dataset = t.dataset and k.source = t.source and k.symbol = t.symbol
where
    k.dataset is null or t.dataset is null or k.last_price <> t.last_price
    or k.change_percent is distinct from t.change_percent
union all
select 'twice in ' || c.model, c.dataset, c.source, c.symbol
from (
    select 'gold_kpi' as model, dataset, source, symbol from {{ ref('gold_kpi') }}
    union all
    select 'gold_treechart', dataset, source, symbol from {{ ref('gold_treechart') }}
    union all
    select 'gold_candlestick_1d ' || cast(trading_day as varchar) || ' ' || session,
        dataset, source, symbol
    from {{ ref('gold_candlestick_1d') }}
) as c
group by c.model, c.dataset, c.source, c.symbol
having count(*) > 1
