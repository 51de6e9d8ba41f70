{{ config(severity='warn') }}
-- A row for each sale condition that trades have and ref_conditions does not, in the set of their
-- source: until it does, the condition forbids nothing.
with
digits as (
    select digit from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d (digit)
),
said as (
    select source, conditions, count(*) as trades
    from {{ ref('silver_clean_ticks') }}
    where conditions is not null and not is_cancelled and set_aside is null
    group by source, conditions
),
codes as (
    -- A text of 64 characters holds no more than 32.
    select s.source, split_part(s.conditions, ' ', 10 * t.digit + o.digit + 1) as condition, s.trades
    from said as s
    cross join digits as o
    cross join (values (0), (1), (2), (3)) as t (digit)
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
