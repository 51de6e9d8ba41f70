{{ config(severity='warn') }}
-- A row for each symbol and currency in which it has trades, and is not listed: its candles hold prices
-- of more than one currency, or its listing is wrong. Of symbols that are not listed, for each currency
-- besides the one that most of its trades have.
with
said as (
    select source, symbol, cast(event_second as date) as day, currency, count(*) as trades
    from {{ ref('silver_clean_ticks') }}
    where currency is not null and not is_cancelled and set_aside is null
    group by source, symbol, cast(event_second as date), currency
),
known as (
    select s.source, s.symbol, s.currency, l.currency as listed, sum(s.trades) as trades
    from said as s
    left join {{ ref('silver_listings') }} as l
        on s.source = l.source and s.symbol = l.symbol
        and s.day >= l.valid_from and s.day < l.valid_to
    group by s.source, s.symbol, s.currency, l.currency
),
ranked as (
    select
        k.*,
        row_number() over (
            partition by k.source, k.symbol order by k.trades desc, k.currency
        ) as place
    from known as k
)
select source, symbol, currency, listed, trades
from ranked
where currency <> listed or (listed is null and place > 1)
