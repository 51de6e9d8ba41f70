{#- A model's schema is exactly the one it names, with dbt and in process alike. -#}
{% macro generate_schema_name(custom_schema_name, node) %}
{{- custom_schema_name or target.schema -}}
{% endmacro %}
