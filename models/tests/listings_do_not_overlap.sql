-- A row for each two listings of one symbol, or hours of one exchange, that are valid on one day, and
-- for each that is valid on none.
select a.source as owner, a.symbol as name, a.valid_from, b.valid_from as other_valid_from
from {{ ref('silver_listings') }} as a
inner join {{ ref('silver_listings') }} as b
    on a.source = b.source and a.symbol = b.symbol
    and a.valid_from < b.valid_to and b.valid_from < a.valid_to
    and (a.valid_from < b.valid_from or a.valid_to < b.valid_to or a.instrument < b.instrument)
union all
-- Two that are wholly equal.
select source, symbol, valid_from, valid_from
from {{ ref('silver_listings') }}
group by source, symbol, valid_from
having count(*) > 1
union all
select source, symbol, valid_from, valid_to
from {{ ref('silver_listings') }}
where valid_from >= valid_to
union all
select 'ref_exchanges', a.exchange, a.valid_from, b.valid_from
from {{ ref('ref_exchanges') }} as a
inner join {{ ref('ref_exchanges') }} as b
    on a.exchange = b.exchange
    and coalesce(a.valid_from, cast('0001-01-01' as date))
    < coalesce(b.valid_from, cast('0001-01-01' as date))
    and (a.valid_to is null or b.valid_from < a.valid_to)
union all
select 'ref_exchanges', exchange, valid_from, valid_from
from {{ ref('ref_exchanges') }}
group by exchange, valid_from
having count(*) > 1
union all
select 'ref_exchanges', exchange, valid_from, valid_to
from {{ ref('ref_exchanges') }}
where valid_from >= valid_to
