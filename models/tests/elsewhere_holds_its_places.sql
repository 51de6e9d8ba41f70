-- A row for each source and symbol of which silver_elsewhere has not as many places as the facts in
-- silver say.
with
facts as (
{% for dataset, model in [['ticks', 'silver_clean_ticks'], ['quotes', 'silver_clean_stock_quotes']] %}
    select
        '{{ dataset }}' as dataset, source, symbol,
        sum(1 + length(_elsewhere) - length(replace(_elsewhere, ',', ''))) as places
    from {{ ref(model) }}
    where _elsewhere is not null
    group by source, symbol
    {{ '' if loop.last else 'union all' }}
{% endfor %}
),
held as (
    select dataset, source, symbol, count(*) as places
    from {{ ref('silver_elsewhere') }}
    where fact <> ''
    group by dataset, source, symbol
)
select
    coalesce(f.dataset, h.dataset) as dataset, coalesce(f.source, h.source) as source,
    coalesce(f.symbol, h.symbol) as symbol, f.places, h.places as held_places
from facts as f
full outer join held as h
    on f.dataset = h.dataset and f.source = h.source and f.symbol = h.symbol
where coalesce(f.places, 0) <> coalesce(h.places, 0)
