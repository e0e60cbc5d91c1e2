-- Prints `tenancy-prover/src/functions/postgres.rs`. Run by `cargo xtask functions` against PostgreSQL 15.
--
-- An allow-list: only names written here are ever let through. What is asked of the server is how a name is called
-- and whether every overload of it is strict. A name that the server does not know is an error, not a silence.
--
-- Left out on purpose: whatever reads tables, files, settings, catalogues, statistics, privileges, the session or the
-- transaction counter; whatever changes state or sleeps; whatever takes SQL as text (`ts_rewrite`, `ts_stat`,
-- `query_to_xml`); XML; functions that only implement an operator, a cast, an index or an aggregate.

\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\pset pager off

begin;

create temporary table allowed (name text primary key) on commit drop;

-- Strings, bytes and regular expressions.
insert into allowed select regexp_split_to_table(btrim($$
    ascii bit_count bit_length btrim char_length character_length chr concat concat_ws convert convert_from convert_to
    decode encode format get_bit get_byte initcap left length lower lpad ltrim md5 normalize octet_length overlay
    parse_ident position quote_ident quote_literal quote_nullable regexp_count regexp_instr regexp_like regexp_match
    regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr repeat replace reverse
    right rpad rtrim set_bit set_byte sha224 sha256 sha384 sha512 split_part starts_with string_to_array
    string_to_table strpos substr substring to_ascii to_hex translate unistr upper hashtext hashtextextended
$$, E' \n'), '\s+');

-- Numbers.
insert into allowed select regexp_split_to_table(btrim($$
    abs acos acosd acosh asin asind asinh atan atan2 atan2d atand atanh cbrt ceil ceiling cos cosd cosh cot cotd
    degrees div exp factorial floor gcd lcm ln log log10 min_scale mod pi pow power radians random round scale sign
    sin sind sinh sqrt tan tand tanh trim_scale trunc width_bucket
$$, E' \n'), '\s+');

-- Dates and times, the clock included: it is nobody's data.
insert into allowed select regexp_split_to_table(btrim($$
    age clock_timestamp date date_bin date_part date_trunc extract isfinite justify_days justify_hours
    justify_interval make_date make_interval make_time make_timestamp make_timestamptz now statement_timestamp
    timeofday timezone transaction_timestamp to_char to_date to_number to_timestamp
$$, E' \n'), '\s+');

-- JSON.
insert into allowed select regexp_split_to_table(btrim($$
    array_to_json json_array_elements json_array_elements_text json_array_length json_build_array json_build_object
    json_each json_each_text json_extract_path json_extract_path_text json_object json_object_keys
    json_populate_record json_populate_recordset json_strip_nulls json_to_record json_to_recordset json_typeof
    jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each
    jsonb_each_text jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_keys
    jsonb_path_exists jsonb_path_exists_tz jsonb_path_match jsonb_path_match_tz jsonb_path_query
    jsonb_path_query_array jsonb_path_query_array_tz jsonb_path_query_first jsonb_path_query_first_tz
    jsonb_path_query_tz jsonb_populate_record jsonb_populate_recordset jsonb_pretty jsonb_set jsonb_set_lax
    jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_typeof row_to_json to_json to_jsonb
$$, E' \n'), '\s+');

-- Arrays, ranges and multiranges.
insert into allowed select regexp_split_to_table(btrim($$
    array_append array_cat array_dims array_fill array_length array_lower array_ndims array_position array_positions
    array_prepend array_remove array_replace array_to_string array_upper cardinality generate_series
    generate_subscripts trim_array unnest
    datemultirange daterange int4multirange int4range int8multirange int8range isempty lower_inc lower_inf multirange
    nummultirange numrange range_merge tsmultirange tsrange tstzmultirange tstzrange upper_inc upper_inf
$$, E' \n'), '\s+');

-- Text search.
insert into allowed select regexp_split_to_table(btrim($$
    array_to_tsvector json_to_tsvector jsonb_to_tsvector numnode phraseto_tsquery plainto_tsquery querytree setweight
    strip to_tsquery to_tsvector ts_delete ts_filter ts_headline ts_lexize ts_rank ts_rank_cd tsquery_phrase
    tsvector_to_array websearch_to_tsquery
$$, E' \n'), '\s+');

-- Network addresses, geometry, enumerations, identifiers and the counting of nulls.
insert into allowed select regexp_split_to_table(btrim($$
    abbrev broadcast family host hostmask inet_merge inet_same_family macaddr8_set7bit masklen netmask network
    set_masklen
    area bound_box box center circle diagonal diameter height isclosed isopen line lseg npoints path pclose point
    polygon popen radius slope width
    enum_first enum_last enum_range gen_random_uuid num_nonnulls num_nulls
$$, E' \n'), '\s+');

