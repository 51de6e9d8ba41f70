{{ config(schema='gold', materialized='view') }}
-- All candles in one place. A query for one bar_interval reads the tables of that interval only.
select
    dataset, source, symbol, bar_interval, open_time, trading_day, session,
    open, high, low, close, volume, turnover,
    cast(turnover / nullif(volume, 0) as decimal(18, 8)) as vwap,
    trades, first_time, last_time, revisions, revised_at, _version
from (
    select
        dataset, source, symbol, '1s' as bar_interval, open_time, trading_day, session,
        open, high, low, close, volume, turnover, trades, first_time, last_time,
        revisions, revised_at, _version
    from {{ ref('gold_candlestick_1s') }}
    where trades > 0
    union all
    select
        dataset, source, symbol, '1m' as bar_interval, open_time, trading_day, session,
        open, high, low, close, volume, turnover, trades, first_time, last_time,
        revisions, revised_at, _version
    from {{ ref('gold_candlestick_1m') }}
    where trades > 0
    union all
    select
        dataset, source, symbol, bar_interval, open_time, trading_day, session,
        open, high, low, close, volume, turnover, trades, first_time, last_time,
        revisions, revised_at, _version
    from {{ ref('gold_candlestick_long') }}
    union all
    select
        dataset, source, symbol, '1d' as bar_interval, open_time, trading_day, session,
        open, high, low, close, volume, turnover, trades, first_time, last_time,
        revisions, revised_at, _version
    from {{ ref('gold_candlestick_1d') }}
    where session = 'regular'
) as c
