{{ config(schema='gold', materialized='table') }}
-- One row a dataset, source and symbol: where it stands on its latest trading day.
with
days as (
    select
        d.dataset, d.source, d.symbol, d.trading_day, d.session, d.exchange,
        d.open_time, d.close_time,
        cast(d.open as decimal(38, 18)) as open, cast(d.high as decimal(38, 18)) as high,
        cast(d.low as decimal(38, 18)) as low, cast(d.close as decimal(38, 18)) as close,
        d.volume, d.trades, d.last_time, d.trading_day as split_basis,
        false as is_provisional, d._version
    from {{ ref('gold_candlestick_1d') }} as d
    -- Of a session in which no trade may set a price there are no prices to show.
    where d.close is not null
    union all
    select
        b.dataset, b.source, b.symbol, b.trading_day, b.session, b.exchange,
        b.open_time, b.close_time, b.open, b.high, b.low, b.close,
        b.volume, cast(null as bigint) as trades, b.last_time, b.split_basis,
        b.is_provisional, b._version
    from {{ ref('gold_bar_days') }} as b
),
newest as (
    select
        d.dataset, d.source, d.symbol, d.trading_day,
        max_by(d.close, d.last_moment) as last_price,
        max(d.last_time) as last_time,
        max_by(d.session, d.last_moment) as last_session,
        max_by(d.split_basis, d.last_moment) as split_basis,
        max(case when d.session = 'regular' then 1 else 0 end) as has_regular,
        max(case when d.is_provisional then 1 else 0 end) = 1 as is_provisional,
        max(d._version) as _version
    from (
        select *, {{ moment('last_time', 'session') }} as last_moment from days
    ) as d
    group by d.dataset, d.source, d.symbol, d.trading_day
    qualify row_number() over (
        partition by d.dataset, d.source, d.symbol order by d.trading_day desc
    ) = 1
),
latest as (
    select
        n.dataset, n.source, n.symbol, n.trading_day, n.last_price, n.last_time, n.last_session,
        n.split_basis, n.is_provisional, n._version,
        -- The day's figures are those of the regular session once it has a price.
        case when n.has_regular = 1 then 'regular' else n.last_session end as session,
        l.instrument
    from newest as n
    left join {{ ref('silver_listings') }} as l
        on n.source = l.source and n.symbol = l.symbol
        and n.trading_day >= l.valid_from and n.trading_day < l.valid_to
),
closes as (
    -- The two newest regular sessions of each instrument that the symbol named: one of them is that
    -- before the latest day.
    select
        d.dataset, d.source, d.symbol, d.trading_day, d.close, d.split_basis, d.is_provisional,
        l.instrument, l.valid_to
    from days as d
    left join {{ ref('silver_listings') }} as l
        on d.source = l.source and d.symbol = l.symbol
        and d.trading_day >= l.valid_from and d.trading_day < l.valid_to
    where d.session = 'regular'
    qualify row_number() over (
        partition by d.dataset, d.source, d.symbol, l.instrument order by d.trading_day desc
    ) <= 2
),
candidates as (
    select
        l.dataset, l.source, l.symbol, c.trading_day, c.close, c.split_basis,
        c.is_provisional, 0 as rank, c.symbol as of_symbol
    from latest as l
    inner join closes as c
        on l.dataset = c.dataset and l.source = c.source and l.symbol = c.symbol
        and c.trading_day < l.trading_day
        -- What the symbol was before it named this is another price.
        and l.instrument is not distinct from c.instrument
    union all
    -- After a day under another name: the close under that.
    select
        l.dataset, l.source, l.symbol, c.trading_day, c.close, c.split_basis,
        c.is_provisional, 1 as rank, c.symbol as of_symbol
    from latest as l
    inner join closes as c
        on l.dataset = c.dataset and l.source = c.source and l.instrument = c.instrument
        and c.valid_to <= l.trading_day
),
earlier as (
    -- Of one that its feed has never settled nobody knows the close, nor is that of an earlier one it.
    select
        c.dataset, c.source, c.symbol, c.split_basis,
        case when not c.is_provisional then c.close end as close
    from candidates as c
    qualify row_number() over (
        partition by c.dataset, c.source, c.symbol
        order by c.trading_day desc, c.rank, c.of_symbol
    ) = 1
),
split_shares as (
    -- Today's shares for one of the session before.
    select
        e.dataset, e.source, e.symbol,
        {{ log_shares_between('s', 'e.split_basis', 'l.split_basis') }} as log_shares
    from earlier as e
    inner join latest as l
        on e.dataset = l.dataset and e.source = l.source and e.symbol = l.symbol
    inner join {{ ref('silver_splits') }} as s
        on e.source = s.source and e.symbol = s.symbol
        and l.trading_day >= s.valid_from and l.trading_day < s.valid_to
    group by e.dataset, e.source, e.symbol
),
quotes as (
    -- A quote says itself what the feed holds to be the day.
    select
        'quotes' as dataset, q.source, q.symbol, q.day_open, q.day_high, q.day_low, q.prev_close
    from {{ ref('silver_clean_stock_quotes') }} as q
    inner join latest as l
        on q.source = l.source and q.symbol = l.symbol and q.market_timestamp = l.last_time
    where l.dataset = 'quotes' and not q.is_cancelled and q.set_aside is null
    qualify row_number() over (
        partition by q.source, q.symbol order by q._first_offset desc
    ) = 1
),
sessions as (
    -- Of the last five those that may have three minutes, to leave the rest of the minutes unread.
    select d.dataset, d.source, d.symbol, d.exchange, d.trading_day
    from (
        select dataset, source, symbol, exchange, trading_day, trades, first_time, last_time
        from {{ ref('gold_candlestick_1d') }}
        where session = 'regular' and close is not null
        qualify row_number() over (
            partition by dataset, source, symbol order by trading_day desc
        ) <= 5
    ) as d
    where d.trades >= 3 and datediff('minute', d.first_time, d.last_time) >= 2
),
minutes as (
    select m.dataset, m.source, m.symbol, s.exchange, m.trading_day, m.open_time, m.close
    from {{ ref('gold_candlestick_1m') }} as m
    inner join sessions as s
        on m.dataset = s.dataset and m.source = s.source and m.symbol = s.symbol
        and m.trading_day = s.trading_day
    where m.session = 'regular' and m.trades > 0 and m.close is not null
),
{{ volatility() }},
volatilities as (
    select dataset, source, symbol, volatility_per_minute, volatility_annualised from volatility
    union all
    select distinct
        b.dataset, b.source, b.symbol, b.volatility_per_minute, b.volatility_annualised
    from {{ ref('gold_bar_days') }} as b
),
stand as (
    select
        l.dataset, l.source, l.symbol,
        l.last_price, l.last_time, l.last_session,
        l.trading_day, d.exchange,
        d.session as day_session, d.open_time as day_start, d.close_time as day_end,
        coalesce(q.prev_close, {{ restated('e.close', 's.log_shares') }}) as previous_close,
        coalesce(q.day_open, d.open) as day_open,
        coalesce(q.day_high, d.high) as day_high,
        coalesce(q.day_low, d.low) as day_low,
        d.volume,
        d.trades,
        l.is_provisional,
        l._version
    from latest as l
    inner join days as d
        on l.dataset = d.dataset and l.source = d.source and l.symbol = d.symbol
        and l.trading_day = d.trading_day and l.session = d.session
    left join earlier as e
        on l.dataset = e.dataset and l.source = e.source and l.symbol = e.symbol
    left join split_shares as s
        on l.dataset = s.dataset and l.source = s.source and l.symbol = s.symbol
    left join quotes as q
        on l.dataset = q.dataset and l.source = q.source and l.symbol = q.symbol
)
select
    s.dataset,
    s.source,
    s.symbol,
    s.last_price,
    s.last_time,
    s.last_session,
    s.previous_close,
    s.last_price - s.previous_close as change_amount,
    -- Of a price from 0 down there are no percents.
    case
        when s.previous_close > 0 then round(
            100 * cast(s.last_price - s.previous_close as double)
            / cast(s.previous_close as double), 6
        )
    end as change_percent,
    s.exchange,
    s.trading_day,
    s.day_session,
    s.day_start,
    s.day_end,
    s.day_open,
    s.day_high,
    s.day_low,
    s.volume,
    s.trades,
    v.volatility_per_minute,
    v.volatility_annualised,
    s.is_provisional,
    s._version
from stand as s
left join volatilities as v
    on s.dataset = v.dataset and s.source = v.source and s.symbol = v.symbol
