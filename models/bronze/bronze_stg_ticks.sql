{{ config(schema='bronze', materialized='view') }}
select
    source, symbol, trade_id, price, size, event_time,
    side, sequence, signed, action, origin, conditions, venue, currency, receive_time,
    _topic, _partition, _offset, _ingest_time
from {{ source('bronze', 'ticks') }}
