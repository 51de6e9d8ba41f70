{{ config(severity='warn') }}
-- A row for each sale condition that trades have and ref_conditions does not, in the set of their
-- source: until it does, the condition forbids nothing.
with
{{ numbers(2) }}
said as (
    select source, conditions, count(*) as trades
    from {{ ref('silver_clean_ticks') }}
    where conditions is not null and not is_cancelled and set_aside is null
    group by source, conditions
),
codes as (
    -- A text of 64 characters holds no more than 32.
    select s.source, split_part(s.conditions, ' ', n.number) as condition, s.trades
    from said as s
    cross join numbers as n
)
select
    c.source, coalesce(u.condition_set, c.source) as condition_set, c.condition,
    sum(c.trades) as trades
from codes as c
left join {{ ref('ref_sources') }} as u on c.source = u.source
left join {{ ref('ref_conditions') }} as r
    on r.condition_set = coalesce(u.condition_set, c.source) and c.condition = r.condition
where c.condition <> '' and r.condition is null
group by c.source, u.condition_set, c.condition
