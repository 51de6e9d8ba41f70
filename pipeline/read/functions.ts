/**
 * The functions that a statement which reads may call: a list of what is allowed, so that what the
 * engine learns with its next version is refused until somebody has looked at it.
 * @module
 */

/** What a call can cost: see `weightOf`. */
export type Weight = "bounded" | "unbounded";

/**
 * One value each, not much larger than its arguments, or a state of constant size: a statement of
 * these costs no more memory than its rows.
 */
const BOUNDED = words(`
  !__postfix !~~ !~~* % & * ** + - ->> / // <-> << <=> <@ >> @ @> ^ ^@ | ~ ~~ ~~* ~~~
  abs acos acosh add age ago any_value approx_count_distinct arbitrary arg_max arg_max_null
  arg_max_nulls_last arg_min arg_min_null arg_min_nulls_last argmax argmin array_extract ascii asin
  asinh atan atan2 atanh avg bit_and bit_count bit_length bit_or bit_xor bool_and bool_or cbrt ceil
  ceiling century char_length character_length chr corr cos cosh cot count count_if count_star
  countif covar_pop covar_samp current_catalog current_database current_date current_localtime
  current_localtimestamp current_role current_schema current_user date_add date_diff date_part
  date_sub date_trunc datediff datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear
  days_in_month decade degrees divide ends_with epoch epoch_ms epoch_ns epoch_us era even exp
  factorial favg fdiv first floor fmod fsum gamma gcd get_current_time get_current_timestamp
  greatest greatest_common_divisor hash hour ilike_escape instr isfinite isinf isnan isodow isoyear
  julian kahan_sum kurtosis kurtosis_pop last last_day lcase lcm least least_common_multiple left
  len length lgamma like_escape ln log log10 log2 lower ltrim make_date make_time make_timestamp
  make_timestamp_ms make_timestamp_ns make_timestamptz max max_by md5 md5_number md5_number_lower
  md5_number_upper mean microsecond millennium millisecond min min_by minute mod month monthname
  multiply nanosecond nextafter normalized_interval not_ilike_escape not_like_escape now nullif
  octet_length ord pi position pow power prefix product quarter radians random regexp_full_match
  regexp_matches regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy
  regr_syy right round round_even roundbankers rtrim second sem session_user sha256 sign signbit
  sin sinh skewness sqrt starts_with stddev stddev_pop stddev_samp strlen strpos strptime
  struct_extract substr substring subtract suffix sum sum_no_overflow sumkahan tan tanh
  time_bucket timezone timezone_hour timezone_minute to_centuries to_days to_decades to_hours
  to_microseconds to_millennia to_milliseconds to_minutes to_months to_quarters to_seconds
  to_timestamp to_weeks to_years today transaction_timestamp trim trunc try_strptime typeof ucase
  upper user uuid var_pop var_samp variance version wavg week weekday weekofyear weighted_avg xor
  year yearweek
`);

