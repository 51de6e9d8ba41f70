/**
 * The types of the library, as `mod.ts` exports them.
 * @module
 */
export type { Headers, KeyedValues, Packed, RecordBatch, RecordRun } from "./batch.ts";
export type {
  Broker,
  Consumer,
  ConsumerOptions,
  Cursor,
  DeliveryCounts,
  OffsetRange,
  PollOptions,
  Retention,
  TopicInfo,
  TopicSpec,
} from "./broker/broker.ts";
export type { Codec, Decoded, Encoded } from "./codec/codec.ts";
export type { Origin, ShownSetting } from "./config/config.ts";
export type { Setting } from "./config/setting.ts";
export type { ErrorCode } from "./error_codes.ts";
export type { Config, SETTINGS } from "./config/settings.ts";
export type { Dashboard } from "./dashboard/server.ts";
export type { Spool } from "./decode/spool.ts";
export type { Workbench } from "./decode/workbench.ts";
export type { DuckDbSession } from "./duckdb/engine/file.ts";
export type { ComparedEnd, End, EndContext, Engine, OpenEnd, StreamContext } from "./ends/end.ts";
export type { OnNote } from "./house/adapters.ts";
export type { Conditions, FieldSpec, Mapping } from "./mapping/mapping.ts";
export type { Question } from "./mapping/propose.ts";
export type { PreviewOptions, PreviewReport, PreviewRow } from "./house/preview.ts";
export type { TopicOf } from "./source/topic/entry.ts";
export type { DoctorOptions, DoctorReport, Finding } from "./house/doctor.ts";
export type { EndReport, JourneyReport, Named } from "./house/journey.ts";
export type { ModelFault } from "./house/models.ts";
export type { DeadFilter } from "./dead/filter.ts";
export type { DeadList, DeadReason, DeadRecord } from "./dead/list.ts";
export type { Payload } from "./dead/payload.ts";
export type { Replay } from "./dead/replay.ts";
export type {
  DeadExport,
  DeadExportOptions,
  DeadOptions,
  DeadReplay,
  DeadReplayOptions,
} from "./house/dead.ts";
export type { GapsOptions, GapsReport } from "./house/gaps.ts";
export type { GapsFilter } from "./gaps/gaps.ts";
export type { Explained, SeriesGaps } from "./gaps/series_gaps.ts";
export type { Loaded, LoadOptions } from "./house/load.ts";
export type { MigrateOptions } from "./house/migrate.ts";
export type { MirrorOptions } from "./house/mirror.ts";
export type {
  FindingCount,
  QualityFinding,
  QualityOptions,
  QualityReport,
} from "./house/quality.ts";
export type { ReconcileOptions, ReconcileReport } from "./house/reconcile.ts";
export type { DatasetStatus } from "./house/status.ts";
export type { RunsOptions } from "./house/runs.ts";
export type { MetadataStore, Series } from "./metadata/metadata.ts";
export type { Range } from "./metadata/range.ts";
export type {
  ActionFilter,
  ActionKind,
  ActionNews,
  Actions,
  ActionVersion,
  CorporateAction,
} from "./metadata/actions.ts";
export type { Bodies, Body } from "./metadata/bodies.ts";
export type { Asked, Coverage, Outcome } from "./metadata/coverage.ts";
export type {
  Gap,
  GAP_REASONS,
  GapFilter,
  GapReason,
  Gaps,
  GapState,
  Missing,
} from "./metadata/gaps.ts";
export type { Budget, Requests } from "./metadata/requests.ts";
export type { RunEnd, RunOutcome, RunRecord, Runs, RunStart } from "./metadata/runs.ts";
export type { SymbolReference, Symbols } from "./metadata/symbols.ts";
export type { Watermark, Watermarks } from "./metadata/watermarks.ts";
export type {
  Calendar,
  Closure,
  ClosureReason,
  SessionBreak,
  SessionKind,
  TradingSession,
} from "./calendar/calendar.ts";
export type { Clock } from "./clock.ts";
export type { TransformOptions } from "./house/transform.ts";
export type { Waiting } from "./house/waiting.ts";
export type { WithdrawOptions, WithdrawReport } from "./house/withdraw.ts";
export type { RestoredFact, WithdrawnSymbol } from "./withdraw/summary.ts";
export type { Action, MigratedFile } from "./migrate/migrate.ts";
export type { Mirrored } from "./mirror/mirror.ts";
export type { PullBy } from "./mirror/pull.ts";
export type { Contents, Day } from "./reconcile/contents.ts";
export type { DeadOffsets } from "./reconcile/dead.ts";
export type { PartitionProof, Proof, SideProof } from "./reconcile/reconcile.ts";
export type { Side, SideOf } from "./reconcile/side.ts";
export type { DeadLetter, DeadLetterQueue, Sink, WriteReport } from "./sink/sink.ts";
export type {
  ProviderAccess,
  SourceContext,
  SourceEntry,
  SourceOptions,
  SourceSpec,
  TopicAccess,
} from "./source/entry.ts";
export type { SimulateOptions } from "./source/simulator/entry.ts";
export type { MarketKind } from "./source/simulator/simulator.ts";
export type { Session } from "./source/simulator/sessions.ts";
export type {
  RecordsBeside,
  RefusedRecord,
  Source,
  SourceBatch,
  SourceGroup,
} from "./source/source.ts";
export type { SeriesFailure, SeriesReport } from "./source/series.ts";
export type { FinnhubOptions } from "./source/finnhub/entry.ts";
export type { HistoryOptions } from "./history/feed.ts";
export type { FailureReason } from "./provider/errors.ts";
export type { Dialect } from "./sql/names.ts";
export type { SqlSession } from "./sql/session.ts";
export type { ObjectInfo, ObjectStore } from "./store/store.ts";
export type { BatchPolicy } from "./stream/held.ts";
export type { IngestProgress, IngestReport } from "./stream/ingest.ts";
export type { StreamReport } from "./stream/stream.ts";
export type { ColumnPromise, Model, Seed } from "./transform/model.ts";
export type { CheckReport, ModelReport, TransformReport } from "./transform/transform.ts";
export type { LoadReport } from "./warehouse/warehouse.ts";
export type { FileAnswers } from "./source/answers.ts";
export type { Conclusion, FilePreview, FileRow } from "./source/preview.ts";
