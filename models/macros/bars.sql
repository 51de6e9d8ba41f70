{#- Bars that feeds publish. -#}
{#-
  Rows of every interval that a bar may have: how many seconds, or else days or months, it lasts, and
  the order in which they are taken for the figures of a day: daily bars first, then the finest.
-#}
{% macro intervals() -%}
(
        values
        ('1s', 1, 0, 0, 1), ('5s', 5, 0, 0, 5), ('15s', 15, 0, 0, 15), ('30s', 30, 0, 0, 30),
        ('1m', 60, 0, 0, 60), ('2m', 120, 0, 0, 120), ('3m', 180, 0, 0, 180),
        ('5m', 300, 0, 0, 300), ('10m', 600, 0, 0, 600), ('15m', 900, 0, 0, 900),
        ('30m', 1800, 0, 0, 1800), ('45m', 2700, 0, 0, 2700), ('1h', 3600, 0, 0, 3600),
        ('2h', 7200, 0, 0, 7200), ('3h', 10800, 0, 0, 10800), ('4h', 14400, 0, 0, 14400),
        ('6h', 21600, 0, 0, 21600), ('8h', 28800, 0, 0, 28800), ('12h', 43200, 0, 0, 43200),
        ('1d', 0, 1, 0, 0), ('3d', 0, 3, 0, 100003), ('1wk', 0, 7, 0, 100007),
        ('1mo', 0, 0, 1, 100030), ('3mo', 0, 0, 3, 100090)
    )
{%- endmacro %}
{#- The end of a bar that starts at `start`; `i` is its row of `intervals()`. -#}
{% macro end_of(start, i) -%}
case
            when {{ i }}.months > 0 then cast(date_trunc(
                'month', dateadd('day', 31 * {{ i }}.months, date_trunc('month', {{ start }}))
            ) as timestamp)
            when {{ i }}.days > 0 then dateadd('day', {{ i }}.days, {{ start }})
            else dateadd('second', {{ i }}.seconds, {{ start }})
        end
{%- endmacro %}
{#- Start of the week, Monday, or of the month that holds the day, as a time. -#}
{% macro start_of(interval, day) -%}
case {{ interval }}
            when '1wk' then cast(dateadd('day', 1 - dayofweekiso({{ day }}), {{ day }}) as timestamp)
            else cast(date_trunc('month', {{ day }}) as timestamp)
        end
{%- endmacro %}
{#- Which piece of a day a bar is counted to: one that holds the start or the end of a session, to it. -#}
{% macro part_of(session) -%}
case when {{ session }} = 'mixed' then 'regular' else {{ session }} end
{%- endmacro %}
