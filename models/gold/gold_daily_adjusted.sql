{{ config(schema='gold', materialized='view') }}
-- Daily bars as they were traded, and beside that adjusted for the splits and dividends that
-- followed up to the newest bar of the symbol: its last adjusted close is the close itself.
-- From published bars and from the day candles of ticks.
with
days as (
    select
        'bars' as dataset, source, symbol, cast(open_time as date) as trading_day,
        open, high, low, close, volume, adj_close as published_adj_close
    from {{ ref('silver_clean_bars') }}
    where bar_interval = '1d'
    union all
    select
        dataset, source, symbol, trading_day, open, high, low, close, volume,
        cast(null as decimal(18, 8)) as published_adj_close
    from {{ ref('gold_candlestick_1d') }}
    where dataset = 'ticks' and session = 'regular'
),
newest as (
    select dataset, source, symbol, max(trading_day) as last_day
    from days
    group by dataset, source, symbol
),
actions as (
    -- A dividend takes its share of the last close before it out of all earlier prices.
    select
        d.dataset, d.source, d.symbol, a.ex_date, a.action, a.amount,
        case a.action
            when 'split' then 1 / cast(a.amount as double)
            else 1 - cast(a.amount as double) / cast(max_by(d.close, d.trading_day) as double)
        end as factor,
        case a.action when 'split' then cast(a.amount as double) else 1 end as shares
    from days as d
    inner join newest as n
        on d.dataset = n.dataset and d.source = n.source and d.symbol = n.symbol
    inner join {{ ref('ref_corporate_actions') }} as a
        on d.symbol = a.symbol and d.trading_day < a.ex_date and a.ex_date <= n.last_day
    group by d.dataset, d.source, d.symbol, a.ex_date, a.action, a.amount
),
ex_dates as (
    select
        dataset, source, symbol, ex_date,
        sum(ln(factor)) as log_factor, sum(ln(shares)) as log_shares
    from actions
    group by dataset, source, symbol, ex_date
),
factors as (
    -- What all days before an ex-date, but not before the one before it, are multiplied by.
    select
        dataset, source, symbol, ex_date,
        coalesce(
            lag(ex_date) over (partition by dataset, source, symbol order by ex_date),
            cast('0001-01-01' as date)
        ) as since,
        round(exp(sum(log_factor) over (
            partition by dataset, source, symbol order by ex_date desc
            rows between unbounded preceding and current row
        )), 12) as factor,
        round(exp(sum(log_shares) over (
            partition by dataset, source, symbol order by ex_date desc
            rows between unbounded preceding and current row
        )), 6) as shares
    from ex_dates
)
select
    d.dataset, d.source, d.symbol, d.trading_day,
    d.open, d.high, d.low, d.close, d.volume,
    cast(round(cast(d.open as double) * coalesce(f.factor, 1), 6) as decimal(18, 8)) as adj_open,
    cast(round(cast(d.high as double) * coalesce(f.factor, 1), 6) as decimal(18, 8)) as adj_high,
    cast(round(cast(d.low as double) * coalesce(f.factor, 1), 6) as decimal(18, 8)) as adj_low,
    cast(round(cast(d.close as double) * coalesce(f.factor, 1), 6) as decimal(18, 8)) as adj_close,
    cast(round(cast(d.volume as double) * coalesce(f.shares, 1), 4) as decimal(28, 8))
        as adj_volume,
    coalesce(f.factor, 1) as price_factor,
    coalesce(f.shares, 1) as share_factor,
    d.published_adj_close
from days as d
left join factors as f
    on d.dataset = f.dataset and d.source = f.source and d.symbol = f.symbol
    and d.trading_day < f.ex_date and d.trading_day >= f.since
