{{ config(schema='bronze', materialized='view') }}
select
    source, symbol, ex_date, kind, amount, currency, adjustment, action, origin, receive_time,
    _topic, _partition, _offset, _ingest_time
from {{ source('bronze', 'corporate_actions') }}
