{{ config(schema='gold', materialized='view') }}
-- What the rules of ref_quality_rules find in what feeds say: nothing is dropped or changed for it.
-- What was refused is a dead letter, and not here.
select
    f.rule, f.severity, f.dataset, f.source, f.symbol,
    nullif(f.bar_interval, '') as bar_interval, f.exchange, f.trading_day, f.event_time,
    f.value, f.limit_value,
    case f.rule
        when 'jump' then
            'a price of ' || {{ plain('f.told') }} || ' is '
            || {{ plain('round(100 * least(f.value, 1e12), 2)', 'decimal(38, 2)') }}
            || case when f.told > f.told_before then ' % above ' else ' % below ' end
            || {{ plain('f.told_before') }} || ', the close before it, of '
            || cast(f.earlier_day as varchar)
        when 'stale' then
            'the price has stood at ' || {{ plain('f.told') }} || ' for '
            || {{ plain('f.value', 'decimal(38, 0)') }} || ' candles in a row, none with a volume'
        when 'volume' then case
            when f.value > 0
                then 'a volume of ' || {{ plain('f.told') }} || ' is '
                    || {{ plain('round(least(f.value, 1e12), 1)', 'decimal(38, 1)') }}
                    || ' times the mean of the 20 candles before it'
            else 'the price moved to ' || {{ plain('f.told') }}
                || ' without a volume, though the 20 candles before it have one'
        end
        when 'bounds' then
            'a price of ' || {{ plain('f.told') }}
            || case when f.told > f.limit_value then ' is above ' else ' is below ' end
            || {{ plain('f.limit_value', 'decimal(18, 8)') }} || ', the bound of its rule'
        when 'empty_day' then
            'no row on ' || cast(f.trading_day as varchar) || ', a trading day of ' || f.exchange
        when 'off_session' then case
            when f.session = 'break' then 'it lies in the break of ' || f.exchange || ' on '
            else f.exchange || ' has no session on '
        end || cast(f.trading_day as varchar)
        when 'crossed' then
            'a price of ' || {{ plain('f.told') }} || ' lies outside of its own day, '
            || coalesce({{ plain('f.told_before') }}, '') || ' to '
            || coalesce({{ plain('f.told_above') }}, '')
    end as detail,
    f.first_seen
from {{ ref('gold_quality_findings') }} as f
where f.rule <> ''