/** These can make much out of little, or keep all that they see; they touch nothing outside. */
const UNBOUNDED = words(`
  && || aggregate alias apply approx_quantile approx_top_k array_agg array_aggr array_aggregate
  array_append array_apply array_cat array_concat array_contains array_cosine_distance
  array_cosine_similarity array_cross_product array_distance array_distinct array_dot_product
  array_filter array_grade_up array_has array_has_all array_has_any array_indexof
  array_inner_product array_intersect array_length array_negative_dot_product
  array_negative_inner_product array_pop_back array_pop_front array_position array_prepend
  array_push_back array_push_front array_reduce array_resize array_reverse array_reverse_sort
  array_select array_slice array_sort array_to_json array_to_string
  array_to_string_comma_default array_transform array_unique array_value array_where array_zip bar
  base64 bin bit_position bitstring bitstring_agg can_cast_implicitly cardinality concat concat_ws
  constant_or_null contains create_sort_key cume_dist damerau_levenshtein decode dense_rank editdist3
  element_at encode entropy enum_code enum_first enum_last enum_range enum_range_boundary
  equi_width_bins error fill filter first_value flatten format formatReadableDecimalSize
  formatReadableSize format_bytes from_base64 from_binary from_hex from_json from_json_strict
  gen_random_uuid generate_series generate_subscripts geomean geometric_mean get_bit grade_up
  group_concat hamming hex histogram histogram_exact is_histogram_other_bin jaccard jaro_similarity
  jaro_winkler_similarity json json_array json_array_length json_contains json_each json_exists
  json_extract json_extract_path json_extract_path_text json_extract_string json_group_array
  json_group_object json_group_structure json_keys json_merge_patch json_object json_pretty
  json_quote json_structure json_transform json_transform_strict json_tree json_type json_valid
  json_value lag last_value lead left_grapheme length_grapheme levenshtein list list_aggr
  list_aggregate list_any_value list_append list_apply list_approx_count_distinct list_avg
  list_bit_and list_bit_or list_bit_xor list_bool_and list_bool_or list_cat list_concat
  list_contains list_cosine_distance list_cosine_similarity list_count list_distance list_distinct
  list_dot_product list_element list_entropy list_extract list_filter list_first list_grade_up
  list_has list_has_all list_has_any list_histogram list_indexof list_inner_product list_intersect
  list_kurtosis list_kurtosis_pop list_last list_mad list_max list_median list_min list_mode
  list_negative_dot_product list_negative_inner_product list_pack list_position list_prepend
  list_product list_reduce list_resize list_reverse list_reverse_sort list_select list_sem
  list_skewness list_slice list_sort list_stddev_pop list_stddev_samp list_string_agg list_sum
  list_transform list_unique list_value list_var_pop list_var_samp list_where list_zip listagg lpad
  mad map map_concat map_contains map_contains_entry map_contains_value map_entries map_extract
  map_extract_value map_from_entries map_keys map_values median mismatches mode nfc_normalize
  nth_value ntile parse_dirname parse_dirpath parse_filename parse_formatted_bytes parse_path
  percent_rank pg_size_pretty pg_typeof printf quantile quantile_cont quantile_disc range rank
  rank_dense reduce regexp_escape regexp_extract regexp_extract_all regexp_replace
  regexp_split_to_array regexp_split_to_table remap_struct repeat replace reservoir_quantile reverse
  right_grapheme row row_number row_to_json rpad set_bit sha1 split split_part str_split str_split_regex
  strftime string_agg string_split string_split_regex string_to_array strip_accents struct_concat
  struct_contains struct_extract_at struct_has struct_indexof struct_insert struct_keys
  struct_pack struct_position struct_update struct_values substring_grapheme switch to_base to_base64 to_binary
  to_hex to_json translate unbin unhex unicode union_extract union_tag union_value unnest
  unpivot_list url_decode url_encode uuid_extract_timestamp uuid_extract_version uuidv4 uuidv7
  variant_extract variant_typeof
`);

/** Table functions that make rows of their arguments. */
const GENERATING = words(`generate_series json_each json_tree range repeat repeat_row unnest`);

/** Table functions that tell what the database holds, and neither settings nor files. */
const CATALOG = words(`
  duckdb_columns duckdb_constraints duckdb_databases duckdb_functions duckdb_indexes duckdb_keywords
  duckdb_schemas duckdb_tables duckdb_types duckdb_views pragma_database_size pragma_table_info
  pragma_version
`);

/** Views of the system that tell what the database holds. */
const CATALOG_VIEWS = words(`
  character_sets columns constraint_column_usage key_column_usage referential_constraints schemata
  table_constraints tables duckdb_columns duckdb_constraints duckdb_databases duckdb_indexes
  duckdb_schemas duckdb_tables duckdb_types duckdb_views sqlite_master sqlite_schema pg_attribute
  pg_class pg_constraint pg_database pg_index pg_indexes pg_namespace pg_tables pg_type pg_views
`);

/**
 * Of these, those that take a number as a last argument, and then give so many values: how many
 * arguments they have without.
 */
const TOP = new Map([
  ...[...words("max min")].map((name) => [name, 1] as const),
  ...[...words(`
    arg_max arg_max_null arg_max_nulls_last arg_min arg_min_null arg_min_nulls_last argmax argmin
    max_by min_by
  `)].map((name) => [name, 2] as const),
]);

/**
 * What a call of the engine's function with so many arguments costs: `bounded` ones can run beside
 * what is written. Of a function that is not allowed, or not known, undefined.
 */
export function weightOf(name: string, args: number): Weight | undefined {
  const known = name.toLowerCase();
  if (args > (TOP.get(known) ?? Infinity)) return "unbounded";
  if (BOUNDED.has(known)) return "bounded";
  return UNBOUNDED.has(known) ? "unbounded" : undefined;
}

/** What a table function gives rows of: its arguments or the catalog. Undefined: it is refused. */
export function tableFunctionKind(name: string): "generating" | "catalog" | undefined {
  const known = name.toLowerCase();
  if (GENERATING.has(known)) return "generating";
  return CATALOG.has(known) ? "catalog" : undefined;
}

/** Whether a view of the system may be read. */
export function isCatalogView(name: string): boolean {
  return CATALOG_VIEWS.has(name.toLowerCase());
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/).filter(Boolean).map((word) => word.toLowerCase()));
}
