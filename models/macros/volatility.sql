{#-
  Common table expressions behind `minutes`, the closes of minute candles in regular sessions
  (dataset, source, symbol, exchange, trading_day, open_time, close): `volatility`, of the newest of
  each symbol's sessions that has at least three. Each log return is divided by the square root of
  the session's minutes that it spans, without a break of the session: an hour's move is no minute's.
  Without those of prices from 0 down: they have no logarithm.
-#}
{% macro volatility() %}
measured as (
    select s.dataset, s.source, s.symbol, max(s.trading_day) as trading_day
    from (
        select dataset, source, symbol, trading_day
        from minutes
        group by dataset, source, symbol, trading_day
        having count(*) >= 3
    ) as s
    group by s.dataset, s.source, s.symbol
),
steps as (
    select
        m.dataset, m.source, m.symbol, m.exchange, m.trading_day,
        m.open_time, cast(m.close as double) as close,
        lag(m.open_time) over (
            partition by m.dataset, m.source, m.symbol order by m.open_time
        ) as earlier_time,
        lag(cast(m.close as double)) over (
            partition by m.dataset, m.source, m.symbol order by m.open_time
        ) as earlier
    from minutes as m
    inner join measured as l
        on m.dataset = l.dataset and m.source = l.source and m.symbol = l.symbol
        and m.trading_day = l.trading_day
),
per_minute as (
    select
        s.dataset, s.source, s.symbol, max(s.exchange) as exchange,
        max(s.trading_day) as trading_day,
        stddev_samp(
            case
                when s.close > 0 and s.earlier > 0
                    then ln(s.close / s.earlier) / sqrt(
                        datediff('minute', s.earlier_time, s.open_time) - case
                            when s.earlier_time < d.break_start_at and s.open_time >= d.break_end_at
                                then datediff('minute', d.break_start_at, d.break_end_at)
                            else 0
                        end
                    )
            end
        ) as deviation
    from steps as s
    left join {{ ref('silver_trading_days') }} as d
        on s.exchange = d.exchange and s.trading_day = d.trading_day
        -- A day touches several dates of UTC, and has a row for each.
        and d.utc_date = cast(d.day_start as date)
    group by s.dataset, s.source, s.symbol
),
volatility as (
    select
        p.dataset, p.source, p.symbol,
        case when p.deviation > 0 then {{ significant('p.deviation', 10) }} else p.deviation end
            as volatility_per_minute,
        case
            when p.deviation > 0 then {{ significant(
                'p.deviation * sqrt(e.days_a_year * ('
                ~ 'e.close_minute - e.open_minute'
                ~ ' - coalesce(e.break_end_minute - e.break_start_minute, 0)))', 10
            ) }}
            else p.deviation
        end as volatility_annualised
    from per_minute as p
    left join {{ ref('ref_exchanges') }} as e
        on p.exchange = e.exchange
        and {{ holds('e', 'p.trading_day') }}
)
{%- endmacro %}
