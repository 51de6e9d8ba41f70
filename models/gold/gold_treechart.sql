{{ config(schema='gold', materialized='table') }}
-- The tiles of a treemap: size by weight, colour by change, sector as the group.
select
    k.dataset,
    k.source,
    k.symbol,
    coalesce(l.name, k.symbol) as name,
    coalesce(l.sector, 'Other') as sector,
    coalesce(l.weight, cast(100 as decimal(18, 8))) as weight,
    k.last_price,
    k.change_percent,
    k.volume,
    k.volatility_per_minute,
    k.volatility_annualised,
    round(
        k.volatility_annualised
        / nullif(avg(k.volatility_annualised) over (partition by k.dataset, k.source), 0), 6
    ) as relative_volatility
from {{ ref('gold_kpi') }} as k
left join {{ ref('silver_listings') }} as l
    on k.source = l.source and k.symbol = l.symbol
    and k.trading_day >= l.valid_from and k.trading_day < l.valid_to
