{{ config(schema='silver', materialized='table') }}
-- What a source's symbol is, and when: one row a source, symbol and time of validity. A source has
-- the symbols of its symbologies and those under its own name. A symbology that no listed source
-- uses is a source's own name.
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
)
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
