-- A row for each source and symbol of which silver has not as many facts as bronze has natural keys, of
-- the records that silver has come to; and for each of which trades lie in another second than their
-- time's.
with
{% for dataset, staged, model, source, symbol, key in [
    ['ticks', 'bronze_stg_ticks', 'silver_clean_ticks', 'source', 'symbol', ['trade_id']],
    [
        'quotes', 'bronze_stg_stock_quotes', 'silver_clean_stock_quotes', 'source', 'symbol',
        ['market_timestamp', 'current_price']
    ],
    ['bars', 'bronze_stg_bars', 'silver_clean_bars', 'source', 'symbol', ['bar_interval', 'open_time']],
    ['index_bars', 'bronze_stg_index_bars', 'silver_clean_index_bars', 'index', 'index', ['date']],
    [
        'corporate_actions', 'bronze_stg_corporate_actions', 'silver_clean_corporate_actions', 'source',
        'symbol', ['ex_date', 'kind']
    ]
] %}
{{ dataset }}_ends as (
    select _partition, max(last_offset) as last_offset
    from (
        select _partition, _offset as last_offset from {{ ref(model) }}
        union all
        select _first_partition, _first_offset from {{ ref(model) }}
    ) as e
    group by _partition
),
{{ dataset }}_keys as (
    select k.source, k.symbol, count(*) as facts
    from (
        select distinct
            s.{{ source }} as source, s.{{ symbol }} as symbol, {{ listed(key, 's') }}
        from {{ ref(staged) }} as s
        inner join {{ dataset }}_ends as e
            on s._partition = e._partition and s._offset <= e.last_offset
    ) as k
    group by k.source, k.symbol
),
{{ dataset }}_facts as (
    select {{ source }} as source, {{ symbol }} as symbol, count(*) as facts
    from {{ ref(model) }}
    group by {{ source }}, {{ symbol }}
){{ '' if loop.last else ',' }}
{% endfor %}
{% for dataset in ['ticks', 'quotes', 'bars', 'index_bars', 'corporate_actions'] %}
select
    '{{ dataset }}' as dataset, coalesce(k.source, f.source) as source,
    coalesce(k.symbol, f.symbol) as symbol, k.facts as bronze_facts, f.facts as silver_facts
from {{ dataset }}_keys as k
full outer join {{ dataset }}_facts as f on k.source = f.source and k.symbol = f.symbol
where coalesce(k.facts, 0) <> coalesce(f.facts, 0)
{{ '' if loop.last else 'union all' }}
{% endfor %}
union all
select 'ticks', source, symbol, null, count(*)
from {{ ref('silver_clean_ticks') }}
where event_second <> date_trunc('second', event_time)
group by source, symbol
