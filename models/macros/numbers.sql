{#- The common table expression `numbers`: from 1 to 10 to the power of `digits`. -#}
{% macro numbers(digits) %}
digits as (
    select digit
    from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as v (digit)
),
numbers as (
    select
        1{% for i in range(digits) %} + {{ 10 ** i }} * d{{ i }}.digit{% endfor %} as number
    from digits as d0
{% for i in range(1, digits) %}
    cross join digits as d{{ i }}
{% endfor %}
),
{% endmacro %}
