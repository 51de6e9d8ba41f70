-- A row for each split or dividend that can't be: it would count for nothing.
select instrument, ex_date, action, amount
from {{ ref('ref_corporate_actions') }}
where amount <= 0
