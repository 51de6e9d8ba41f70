{#- Bars that feeds publish. -#}
{#- Minutes of an interval; 0 for a second, which lies within one, and for whole days. -#}
{% macro minutes_of(interval) -%}
case {{ interval }}
            when '1m' then 1
            when '2m' then 2
            when '5m' then 5
            when '15m' then 15
            when '30m' then 30
            when '1h' then 60
            else 0
        end
{%- endmacro %}
{#- Start of the week, Monday, or of the month that holds the day, as a time. -#}
{% macro start_of(interval, day) -%}
case {{ interval }}
            when '1wk' then cast(dateadd('day', 1 - dayofweekiso({{ day }}), {{ day }}) as timestamp)
            else cast(date_trunc('month', {{ day }}) as timestamp)
        end
{%- endmacro %}
{#- Which part of a day a bar is counted to: one that holds the start or the end of a session, to it. -#}
{% macro part_of(session) -%}
case when {{ session }} in ('regular', 'mixed') then 'regular' else 'extended' end
{%- endmacro %}
