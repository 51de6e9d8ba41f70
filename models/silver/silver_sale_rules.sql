{{ config(
    schema='silver',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['source']
) }}
-- What the trades of a source may set by their conditions, as a text that changes when ref_conditions
-- or the source's set of them does, and how far silver was then: the candles of that source are built
-- again. _version is 0 for what has not changed since all was built.
with
sets as (
    select
        condition_set,
        count(*) || ' ' || cast(sum(md5_number_upper64(
            condition || ' ' || high_low || ' ' || last || ' ' || volume || ' ' || kind
        )) as varchar) as rules
    from {{ ref('ref_conditions') }}
    group by condition_set
),
sources as (
    select source, coalesce(condition_set, source) as condition_set
    from {{ ref('ref_sources') }}
    union
    select c.condition_set as source, c.condition_set
    from sets as c
    left join {{ ref('ref_sources') }} as s on c.condition_set = s.source
    where s.source is null
{% if is_incremental() %}
    union
    -- A source, or a set of one's own, that is listed no more.
    select t.source, t.source as condition_set
    from {{ this }} as t
    left join {{ ref('ref_sources') }} as s on t.source = s.source
    where s.source is null
{% endif %}
),
current_rules as (
    select s.source, coalesce(c.rules, '') as rules
    from sources as s
    left join sets as c on s.condition_set = c.condition_set
)
select
    r.source, r.rules,
{% if is_incremental() %}
    (
        select coalesce(max(v._version), 0)
        from (
            select _version from {{ ref('silver_clean_ticks') }} order by _version desc limit 1
        ) as v
    ) as _version
from current_rules as r
left join {{ this }} as t on r.source = t.source
where t.rules is distinct from r.rules
{% else %}
    cast(0 as bigint) as _version
-- depends_on: {{ ref('silver_clean_ticks') }}
from current_rules as r
{% endif %}
