{{ config(schema='bronze', materialized='view') }}
select
    index, date, open, high, low, close, adj_close, volume, close_usd,
    action, origin,
    _topic, _partition, _offset, _ingest_time
from {{ source('bronze', 'index_bars') }}