-- Aggregates and window functions.
insert into allowed select regexp_split_to_table(btrim($$
    array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count covar_pop covar_samp every json_agg
    json_object_agg jsonb_agg jsonb_object_agg max min mode percentile_cont percentile_disc range_agg
    range_intersect_agg regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy
    stddev stddev_pop stddev_samp string_agg sum var_pop var_samp variance
    cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number
$$, E' \n'), '\s+');

create temporary table listed (
    name text primary key, kind text not null, strict boolean not null, hypothetical boolean not null default false
) on commit drop;

-- A set-returning or record-returning function is called like a table, and a variadic one gathers its arguments into
-- an array that is not null: neither counts as strict, whatever `proisstrict` says. From version 16 on
-- `json_object('key': null)` is a constructor that is not the function. `rank(1) within group (...)` is an aggregate.
insert into listed
    select a.name,
           case
               when bool_or(p.prokind = 'w') then 'Window'
               when bool_or(p.prokind = 'a') then 'Aggregate'
               when bool_or(p.proretset or p.prorettype = 'record'::regtype) then 'SetReturning'
               else 'Scalar'
           end,
           bool_and(p.proisstrict and p.prokind = 'f' and not p.proretset and p.prorettype <> 'record'::regtype
                    and p.provariadic = 0 and a.name <> 'json_object'),
           bool_or(p.prokind = 'w') and bool_or(p.prokind = 'a')
      from allowed a
      left join pg_catalog.pg_proc p on p.proname = a.name and p.pronamespace = 'pg_catalog'::regnamespace
     group by a.name;

do $$
declare
    missing text;
begin
    if current_setting('server_version_num')::int / 10000 <> 15 then
        raise exception 'the table is generated from PostgreSQL 15, this is %', current_setting('server_version');
    end if;
    select string_agg(name, ', ') into missing
      from allowed a
     where not exists (select from pg_catalog.pg_proc p
                        where p.proname = a.name and p.pronamespace = 'pg_catalog'::regnamespace);
    if missing is not null then
        raise exception 'not in pg_proc: %', missing;
    end if;
    select string_agg(distinct a.name, ', ') into missing
      from allowed a join pg_catalog.pg_proc p on p.proname = a.name
     where p.prokind = 'p' or p.prorettype in ('trigger'::regtype, 'event_trigger'::regtype);
    if missing is not null then
        raise exception 'not callable in an expression: %', missing;
    end if;
end
$$;

-- What the grammar spells like a function. `grouping` looks at grouped rows, as an aggregate does.
insert into listed values
    ('coalesce', 'Scalar', false), ('nullif', 'Scalar', false), ('greatest', 'Scalar', false),
    ('least', 'Scalar', false), ('row', 'Scalar', false), ('grouping', 'Aggregate', false),
    ('current_date', 'Scalar', false), ('current_time', 'Scalar', false), ('current_timestamp', 'Scalar', false),
    ('localtime', 'Scalar', false), ('localtimestamp', 'Scalar', false);

-- Versions 16 to 18 added these. Their strictness cannot be asked of version 15, so none is claimed.
insert into listed values
    ('any_value', 'Aggregate', false), ('array_reverse', 'Scalar', false), ('array_sample', 'Scalar', false),
    ('array_shuffle', 'Scalar', false), ('array_sort', 'Scalar', false), ('casefold', 'Scalar', false),
    ('crc32', 'Scalar', false), ('crc32c', 'Scalar', false), ('date_add', 'Scalar', false),
    ('date_subtract', 'Scalar', false), ('erf', 'Scalar', false), ('erfc', 'Scalar', false),
    ('gamma', 'Scalar', false), ('lgamma', 'Scalar', false), ('random_normal', 'Scalar', false),
    ('to_bin', 'Scalar', false), ('to_oct', 'Scalar', false), ('unicode_assigned', 'Scalar', false),
    ('uuid_extract_timestamp', 'Scalar', false), ('uuid_extract_version', 'Scalar', false),
    ('uuidv4', 'Scalar', false), ('uuidv7', 'Scalar', false);

select $$//! PostgreSQL's pure builtins. Generated by `cargo xtask functions` from `xtask/functions/postgres.sql`.

use super::FunctionKind::{Aggregate, Scalar, SetReturning, Window};
use super::{Builtin, builtin, overloaded};

/// Sorted by name.
pub(super) static BUILTINS: &[Builtin] = &[$$;

select case when hypothetical then format('    overloaded("%s", %s, 1, Aggregate),', name, kind)
            else format('    builtin("%s", %s, %s),', name, kind, strict::text)
       end
  from listed order by name collate "C";

select '];';

commit;
