-- A row for each rule or preference that can't be applied, or that stands twice.
select 'ref_quality_rules' as seed, rule, coalesce(symbol, '') as symbol, 'limits' as fault
from {{ ref('ref_quality_rules') }}
where
    severity = 'marked' and (
        (rule in ('jump', 'volume', 'differs') and coalesce(max_value, 0) <= 0)
        or (rule = 'bounds' and coalesce(min_value, max_value) is null)
        or min_value >= max_value
        -- No more candles are looked back at.
        or (rule = 'stale' and (
            coalesce(max_value, 0) < 2 or max_value <> floor(max_value)
            or max_value > case
                when dataset = 'index_bars' or bar_interval in ('1d', '3d', '1wk', '1mo', '3mo')
                    then 20
                else 60
            end
        ))
    )
union all
select 'ref_quality_rules', rule, coalesce(symbol, ''), 'twice'
from {{ ref('ref_quality_rules') }}
group by
    rule, coalesce(dataset, ''), coalesce(bar_interval, ''), coalesce(source, ''),
    coalesce(exchange, ''), coalesce(symbol, '')
having count(*) > 1
union all
select 'ref_preferences', source, coalesce(symbol, ''), 'twice'
from {{ ref('ref_preferences') }}
group by source, coalesce(symbol, ''), coalesce(bar_interval, '')
having count(*) > 1
