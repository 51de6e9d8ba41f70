{{ config(schema='gold', materialized='table') }}
-- What findings follow from besides records, as one text, which changes when a rule, a split, a listing
-- or a calendar does: gold_quality_findings judges everything again then.
select
    cast(sum(md5_number_upper64(p.name || ' ' || p.part)) as varchar) as basis
from (
    select
        'rules' as name,
        count(*) || ':' || coalesce(cast(sum(md5_number_upper64(
            r.rule || ' ' || coalesce(r.dataset, '') || ' ' || coalesce(r.bar_interval, '')
            || ' ' || coalesce(r.source, '') || ' ' || coalesce(r.exchange, '') || ' '
            || coalesce(r.symbol, '') || ' ' || r.severity || ' '
            || coalesce({{ plain('r.min_value', 'decimal(18, 8)') }}, '') || ' '
            || coalesce({{ plain('r.max_value', 'decimal(18, 8)') }}, '')
        )) as varchar), '') as part
    from {{ ref('ref_quality_rules') }} as r
    union all
    select
        'splits' as name,
        count(*) || ':' || coalesce(cast(sum(md5_number_upper64(
            s.source || ' ' || s.symbol || ' ' || cast(s.valid_from as varchar) || ' '
            || cast(s.valid_to as varchar) || ' ' || cast(s.ex_date as varchar) || ' '
            || cast(cast(round(s.log_shares * 1000000) as bigint) as varchar)
        )) as varchar), '') as part
    from {{ ref('silver_splits') }} as s
    union all
    select
        'listings' as name,
        count(*) || ':' || coalesce(cast(sum(md5_number_upper64(
            l.source || ' ' || l.symbol || ' ' || l.exchange || ' '
            || cast(l.valid_from as varchar) || ' ' || cast(l.valid_to as varchar)
        )) as varchar), '') as part
    from {{ ref('silver_listings') }} as l
    union all
    select
        'sources' as name,
        count(*) || ':' || coalesce(cast(sum(md5_number_upper64(
            u.source || ' ' || coalesce(u.exchange, '')
        )) as varchar), '') as part
    from {{ ref('ref_sources') }} as u
    union all
    select
        'calendars' as name,
        count(*) || ':' || coalesce(cast(sum(md5_number_upper64(c.calendar)) as varchar), '')
            as part
    from {{ ref('silver_calendars') }} as c
    union all
    select
        'years' as name,
        count(*) || ':' || coalesce(cast(sum(md5_number_upper64(
            k.calendar || ' ' || cast(k.known_from as varchar) || ' '
            || cast(k.known_until as varchar)
        )) as varchar), '') as part
    from {{ ref('ref_calendars') }} as k
) as p
