{{ config(schema='gold', materialized='view') }}
-- All candles in one place: from ticks and quotes, bars as published, and longer ones from those.
-- A query for one bar_interval reads the tables of that interval only. The prices of ticks have 64
-- bits until here, where they meet those of bars.
select
    dataset, source, symbol, bar_interval, open_time, trading_day, session,
    open, high, low, close, volume, turnover,
    cast(turnover / nullif(volume, 0) as decimal(18, 8)) as vwap,
    trades, first_time, last_time, revisions, revised_at, _version
from (
    select
        dataset, source, symbol, '1s' as bar_interval, open_time, trading_day, session,
        cast(open as decimal(38, 18)) as open, cast(high as decimal(38, 18)) as high,
        cast(low as decimal(38, 18)) as low, cast(close as decimal(38, 18)) as close, volume, turnover, trades, first_time, last_time,
        revisions, revised_at, _version
    from {{ ref('gold_candlestick_1s') }}
    where trades > 0
    union all
    select
        dataset, source, symbol, '1m' as bar_interval, open_time, trading_day, session,
        cast(open as decimal(38, 18)) as open, cast(high as decimal(38, 18)) as high,
        cast(low as decimal(38, 18)) as low, cast(close as decimal(38, 18)) as close, volume, turnover, trades, first_time, last_time,
        revisions, revised_at, _version
    from {{ ref('gold_candlestick_1m') }}
    where trades > 0
    union all
    select
        dataset, source, symbol, bar_interval, open_time, trading_day, session,
        cast(open as decimal(38, 18)) as open, cast(high as decimal(38, 18)) as high,
        cast(low as decimal(38, 18)) as low, cast(close as decimal(38, 18)) as close, volume, turnover, trades, first_time, last_time,
        revisions, revised_at, _version
    from {{ ref('gold_candlestick_long') }}
    union all
    select
        dataset, source, symbol, '1d' as bar_interval, open_time, trading_day, session,
        cast(open as decimal(38, 18)) as open, cast(high as decimal(38, 18)) as high,
        cast(low as decimal(38, 18)) as low, cast(close as decimal(38, 18)) as close, volume, turnover, trades, first_time, last_time,
        revisions, revised_at, _version
    from {{ ref('gold_candlestick_1d') }}
    where session = 'regular'
    union all
    select
        dataset, source, symbol, bar_interval, open_time, trading_day, session,
        open, high, low, close, volume, turnover, trades, first_time, last_time,
        revisions, revised_at, _version
    from {{ ref('gold_candlestick_coarse') }}
    union all
    select
        dataset, source, symbol, bar_interval, open_time, trading_day, session,
        open, high, low, close, volume, cast(null as decimal(38, 12)) as turnover,
        cast(null as bigint) as trades, cast(null as timestamp) as first_time,
        cast(null as timestamp) as last_time, cast(null as bigint) as revisions,
        cast(null as timestamp) as revised_at, _version
    from {{ ref('gold_candlestick_bars') }}
    where not is_cancelled
) as c
