-- A row for each symbol of a symbology that a source uses, or has by its own name, and which is not
-- listed for the source as it stands there.
select r.source, s.symbol, s.valid_from
from {{ ref('ref_sources') }} as r
inner join {{ ref('ref_symbols') }} as s
    on s.symbology = r.source
    or contains(' ' || coalesce(r.symbology, '') || ' ', ' ' || s.symbology || ' ')
left join {{ ref('silver_listings') }} as l
    on r.source = l.source and s.symbol = l.symbol
    and l.valid_from = coalesce(s.valid_from, cast('0001-01-01' as date))
where
    l.source is null or l.instrument <> s.instrument or l.actions <> r.actions
    or l.name is distinct from s.name or l.sector is distinct from s.sector
    or l.weight is distinct from s.weight or l.currency is distinct from s.currency
