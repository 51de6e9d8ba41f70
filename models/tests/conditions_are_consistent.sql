-- A row for each sale condition that sets prices outside of regular sessions only and is not of the
-- kind extended, or is of that kind and sets prices everywhere: no session takes prices of that kind.
select condition_set, condition, high_low, last, kind
from {{ ref('ref_conditions') }}
where
    (kind <> 'extended' and (high_low = 'extended' or last = 'extended'))
    or (kind = 'extended' and (high_low = 'yes' or last = 'yes'))
