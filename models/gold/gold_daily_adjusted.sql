{{ config(schema='gold', materialized='view') }}
-- Daily bars as they came, and beside that in the shares of the newest one (split_…), and with what
-- dividends paid put in as well (adj_…). From published bars and from the day candles of ticks. What
-- a bar is adjusted for already is not taken out again.
with
days as (
    select
        b.dataset, b.source, b.symbol, b.trading_day, b.adjustment, b.split_basis,
        b.open, b.high, b.low, b.close, b.volume, s.adj_close as published_adj_close
    from {{ ref('gold_candlestick_bars') }} as b
    inner join {{ ref('silver_clean_bars') }} as s
        on b.source = s.source and b.symbol = s.symbol
        and b.bar_interval = s.bar_interval and b.open_time = s.open_time
    -- What may still change is no day's close yet.
    where
        b.dataset = 'bars' and b.bar_interval = '1d' and not b.is_cancelled
        and not b.is_provisional
    union all
    select
        dataset, source, symbol, trading_day, 'raw' as adjustment, trading_day as split_basis,
        cast(open as decimal(38, 18)) as open, cast(high as decimal(38, 18)) as high,
        cast(low as decimal(38, 18)) as low, cast(close as decimal(38, 18)) as close, volume,
        cast(null as decimal(38, 18)) as published_adj_close
    from {{ ref('gold_candlestick_1d') }}
    where dataset = 'ticks' and session = 'regular' and close is not null
),
listed as (
    select
        d.*, l.instrument, l.valid_to,
        -- Of a symbol that is not listed, those that its source tells.
        case
            when l.instrument is null then d.symbol
            when l.actions <> 'no' then l.instrument
        end as actions_of,
        case when l.instrument is null then d.source else '' end as symbol_of,
        -- One line of prices goes on under another name of its instrument.
        case
            when l.instrument is null then 'symbol ' || d.symbol else 'instrument ' || l.instrument
        end as series,
        -- A price has in it all splits up to its split_basis, and all dividends up to this day.
        case when d.adjustment = 'all' then d.split_basis else d.trading_day end as dividend_basis
    from days as d
    left join {{ ref('silver_listings') }} as l
        on d.source = l.source and d.symbol = l.symbol
        and d.trading_day >= l.valid_from and d.trading_day < l.valid_to
),
spans as (
    select
        dataset, source, series, max(actions_of) as actions_of, max(symbol_of) as symbol_of,
        min(trading_day) as first_day, max(split_basis) as last_day,
        -- Dividends up to the newest bar, where not all of them have later ones taken out.
        case
            when min(case when adjustment = 'all' then 1 else 0 end) = 1 then max(dividend_basis)
            else max(trading_day)
        end as last_paid_day
    from listed
    group by dataset, source, series
),
later_dividends as (
    -- What has these taken out can't be compared with the newest bar.
    select s.dataset, s.source, s.series, min(a.ex_date) as ex_date
    from spans as s
    inner join {{ ref('silver_corporate_actions') }} as a
        on s.actions_of = a.instrument and s.symbol_of = a.symbol_of and a.ex_date > s.last_paid_day
    where a.kind <> 'split' and a.amount > 0
    group by s.dataset, s.source, s.series
),
actions as (
    select
        s.dataset, s.source, s.series, a.ex_date, a.kind,
        coalesce(a.log_shares, 0) as log_shares,
        cast(a.amount as double) as amount
    from spans as s
    inner join {{ ref('silver_corporate_actions') }} as a
        on s.actions_of = a.instrument and s.symbol_of = a.symbol_of and s.first_day < a.ex_date
        and a.ex_date <= case a.kind when 'split' then s.last_day else s.last_paid_day end
    where a.amount > 0
),
split_dates as (
    select dataset, source, series, ex_date, sum(log_shares) as log_shares
    from actions
    where kind = 'split'
    group by dataset, source, series, ex_date
),
split_factors as (
    -- Shares of the last day for one of any day from `since` up to the day before ex_date.
    select
        dataset, source, series, ex_date,
        coalesce(
            lag(ex_date) over (partition by dataset, source, series order by ex_date),
            cast('0001-01-01' as date)
        ) as since,
        sum(log_shares) over (
            partition by dataset, source, series order by ex_date desc
            rows between unbounded preceding and current row
        ) as log_shares
    from split_dates
),
dividend_dates as (
    select
        dataset, source, series, ex_date, sum(amount) as amount,
        coalesce(
            lag(ex_date) over (partition by dataset, source, series order by ex_date),
            cast('0001-01-01' as date)
        ) as since
    from actions
    where kind <> 'split'
    group by dataset, source, series, ex_date
),
payable as (
    -- Days whose prices have no dividend taken out that came after them.
    select l.dataset, l.source, l.series, l.symbol, l.trading_day, l.close, l.split_basis
    from listed as l
    left join dividend_dates as n
        on l.dataset = n.dataset and l.source = n.source and l.series = n.series
        and l.trading_day >= n.since and l.trading_day < n.ex_date
    where l.adjustment <> 'all' or n.ex_date is null or n.ex_date > l.dividend_basis
),
paid_on as (
    -- The day of the first close without each dividend.
    select d.dataset, d.source, d.series, d.ex_date, d.amount, min(p.trading_day) as trading_day
    from dividend_dates as d
    inner join payable as p
        on d.dataset = p.dataset and d.source = p.source and d.series = p.series
        and p.trading_day >= d.ex_date
    group by d.dataset, d.source, d.series, d.ex_date, d.amount
),
paid as (
    select
        o.dataset, o.source, o.series, o.ex_date, o.amount,
        min_by(cast(p.close as double), p.symbol) as close,
        min_by(p.split_basis, p.symbol) as split_basis
    from paid_on as o
    inner join payable as p
        on o.dataset = p.dataset and o.source = p.source and o.series = p.series
        and o.trading_day = p.trading_day
    group by o.dataset, o.source, o.series, o.ex_date, o.amount
),
parts as (
    -- What a dividend leaves of earlier prices: it is taken to have bought shares at that close. It is
    -- of a share of its ex-date; splits have changed by then, or by the feed, what that close is of.
    select
        p.dataset, p.source, p.series, p.ex_date,
        case
            when max(p.close) > 0 then max(p.close) / (
                max(p.close) + max(p.amount) / {{ significant(
                    'exp(sum(case when s.ex_date <= p.split_basis then s.log_shares else 0 end))'
                ) }}
            )
        end as part
    from paid as p
    left join split_dates as s
        on p.dataset = s.dataset and p.source = s.source and p.series = s.series
        and s.ex_date > p.ex_date
    group by p.dataset, p.source, p.series, p.ex_date
),
dividend_factors as (
    select
        d.dataset, d.source, d.series, d.ex_date, d.since,
        sum(ln(p.part)) over (
            partition by d.dataset, d.source, d.series order by d.ex_date desc
            rows between unbounded preceding and current row
        ) as log_part,
        -- Of a dividend that no price above 0 follows, nobody knows its share.
        sum(case when p.part is null then 1 else 0 end) over (
            partition by d.dataset, d.source, d.series order by d.ex_date desc
            rows between unbounded preceding and current row
        ) as unknown
    from dividend_dates as d
    left join parts as p
        on d.dataset = p.dataset and d.source = p.source and d.series = p.series
        and d.ex_date = p.ex_date
),
factored as (
    select
        l.*,
        case
            when s.ex_date is null then 1 else {{ significant('exp(s.log_shares)') }}
        end as share_factor,
        case
            when l.dividend_basis >= n.ex_date then null
            when f.ex_date is null then 1
            -- Of many dividends engines' sums differ in the fourteenth digit already.
            when f.unknown = 0 then {{ significant('exp(f.log_part)', 12) }}
        end as dividend_factor
    from listed as l
    left join split_factors as s
        on l.dataset = s.dataset and l.source = s.source and l.series = s.series
        and l.split_basis >= s.since and l.split_basis < s.ex_date
    left join dividend_factors as f
        on l.dataset = f.dataset and l.source = f.source and l.series = f.series
        and l.dividend_basis >= f.since and l.dividend_basis < f.ex_date
    left join later_dividends as n
        on l.dataset = n.dataset and l.source = n.source and l.series = n.series
),
adjusted as (
    select
        f.*,
        -- What has the dividends of later days taken out has no price without that.
        case when f.adjustment <> 'all' then 1 / f.share_factor end as split_factor,
        f.dividend_factor / f.share_factor as price_factor,
        cast(f.close as double) * f.dividend_factor / f.share_factor as total_close,
        lag(cast(f.close as double) * f.dividend_factor / f.share_factor) over (
            partition by f.dataset, f.source, f.series, f.symbol order by f.trading_day
        ) as earlier_close,
        lag(f.trading_day) over (
            partition by f.dataset, f.source, f.series, f.symbol order by f.trading_day
        ) as earlier_day
    from factored as f
),
ended as (
    -- The last close under each name that the instrument no longer has.
    select
        a.dataset, a.source, a.series, a.symbol, a.valid_to,
        max(a.trading_day) as last_day, max_by(a.total_close, a.trading_day) as last_close
    from adjusted as a
    where a.valid_to < cast('9999-12-31' as date)
    group by a.dataset, a.source, a.series, a.symbol, a.valid_to
),
renamed as (
    -- That of another name, where it is newer than the last one under this.
    select
        n.dataset, n.source, n.series, n.symbol, n.trading_day,
        max_by(o.last_close, o.last_day) as earlier_close
    from adjusted as n
    inner join ended as o
        on n.dataset = o.dataset and n.source = o.source and n.series = o.series
        and o.symbol <> n.symbol and o.valid_to <= n.trading_day
    where n.earlier_day is null or o.last_day > n.earlier_day
    group by n.dataset, n.source, n.series, n.symbol, n.trading_day
),
followed as (
    select
        a.*,
        case when r.symbol is null then a.earlier_close else r.earlier_close end as close_before,
        case when a.trading_day >= c.known_from then c.known_until end as actions_known_until,
        case when a.trading_day >= c.splits_known_from then c.splits_known_until end
            as splits_known_until
    from adjusted as a
    left join renamed as r
        on a.dataset = r.dataset and a.source = r.source and a.series = r.series
        and a.symbol = r.symbol and a.trading_day = r.trading_day
    left join {{ ref('ref_action_coverage') }} as c
        on a.actions_of = c.instrument and a.symbol_of = ''
)
select
    f.dataset, f.source, f.symbol, f.instrument, f.trading_day, f.adjustment,
    f.open, f.high, f.low, f.close, f.volume,
{% for name in ['open', 'high', 'low', 'close'] %}
    case
        when f.split_factor = 1 then f.{{ name }}
        else {{ scaled('(cast(f.' ~ name ~ ' as double) * f.split_factor)') }}
    end as split_{{ name }},
{% endfor %}
    case
        when f.share_factor = 1 then f.volume
        when abs(cast(f.volume as double) * f.share_factor) < 1e20
            then cast(round(cast(f.volume as double) * f.share_factor, 4) as decimal(28, 8))
    end as split_volume,
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
    case
        when f.total_close > 0 and f.close_before > 0
            then round(ln(f.total_close / f.close_before), 12)
    end as log_return,
    f.actions_known_until,
    f.splits_known_until,
    f.published_adj_close
from followed as f
