{{ config(tags=['live']) }}
-- A row for each symbol with prices of which gold_kpi has not the newest day and its latest price, or
-- says another change than its own prices do, or another day than that session was; for each without
-- prices there; for each whose close before is not that of the session before, where no split and no
-- other listing lies between; and for each of gold_kpi that is not a tile of gold_treechart, once and
-- with the same figures.
with
days as (
    select
        dataset, source, symbol, trading_day, session, exchange, open_time, close_time,
        cast(open as decimal(38, 18)) as open, cast(high as decimal(38, 18)) as high,
        cast(low as decimal(38, 18)) as low, cast(close as decimal(38, 18)) as close,
        volume, trades, last_time, trading_day as split_basis,
        false as is_provisional
    from {{ ref('gold_candlestick_1d') }}
    where close is not null
    union all
    select
        dataset, source, symbol, trading_day, session, exchange, open_time, close_time,
        open, high, low, close, volume, null, last_time, split_basis,
        is_provisional
    from {{ ref('gold_bar_days') }}
),
newest as (
    select
        dataset, source, symbol, trading_day, max(last_time) as last_time,
        -- Of two prices of one moment the session's is the last.
        max_by(close, {{ moment('last_time', 'session') }}) as last_price,
        max_by(session, {{ moment('last_time', 'session') }}) as last_session,
        max_by(split_basis, {{ moment('last_time', 'session') }}) as split_basis,
        max(case when session = 'regular' then 'regular' end) as regular,
        max(case when is_provisional then 1 else 0 end) = 1 as is_provisional
    from days
    group by dataset, source, symbol, trading_day
    qualify row_number() over (
        partition by dataset, source, symbol order by trading_day desc
    ) = 1
),
earlier as (
    select
        n.dataset, n.source, n.symbol, n.trading_day, n.split_basis,
        max(d.trading_day) as day_before,
        max_by(d.close, d.trading_day) as close_before,
        max_by(d.is_provisional, d.trading_day) as is_provisional,
        max_by(d.split_basis, d.trading_day) as basis_before
    from newest as n
    inner join days as d
        on n.dataset = d.dataset and n.source = d.source and n.symbol = d.symbol
        and d.trading_day < n.trading_day
    where d.session = 'regular'
    group by n.dataset, n.source, n.symbol, n.trading_day, n.split_basis
),
parted as (
    select e.dataset, e.source, e.symbol
    from earlier as e
    inner join {{ ref('silver_splits') }} as s
        on e.source = s.source and e.symbol = s.symbol
        and s.ex_date > least(e.basis_before, e.split_basis)
        and s.ex_date <= greatest(e.basis_before, e.split_basis)
    union
    select e.dataset, e.source, e.symbol
    from earlier as e
    inner join {{ ref('silver_listings') }} as l
        on e.source = l.source and e.symbol = l.symbol
        and (
            (l.valid_from > e.day_before and l.valid_from <= e.trading_day)
            or (l.valid_to > e.day_before and l.valid_to <= e.trading_day)
        )
)
select
    'gold_kpi' as model, coalesce(n.dataset, k.dataset) as dataset,
    coalesce(n.source, k.source) as source, coalesce(n.symbol, k.symbol) as symbol
from newest as n
full outer join {{ ref('gold_kpi') }} as k
    on n.dataset = k.dataset and n.source = k.source and n.symbol = k.symbol
left join days as d
    on k.dataset = d.dataset and k.source = d.source and k.symbol = d.symbol
    and k.trading_day = d.trading_day and k.day_session = d.session
where
    n.dataset is null or k.dataset is null or d.dataset is null
    or n.trading_day <> k.trading_day or n.last_time <> k.last_time or n.last_price <> k.last_price
    or n.last_session <> k.last_session or k.day_session <> coalesce(n.regular, n.last_session)
    or k.change_amount is distinct from k.last_price - k.previous_close
    or (k.change_percent is not null) <> coalesce(k.previous_close > 0, false)
    or abs(
        k.change_percent
        - 100 * cast(k.change_amount as double) / nullif(cast(k.previous_close as double), 0)
    ) > 0.000001 + 1e-12 * abs(k.change_percent)
    or k.is_provisional <> n.is_provisional
    or k.exchange <> d.exchange or k.day_start <> d.open_time or k.day_end <> d.close_time
    or k.volume is distinct from d.volume or k.trades is distinct from d.trades
    -- A quote says itself what its day was.
    or (k.dataset <> 'quotes' and (k.day_open <> d.open or k.day_high <> d.high or k.day_low <> d.low))
    or k.day_high < k.day_low
    or k.volatility_per_minute < 0 or k.volatility_annualised < k.volatility_per_minute
    or (k.volatility_per_minute is null and k.volatility_annualised is not null)
union all
select 'close before', e.dataset, e.source, e.symbol
from earlier as e
inner join {{ ref('gold_kpi') }} as k
    on e.dataset = k.dataset and e.source = k.source and e.symbol = k.symbol
left join parted as p
    on e.dataset = p.dataset and e.source = p.source and e.symbol = p.symbol
where
    p.dataset is null and e.dataset <> 'quotes'
    and case when not e.is_provisional then e.close_before end is distinct from k.previous_close
union all
select
    'gold_treechart', coalesce(k.dataset, t.dataset), coalesce(k.source, t.source),
    coalesce(k.symbol, t.symbol)
from {{ ref('gold_kpi') }} as k
full outer join {{ ref('gold_treechart') }} as t
    on k.dataset = t.dataset and k.source = t.source and k.symbol = t.symbol
left join {{ ref('silver_listings') }} as l
    on k.source = l.source and k.symbol = l.symbol
    and k.trading_day >= l.valid_from and k.trading_day < l.valid_to
where
    k.dataset is null or t.dataset is null or k.last_price <> t.last_price
    or k.change_percent is distinct from t.change_percent
    or k.volume is distinct from t.volume
    or k.volatility_per_minute is distinct from t.volatility_per_minute
    or k.volatility_annualised is distinct from t.volatility_annualised
    or t.name <> coalesce(l.name, k.symbol) or t.sector <> coalesce(l.sector, 'Other')
    or t.weight <> coalesce(l.weight, 100)
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
