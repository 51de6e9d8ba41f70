{#-
  A whole model of silver: one row a fact, from the records of `staged` that have its natural key
  `key`, whatever partition they came by.
  Records of a fact that say the same are one version, which stands where it first arrived; arrival is
  by _ingest_time, _partition and _offset. The version that counts is the one with the highest
  `sequence`, where the dataset has such (one without stands with the highest before it), then the one
  that arrived last. So the repeat of an older version changes nothing, and neither does a version
  that comes behind a newer one. A cancel is a version, too, told from others by its own values, and
  takes the fact back: what was known of it stays, for a later version to bring it back.
  A withdrawal is a cancel whose origin says so: of what came before it nothing counts any more.
  A record whose time `at` lies more than `ahead` seconds ahead of its arrival (`received`, else
  _ingest_time) does not count, but for a cancel, which needs no time; a fact of which there is nothing
  else says so in set_aside. A version that came ahead and was repeated later stands where it counted
  first.
  A run that adds to the table reads all records of the facts that it has more than one record of
  again: what a fact is depends on its records only, not on the runs that they came in.
  `columns` are what a version says besides the key, `carried` what comes with it; rows lie by
  `sorted`. With `arrives`, the table says when a fact came: _arrived_partition and _arrived_offset
  where it first came to its second, _changed_offset where it was changed last in that partition.
  _elsewhere has what came of it to other seconds or by other partitions, as texts of second since
  1970, partition, offset where it came first and offset where it was changed last, or left. With
  `moves`, the time is no part of the key, and `sorted` is its second. With `dates`, _first_read says
  when the values that count were first read: not in a cancel, nor ahead, but whatever was withdrawn
  since. A withdrawal says again what is to stay, and what was taken back may be read again.
-#}
{% macro facts(staged, key, columns, at, ahead, sorted, received=none, sequence=none, carried=[], arrives=false, moves=false, dates=false) %}
with
{% if is_incremental() %}
{{ fresh(staged) }}
read as (
    select s.*
    from {{ ref(staged) }} as s
    inner join fresh as f
        on s._partition = f._partition and s._offset = f._offset and s._ingest_time = f._ingest_time
),
{{ version(staged) }}
keys as (
    select
        {{ listed(key, 'r') }},
        count(*) as records, min(r._ingest_time) as since,
        min(r.{{ at }}) as first_at,
        max(case when r.action in ('correct', 'cancel') then 1 else 0 end) as is_explicit
    from read as r
    group by {{ listed(key, 'r') }}
),
{% if var('recheck', false) %}
doubled as (
    -- A hash is narrow, and leaves few keys to compare.
    select {{ listed(key, 't') }}
    from {{ this }} as t
    inner join (
        select h.key_hash
        from (select hash({{ key | join(', ') }}) as key_hash from {{ this }}) as h
        group by h.key_hash
        having count(*) > 1
    ) as h
        on hash({{ listed(key, 't') }}) = h.key_hash
    group by {{ listed(key, 't') }}
    having count(*) > 1
),
{% endif %}
{% if moves and var('moved_within_seconds', 0) > 0 %}
near as (
    {{ rows_of('keys', key) }}
    where t.{{ sorted }} >= (
        select dateadd('second', -{{ var('moved_within_seconds', 0) }}, min(first_at)) from keys
    )
),
far as (
    select {{ listed(key, 'k') }}
    from keys as k
    left join near as n on {{ same(key, 'k', 'n') }}
    where k.is_explicit = 1 and n._first_seen is null
),
{% endif %}
known as (
{% if moves and var('moved_within_seconds', 0) > 0 %}
    select * from near
    union all
    {{ rows_of('far', key) }}
{% else %}
    {{ rows_of('keys', key) }}
{% endif %}
{% if var('recheck', false) %}
    union
    {{ rows_of('doubled', key) }}
{% endif %}
),
suspects as (
    select {{ listed(key, 'c') }}, min(c.since) as since
    from (
        select
            {{ listed(key, 'k') }}, k.since, case when k.records > 1 then 1 else 0 end as is_suspect
        from keys as k
        union all
        select {{ listed(key, 'n') }}, n._first_seen as since, 1 as is_suspect from known as n
    ) as c
    group by {{ listed(key, 'c') }}
    having max(c.is_suspect) = 1
),
again as (
    select s.*
    from {{ ref(staged) }} as s
    inner join suspects as c on {{ same(key, 's', 'c') }}
    inner join ends as e on s._partition = e._partition and s._offset <= e.last_offset
    where s._ingest_time >= (select min(since) from suspects)
),
lone as (
    select r.*
    from read as r
    left join suspects as c on {{ same(key, 'r', 'c') }}
    where c.{{ key[0] }} is null
),
{% else %}
{{ version(staged) }}
repeated as (
    -- A hash is narrow; that two keys share one only sends both the longer way.
    select key_hash
    from (select hash({{ key | join(', ') }}) as key_hash from {{ ref(staged) }}) as h
    group by key_hash
    having count(*) > 1
),
again as (
    select s.*
    from {{ ref(staged) }} as s
    inner join repeated as r on hash({{ listed(key, 's') }}) = r.key_hash
),
lone as (
    select s.*
    from {{ ref(staged) }} as s
    left join repeated as r on hash({{ listed(key, 's') }}) = r.key_hash
    where r.key_hash is null
),
{% endif %}
numbered as (
    select
        a.*,
        {{ set_aside('a', at, ahead, received) }} as set_aside,
        row_number() over (
            partition by {{ listed(key, 'a') }}
            order by a._ingest_time, a._partition, a._offset
        ) as arrival,
{% for name in ['_partition', '_offset', '_ingest_time'] %}
        first_value(a.{{ name }}) over (
            partition by {{ listed(key, 'a') }}
            order by a._ingest_time, a._partition, a._offset
        ) as first{{ name }},
{% endfor %}
        coalesce(a.origin = '#withdrawn', false) as is_withdrawal,
        -- What came before a withdrawal is forgotten: the same records, read again, count again.
        sum(case when a.origin = '#withdrawn' then 1 else 0 end) over (
            partition by {{ listed(key, 'a') }}
            order by a._ingest_time, a._partition, a._offset
            rows between unbounded preceding and current row
        ) as withdrawals
    from again as a
),
versions as (
    select n.*
    from numbered as n
    qualify row_number() over (
        partition by
            {{ listed(key, 'n') }}, n.withdrawals, n.is_withdrawal,
            {{ listed(columns, 'n') }},
            coalesce(n.action, 'new')
        -- It may have been ahead of its arrival when it came first, and not when it was repeated.
        order by case when n.set_aside is null then 0 else 1 end, n.arrival
    ) = 1
),
sequenced as (
    select
        v.*,
        case
            when v.set_aside is not null then -2
            when v.is_withdrawal then -1
{% if sequence %}
            else coalesce(
                v.{{ sequence }},
                max(
                    case when v.set_aside is null and not v.is_withdrawal then v.{{ sequence }} end
                ) over (
                    partition by {{ listed(key, 'v') }}, v.withdrawals
                    order by v.arrival rows between unbounded preceding and current row
                ), -1
            )
{% else %}
            else -1
{% endif %}
        end as rank
    from versions as v
),
standing as (
    select
        s.*,
        -- Whether it counted when it came.
        s.set_aside is null and s.rank >= coalesce(max(s.rank) over (
            partition by {{ listed(key, 's') }}, s.withdrawals
            order by s.arrival rows between unbounded preceding and 1 preceding
        ), -2) as has_counted,
{% if dates %}
        min(
            case
                when s.set_aside is null and s.action is distinct from 'cancel' then s._ingest_time
            end
        ) over (partition by {{ listed(key, 's') }}, {{ listed(columns, 's') }}) as first_read,
{% endif %}
        row_number() over (
            partition by {{ listed(key, 's') }}
            order by s.withdrawals desc, s.rank desc, s.arrival desc
        ) as place,
        row_number() over (
            partition by {{ listed(key, 's') }}
            order by
                case when s.action = 'cancel' then 1 else 0 end,
                s.withdrawals desc, s.rank desc, s.arrival desc
        ) as live_place
    from sequenced as s
),
{% if arrives %}
counted as (
    -- Where the version that counts stands now, and the record that changed the fact last.
    select
        {{ listed(key, 's') }},
        max(case when s.live_place = 1 then {{ second_of('s', at) }} end) as second,
        max(case when s.place = 1 then s._partition end) as _partition,
        max(case when s.place = 1 then s._offset end) as _offset
    from standing as s
    group by {{ listed(key, 's') }}
),
marks as (
    select
        {{ listed(key, 'm') }}, m.second, m._partition,
        max(m.came) as came, max(m.arrived) as arrived, max(m.changed) as changed
    from (
        -- Whatever came of it, repeats too: all that closes what was before.
        select
            {{ listed(key, 'n') }}, {{ second_of('n', at) }} as second, n._partition,
            min(n.arrival) as came, min(n._offset) as arrived, cast(null as bigint) as changed
        from numbered as n
        where n.set_aside is null and n.action is distinct from 'cancel'
        group by {{ listed(key, 'n') }}, {{ second_of('n', at) }}, n._partition
        union all
        select
            {{ listed(key, 'c') }}, {{ second_of('s', at) }} as second, c._partition,
            null as came, null as arrived, max(c._offset) as changed
        from counted as c
        inner join standing as s
            on {{ same(key, 'c', 's') }} and s.has_counted and s.action is distinct from 'cancel'
        group by {{ listed(key, 'c') }}, {{ second_of('s', at) }}, c._partition
    ) as m
    group by {{ listed(key, 'm') }}, m.second, m._partition
),
placed_marks as (
    select
        m.*,
        m.arrived is not null and m.second = c.second and row_number() over (
            partition by {{ listed(key, 'm') }}
            order by
                case when m.arrived is not null and m.second = c.second then 0 else 1 end, m.came
        ) = 1 as is_first
    from marks as m
    inner join counted as c on {{ same(key, 'm', 'c') }}
),
arrivals as (
    select
        {{ listed(key, 'm') }},
        max(case when m.is_first then m._partition end) as _arrived_partition,
        max(case when m.is_first then m.arrived end) as _arrived_offset,
        max(case when m.is_first then m.changed end) as _changed_offset
    from placed_marks as m
    group by {{ listed(key, 'm') }}
),
elsewhere as (
    select
        {{ listed(key, 'm') }},
        listagg(
            cast(datediff('second', cast('1970-01-01' as timestamp), m.second) as varchar) || ':'
            || cast(m._partition as varchar) || ':'
            || coalesce(cast(m.arrived as varchar), '') || ':'
            || coalesce(cast(m.changed as varchar), ''), ','
        ) as _elsewhere
    from placed_marks as m
    where not m.is_first
    group by {{ listed(key, 'm') }}
),
{% endif %}
truth as (
    select
        {{ listed(key, 's') }},
{% for names in [columns, carried] %}
{% for name in names %}
        max(case when s.live_place = 1 then s.{{ name }} end) as {{ name }},
{% endfor %}
{% endfor %}
        max(case when s.place = 1 and s.action = 'cancel' then 1 else 0 end) = 1 as is_cancelled,
        max(case when s.place = 1 then s.set_aside end) as set_aside,
        max(case when s.place = 1 then s._partition end) as _partition,
        max(case when s.place = 1 then s._offset end) as _offset,
        max(s.first_partition) as _first_partition,
        max(s.first_offset) as _first_offset,
        max(case when s.place = 1 then s._ingest_time end) as _ingest_time,
{% if dates %}
        coalesce(
            max(case when s.live_place = 1 then s.first_read end),
            max(case when s.place = 1 then s._ingest_time end)
        ) as _first_read,
{% endif %}
        max(s.first_ingest_time) as _first_seen
    from standing as s
    group by {{ listed(key, 's') }}
),
-- One row of each run keeps how far it has read: in all of them that would be half the table. So does
-- one that has read nothing and makes facts one: it may replace the row that said so.
kept as (
{% if is_incremental() %}
    select min(k.key_hash) as key_hash
    from (
        select hash({{ key | join(', ') }}) as key_hash from keys
        union all
        select hash({{ key | join(', ') }}) as key_hash from known
    ) as k
{% else %}
    select min(hash({{ listed(key, 'k') }})) as key_hash from {{ ref(staged) }} as k
{% endif %}
)
select
    {{ listed(key, 'l') }}, {{ listed(columns, 'l') }},{% if carried | length > 0 %} {{ listed(carried, 'l') }},{% endif %}

{% if moves %}
    {{ second_of('l', at) }} as {{ sorted }},
{% endif %}
    coalesce(l.action = 'cancel', false) as is_cancelled,
    {{ set_aside('l', at, ahead, received) }} as set_aside,
    l._partition,
    l._offset,
    l._partition as _first_partition,
    l._offset as _first_offset,
{% if arrives %}
    case when {{ lives('l', at, ahead, received) }} then l._partition end as _arrived_partition,
    case when {{ lives('l', at, ahead, received) }} then l._offset end as _arrived_offset,
    case when {{ lives('l', at, ahead, received) }} then l._offset end as _changed_offset,
    cast(null as varchar) as _elsewhere,
{% endif %}
    l._ingest_time,
{% if dates %}
    l._ingest_time as _first_read,
{% endif %}
    l._ingest_time as _first_seen,
    v._version,
    case when hash({{ listed(key, 'l') }}) = m.key_hash then v._ends end as _ends
from lone as l
cross join version as v
cross join kept as m
union all
select
    {{ listed(key, 't') }}, {{ listed(columns, 't') }},{% if carried | length > 0 %} {{ listed(carried, 't') }},{% endif %}

{% if moves %}
    {{ second_of('t', at) }},
{% endif %}
    t.is_cancelled,
    t.set_aside,
    t._partition,
    t._offset,
    t._first_partition,
    t._first_offset,
{% if arrives %}
    a._arrived_partition,
    a._arrived_offset,
    a._changed_offset,
    e._elsewhere,
{% endif %}
    t._ingest_time,
{% if dates %}
    t._first_read,
{% endif %}
    t._first_seen,
    v._version,
    case when hash({{ listed(key, 't') }}) = m.key_hash then v._ends end
from truth as t
cross join version as v
cross join kept as m
{% if arrives %}
left join arrivals as a on {{ same(key, 't', 'a') }}
left join elsewhere as e on {{ same(key, 't', 'e') }}
{% endif %}
{% if is_incremental() %}
union all
-- A row whose first record turned out to be another one's is written empty: that replaces it, and a
-- hook removes it.
select
    {% for names in [key, columns, carried] %}{% for name in names %}null, {% endfor %}{% endfor %}

{% if moves %}
    null,
{% endif %}
    null, null, null, null, k._first_partition, k._first_offset,
{% if arrives %}
    null, null, null, null,
{% endif %}
    null,{% if dates %} null,{% endif %} k._first_seen,
    v._version, v._ends
from known as k
cross join version as v
left join truth as t
    on {{ same(key, 'k', 't') }}
    and k._first_partition = t._first_partition and k._first_offset = t._first_offset
    and k._first_seen = t._first_seen
where t._first_seen is null
-- Neighbours in time lie together: what reads a span of time skips the rest. A whole build leaves rows
-- as they arrived, which is nearly that, and saves half its time.
order by {{ sorted }}
{% endif %}
{% endmacro %}
{#- What a hook runs: rows without a key go. They are of the newest run, so the others are not read. -#}
{% macro without_key(column) -%}
delete from {{ this }} where {{ column }} is null and _version >= {{ newest_version() }}
{%- endmacro %}
{#- The columns of a key, of the table `of`. -#}
{% macro listed(key, of) -%}
{% for name in key %}{{ of }}.{{ name }}{{ '' if loop.last else ', ' }}{% endfor %}
{%- endmacro %}
{#- Whether two rows have the same key. -#}
{% macro same(key, one, other) -%}
{% for name in key %}{{ one }}.{{ name }} = {{ other }}.{{ name }}{{ '' if loop.last else ' and ' }}{% endfor %}
{%- endmacro %}
{#- What identifies the rows of this table that have one of the keys of `wanted`. -#}
{% macro rows_of(wanted, key) -%}
select {{ listed(key, 't') }}, t._first_partition, t._first_offset, t._first_seen
    from {{ this }} as t
    inner join {{ wanted }} as k on {{ same(key, 't', 'k') }}
{%- endmacro %}
{#- Why a record does not count: its time lies too far ahead of its arrival. A cancel needs no time. -#}
{% macro set_aside(of, at, ahead, received) -%}
case
            when {{ of }}.action is distinct from 'cancel'
                and {{ of }}.{{ at }} > dateadd('second', {{ ahead }}, {{ arrival_of(of, received) }})
                then 'more than {{ ahead }} seconds ahead of its arrival'
        end
{%- endmacro %}
{#-
  When a record arrived: when the feed's client had it, where that is told, else when it was written;
  nobody has a record after it was written.
-#}
{% macro arrival_of(of, received) -%}
{% if received %}least(coalesce({{ of }}.{{ received }}, {{ of }}._ingest_time), {{ of }}._ingest_time){% else %}{{ of }}._ingest_time{% endif %}
{%- endmacro %}
{#- Whether the only record of a fact makes it one. -#}
{% macro lives(of, at, ahead, received) -%}
{{ of }}.action is distinct from 'cancel' and {{ set_aside(of, at, ahead, received) }} is null
{%- endmacro %}
{#- The second that a record puts its fact in. -#}
{% macro second_of(of, at) -%}
date_trunc('second', {{ of }}.{{ at }})
{%- endmacro %}
