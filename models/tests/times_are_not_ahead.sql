{{ config(severity='warn') }}
-- A row for each dataset and source of which facts are set aside, with how many and why: nothing of
-- them is in gold. Where they are many, the clock of the feed, or of its client, is wrong.
{% for dataset, model in [
    ['ticks', 'silver_clean_ticks'], ['quotes', 'silver_clean_stock_quotes'],
    ['bars', 'silver_clean_bars'], ['corporate_actions', 'silver_clean_corporate_actions']
] %}
select
    '{{ dataset }}' as dataset, source, set_aside as reason, count(*) as facts,
    max(_ingest_time) as last_ingest_time
from {{ ref(model) }}
where set_aside is not null and not is_cancelled
group by source, set_aside
union all
{% endfor %}
select 'index_bars', 'index', set_aside, count(*), max(_ingest_time)
from {{ ref('silver_clean_index_bars') }}
where set_aside is not null and not is_cancelled
group by set_aside
