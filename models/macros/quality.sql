{#- Pieces of the models that judge what feeds say. -#}
{#- A number as a text that both engines write alike: without zeros behind the point. -#}
{% macro plain(x, type='decimal(38, 18)') -%}
rtrim(rtrim(cast(cast({{ x }} as {{ type }}) as varchar), '0'), '.')
{%- endmacro %}
{#- A double as a number of a finding: six decimals, and no more than a text of it can hold. -#}
{% macro measured(x) -%}
round(least(cast({{ x }} as double), 1e18), 6)
{%- endmacro %}
{#- Columns of a series, of the table `of`. -#}
{% macro series(of) -%}
{{ of }}.dataset, {{ of }}.source, {{ of }}.symbol, {{ of }}.bar_interval
{%- endmacro %}
{#- Whether two rows are of one series. -#}
{% macro same_series(one, other) -%}
{{ one }}.dataset = {{ other }}.dataset and {{ one }}.source = {{ other }}.source
        and {{ one }}.symbol = {{ other }}.symbol and {{ one }}.bar_interval = {{ other }}.bar_interval
{%- endmacro %}
{#-
  Candles that are judged, of one of the tables that have them: `minutes` of ticks and quotes, or `bars`.
  Written where it is read, so that an engine sees which rows are wanted.
-#}
{% macro judged_candles(of) %}
{% if of == 'minutes' %}
    select
        m.dataset, m.source, m.symbol, '1m' as bar_interval, m.open_time, m.exchange,
        m.trading_day, m.session,
        cast(m.open as decimal(38, 18)) as open, cast(m.high as decimal(38, 18)) as high,
        cast(m.low as decimal(38, 18)) as low, cast(m.close as decimal(38, 18)) as close,
        m.volume, 'raw' as adjustment, m.trading_day as split_basis,
        cast(date_trunc('minute', m.first_time) as timestamp) as told_at
    from {{ ref('gold_candlestick_1m') }} as m
    where m.trades > 0 and m.close is not null
{% else %}
    select
        b.dataset, b.source, b.symbol, b.bar_interval, b.open_time, b.exchange,
        b.trading_day, b.session, b.open, b.high, b.low, b.close, b.volume, b.adjustment,
        b.split_basis, b.open_time as told_at
    from {{ ref('gold_candlestick_bars') }} as b
    where not b.is_cancelled
{% endif %}
{% endmacro %}
{#-
  The common table expression `basis`: what findings follow from besides records, as a text that changes
  when a rule, a split, a listing or a calendar does.
-#}
{% macro quality_basis() %}
{{ splits() }},
basis as (
    select
        cast(sum(md5_number_upper64(p.name || ' ' || p.part)) as varchar) as basis
    from (
        select
            'rules' as name,
            count(*) || ':' || coalesce(cast(sum(md5_number_upper64(
                r.rule || ' ' || coalesce(r.dataset, '') || ' ' || coalesce(r.bar_interval, '')
                || ' ' || coalesce(r.source, '') || ' ' || coalesce(r.exchange, '') || ' '
                || coalesce(r.symbol, '') || ' ' || r.severity || ' '
                || coalesce({{ plain('r.min_value', 'decimal(18, 8)') }}, '') || ' '
                || coalesce({{ plain('r.max_value', 'decimal(18, 8)') }}, '')
            )) as varchar), '') as part
        from {{ ref('ref_quality_rules') }} as r
        union all
        select
            'splits' as name,
            count(*) || ':' || coalesce(cast(sum(md5_number_upper64(
                s.source || ' ' || s.symbol || ' ' || cast(s.valid_from as varchar) || ' '
                || cast(s.valid_to as varchar) || ' ' || cast(s.ex_date as varchar) || ' '
                || cast(cast(round(s.log_shares * 1000000) as bigint) as varchar)
            )) as varchar), '') as part
        from splits as s
        union all
        select
            'listings' as name,
            count(*) || ':' || coalesce(cast(sum(md5_number_upper64(
                l.source || ' ' || l.symbol || ' ' || l.exchange || ' '
                || cast(l.valid_from as varchar) || ' ' || cast(l.valid_to as varchar)
            )) as varchar), '') as part
        from {{ ref('silver_listings') }} as l
        union all
        select
            'sources' as name,
            count(*) || ':' || coalesce(cast(sum(md5_number_upper64(
                u.source || ' ' || coalesce(u.exchange, '')
            )) as varchar), '') as part
        from {{ ref('ref_sources') }} as u
        union all
        select
            'calendars' as name,
            count(*) || ':' || coalesce(cast(sum(md5_number_upper64(c.calendar)) as varchar), '')
                as part
        from {{ ref('silver_calendars') }} as c
        union all
        select
            'years' as name,
            count(*) || ':' || coalesce(cast(sum(md5_number_upper64(
                k.calendar || ' ' || cast(k.known_from as varchar) || ' '
                || cast(k.known_until as varchar)
            )) as varchar), '') as part
        from {{ ref('ref_calendars') }} as k
    ) as p
),
{% endmacro %}
