{{ config(schema='silver', materialized='table') }}
-- What a source's symbol is, and when: one row a source, symbol and time of validity. A source has
-- the symbols of its symbologies and those under its own name. A symbology that no listed source
-- uses is a source's own name. Whose days a symbol has follows from start_at and end_at: those of the
-- exchange that it is listed on, from where the first of them begins there, and not before one ends
-- that it had earlier. At times of no listing the one before goes on, or the first is on already.
with
symbologies as (
    select distinct symbology from {{ ref('ref_symbols') }}
),
used as (
    select r.source, r.exchange, r.actions, s.symbology
    from {{ ref('ref_sources') }} as r
    inner join symbologies as s
        on contains(' ' || r.symbology || ' ', ' ' || s.symbology || ' ')
        or s.symbology = r.source
),
sources as (
    select source, exchange, actions, symbology from used
    union all
    select s.symbology as source, null as exchange, 'yes' as actions, s.symbology
    from symbologies as s
    where s.symbology not in (select symbology from used)
),
exchanges as (
    select distinct exchange from {{ ref('ref_exchanges') }}
),
listed as (
    select
        r.source, s.symbol,
        coalesce(s.valid_from, cast('0001-01-01' as date)) as valid_from,
        coalesce(s.valid_to, cast('9999-12-31' as date)) as valid_to,
        s.instrument, s.name, s.sector, s.weight, s.currency,
        coalesce(e.exchange, 'ALWAYS') as exchange,
        r.actions
    from sources as r
    inner join {{ ref('ref_symbols') }} as s on r.symbology = s.symbology
    left join exchanges as e on coalesce(r.exchange, s.exchange) = e.exchange
),
bounds as (
    select exchange, valid_from as day from listed
    union
    select exchange, valid_to as day from listed
),
starts as (
    select b.exchange, b.day, coalesce(min(d.day_start), cast(b.day as timestamp)) as start_at
    from bounds as b
    left join {{ ref('silver_trading_days') }} as d
        on b.exchange = d.exchange and b.day = d.trading_day
    group by b.exchange, b.day
),
placed as (
    select
        l.*,
        f.start_at as begins_at,
        lag(t.start_at) over (
            partition by l.source, l.symbol order by l.valid_from
        ) as earlier_ends_at
    from listed as l
    inner join starts as f on l.exchange = f.exchange and l.valid_from = f.day
    inner join starts as t on l.exchange = t.exchange and l.valid_to = t.day
),
followed as (
    select
        p.*,
        case
            when p.earlier_ends_at is null then cast('0001-01-01' as timestamp)
            else greatest(p.begins_at, p.earlier_ends_at)
        end as start_at
    from placed as p
)
select
    f.source, f.symbol, f.valid_from, f.valid_to, f.start_at,
    coalesce(
        lead(f.start_at) over (partition by f.source, f.symbol order by f.valid_from),
        cast('9999-12-31' as timestamp)
    ) as end_at,
    f.instrument, f.name, f.sector, f.weight, f.currency, f.exchange, f.actions
from followed as f
