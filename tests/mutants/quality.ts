/** Defects of what judges feeds: findings that stay, that are missed, and that nobody told. @module */
import type { Mutant } from "./mutant.ts";

const FINDINGS = "models/gold/gold_quality_findings.sql";
const TEST = "pipeline/transform/quality_test.ts";

export const QUALITY_MUTANTS: readonly Mutant[] = [
  {
    name: "a finding stays when its cause is corrected",
    file: FINDINGS,
    from: "where t.rule <> '' and f.rule is null",
    to: "where t.rule <> '' and f.rule is null and 1 = 0",
    test: TEST,
    filter: "forgets what is corrected",
  },
  {
    name: "a candle is held against those of its own run only",
    file: FINDINGS,
    from: "when s.earlier_open_time is null then b.{{ name }} else s.earlier_{{ name }}",
    to: "when 1 = 0 then b.{{ name }} else s.earlier_{{ name }}",
    test: TEST,
    filter: "however long ago",
  },
  {
    name: "a split is a jump",
    file: FINDINGS,
    from: "{{ restated('f.earlier_close', 's.log_shares') }} as close_before",
    to: "f.earlier_close as close_before",
    test: TEST,
    filter: "finds what each rule is for",
  },
  {
    name: "a general rule comes before that of a symbol",
    file: FINDINGS,
    from: "case when r.symbol is null then 1 else 0 end",
    to: "case when r.symbol is null then 0 else 1 end",
    test: TEST,
    filter: "judges all again",
  },
  {
    name: "rules of today judge nothing of yesterday",
    file: FINDINGS,
    from: "where t._basis is distinct from b.basis\n),",
    to: "where 1 = 0\n),",
    test: TEST,
    filter: "judges all again",
  },
  {
    name: "the source by name is preferred",
    file: "models/macros/preferences.sql",
    from: "order by p.rank, p.source, p.symbol",
    to: "order by p.source, p.symbol",
    test: "pipeline/transform/quality_page_test.ts",
    filter: "Preferred sources",
  },
];
