{{ config(schema='gold', materialized='view') }}
-- Daily bars as they came, and beside that adjusted for the splits and dividends that followed up
-- to the newest bar of the symbol: its last adjusted close is the close itself.
-- From published bars and from the day candles of ticks. What a bar is adjusted for already is not
-- taken out again.
with
days as (
    select
        'bars' as dataset, source, symbol, cast(open_time as date) as trading_day,
        coalesce(adjustment, 'raw') as adjustment, cast(_ingest_time as date) as ingest_day,
        open, high, low, close, volume, adj_close as published_adj_close
    from {{ ref('silver_clean_bars') }}
    where bar_interval = '1d' and not is_cancelled
    union all
    select
        dataset, source, symbol, trading_day, 'raw' as adjustment, trading_day as ingest_day,
        cast(open as decimal(38, 18)) as open, cast(high as decimal(38, 18)) as high,
        cast(low as decimal(38, 18)) as low, cast(close as decimal(38, 18)) as close, volume,
        cast(null as decimal(38, 18)) as published_adj_close
    from {{ ref('gold_candlestick_1d') }}
    where dataset = 'ticks' and session = 'regular'
),
spans as (
    select dataset, source, symbol, min(trading_day) as first_day, max(trading_day) as last_day
    from days
    group by dataset, source, symbol
),
listed as (
    select l.source, l.symbol, a.ex_date, a.action, a.amount
    from {{ ref('ref_corporate_actions') }} as a
    inner join {{ ref('silver_listings') }} as l
        on a.instrument = l.instrument and a.ex_date >= l.valid_from and a.ex_date < l.valid_to
    where l.actions = 'yes'
),
actions as (
    select s.dataset, s.source, s.symbol, a.ex_date, a.action, cast(a.amount as double) as amount
    from spans as s
    inner join listed as a
        on s.source = a.source and s.symbol = a.symbol and s.first_day < a.ex_date and a.ex_date <= s.last_day
    where a.amount > 0
),
closes as (
    -- The first close without each dividend, of a bar that still has the later ones in it.
    select
        a.dataset, a.source, a.symbol, a.ex_date,
        min_by(cast(d.close as double), d.trading_day) as close,
        -- Up to when splits have changed what a share of that close is.
        min_by(
            case d.adjustment when 'splits' then d.ingest_day else d.trading_day end, d.trading_day
        ) as split_until
    from (
        select distinct dataset, source, symbol, ex_date from actions where action = 'dividend'
    ) as a
    inner join days as d
        on a.dataset = d.dataset and a.source = d.source and a.symbol = d.symbol
        and d.trading_day >= a.ex_date and d.adjustment <> 'all'
    group by a.dataset, a.source, a.symbol, a.ex_date
),
shares as (
    -- Shares of that close for one of the ex-date.
    select c.dataset, c.source, c.symbol, c.ex_date, exp(sum(ln(cast(s.amount as double)))) as shares
    from closes as c
    inner join listed as s
        on c.source = s.source and c.symbol = s.symbol and s.action = 'split' and s.amount > 0
        and s.ex_date > c.ex_date and s.ex_date <= c.split_until
    group by c.dataset, c.source, c.symbol, c.ex_date
),
parts as (
    -- A dividend is taken to have bought shares at the close of its ex-date.
    select
        a.dataset, a.source, a.symbol, a.ex_date, a.action,
        case
            when a.action = 'split' then a.amount
            when c.close > 0 then c.close / (c.close + a.amount / coalesce(s.shares, 1))
        end as part
    from actions as a
    left join closes as c
        on a.dataset = c.dataset and a.source = c.source and a.symbol = c.symbol
        and a.ex_date = c.ex_date
    left join shares as s
        on a.dataset = s.dataset and a.source = s.source and a.symbol = s.symbol
        and a.ex_date = s.ex_date
),
ex_dates as (
    select
        dataset, source, symbol, ex_date,
        sum(case action when 'split' then ln(part) else 0 end) as log_shares,
        sum(case action when 'dividend' then ln(part) else 0 end) as log_dividends,
        count(*) - count(part) as unknown
    from parts
    group by dataset, source, symbol, ex_date
),
sums as (
    select
        dataset, source, symbol, ex_date,
        lag(ex_date) over (partition by dataset, source, symbol order by ex_date) as since,
        sum(log_shares) over (
            partition by dataset, source, symbol order by ex_date desc
            rows between unbounded preceding and current row
        ) as log_shares,
        sum(log_dividends) over (
            partition by dataset, source, symbol order by ex_date desc
            rows between unbounded preceding and current row
        ) as log_dividends,
        sum(unknown) over (
            partition by dataset, source, symbol order by ex_date desc
            rows between unbounded preceding and current row
        ) as unknown
    from ex_dates
),
factors as (
    -- What all days before an ex-date, but not before the one before it, are multiplied by.
    select
        dataset, source, symbol, ex_date, coalesce(since, cast('0001-01-01' as date)) as since,
        round(exp(log_shares), 6) as shares,
        -- Of a dividend that no price above 0 follows, nobody knows its share.
        case when unknown = 0 then round(exp(log_dividends), 14) end as dividends,
        case when unknown = 0 then round(exp(log_dividends - log_shares), 14) end as all_of_it
    from sums
),
factored as (
    select
        d.*,
        case
            when f.ex_date is null or d.adjustment = 'all' then 1
            when d.adjustment = 'splits' then f.dividends
            else f.all_of_it
        end as price_factor,
        case when f.ex_date is null or d.adjustment <> 'raw' then 1 else f.shares end
            as share_factor
    from days as d
    left join factors as f
        on d.dataset = f.dataset and d.source = f.source and d.symbol = f.symbol
        and d.trading_day < f.ex_date and d.trading_day >= f.since
)
select
    f.dataset, f.source, f.symbol, f.trading_day, f.adjustment,
    f.open, f.high, f.low, f.close, f.volume,
{% for name in ['open', 'high', 'low', 'close'] %}
    case
        when f.price_factor = 1 then f.{{ name }}
        else {{ scaled('(cast(f.' ~ name ~ ' as double) * f.price_factor)') }}
    end as adj_{{ name }},
{% endfor %}
    case
        when f.share_factor = 1 then f.volume
        when abs(cast(f.volume as double) * f.share_factor) < 1e20
            then cast(round(cast(f.volume as double) * f.share_factor, 4) as decimal(28, 8))
    end as adj_volume,
    f.price_factor,
    f.share_factor,
    f.published_adj_close
from factored as f
