{{ config(schema='gold', materialized='table') }}
-- The tiles of a treemap: size by weight, colour by change, sector as the group.
select
    k.dataset,
    k.source,
    k.symbol,
    coalesce(r.name, k.symbol) as name,
    coalesce(r.sector, 'Other') as sector,
    coalesce(r.weight, cast(100 as decimal(18, 8))) as weight,
    k.last_price,
    k.change_percent,
    k.volume,
    k.volatility,
    round(
        k.volatility / nullif(avg(k.volatility) over (partition by k.dataset, k.source), 0), 6
    ) as relative_volatility
from {{ ref('gold_kpi') }} as k
left join {{ ref('silver_listings') }} as r
    on k.source = r.source and k.symbol = r.symbol
    and k.trading_day >= r.valid_from and k.trading_day < r.valid_to
