{{ config(schema='bronze', materialized='view') }}
select
    source, symbol, bar_interval, open_time, open, high, low, close, adj_close, volume,
    adjustment, signed, provisional, action, origin,
    _topic, _partition, _offset, _ingest_time
from {{ source('bronze', 'bars') }}
