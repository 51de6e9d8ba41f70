{#- Days of an exchange, and what is valid on one. -#}
{#- Whether the row is valid on the day. -#}
{% macro holds(row, day) -%}
{{ day }} >= coalesce({{ row }}.valid_from, cast('0001-01-01' as date))
        and {{ day }} < coalesce({{ row }}.valid_to, cast('9999-12-31' as date))
{%- endmacro %}
{#- A minute of the exchange's day `day`, as a time in UTC. -#}
{% macro utc_of(day, minute, zone) -%}
convert_timezone(
        {{ zone }}, 'UTC', dateadd('minute', {{ minute }}, cast({{ day }} as timestamp))
    )
{%- endmacro %}
{#-
  A minute of the trading day of a row, as a time in UTC. `ahead` of UTC is its time zone all day, or
  null where the clocks change.
-#}
{% macro minute_of(minute) -%}
case
            when ahead is not null
                then dateadd('minute', {{ minute }} - ahead, cast(trading_day as timestamp))
            else {{ utc_of('trading_day', minute, 'time_zone') }}
        end
{%- endmacro %}
