-- A row for each key that a gold table holds more than once.
-- Those of gold_candlestick_coarse are some of gold_candlestick_rollup's.
-- A second at the end of a session may have a candle of each: its closing auction and what is behind.
{% for model, key in [
    [
        'gold_candlestick',
        "dataset, source, symbol, bar_interval, open_time, case when bar_interval = '1s' then session end"
    ],
    ['gold_candlestick_1s', 'dataset, source, symbol, open_time, kind, _partition'],
    ['gold_candlestick_1m', 'dataset, source, symbol, open_time'],
    ['gold_candlestick_long', 'dataset, source, symbol, bar_interval, open_time'],
    ['gold_candlestick_1d', 'dataset, source, symbol, session, trading_day'],
    ['gold_candlestick_bars', 'dataset, source, symbol, bar_interval, open_time'],
    ['gold_kpi', 'dataset, source, symbol'],
    ['gold_treechart', 'dataset, source, symbol'],
    ['gold_symbol_activity', 'source, symbol'],
    ['gold_daily_adjusted', 'dataset, source, symbol, trading_day'],
    ['gold_bar_days', 'dataset, source, symbol, session, trading_day'],
    ['gold_candlestick_rollup', 'dataset, source, symbol, bar_interval, open_time'],
    ['gold_candle_differences', 'built_from, source, symbol, bar_interval, open_time']
] %}
select '{{ model }}' as model, source, symbol, count(*) as copies
from {{ ref(model) }}
group by {{ key }}
having count(*) > 1
{{ '' if loop.last else 'union all' }}
{% endfor %}
