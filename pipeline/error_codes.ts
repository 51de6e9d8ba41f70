/**
 * Every code that an error can have: what it means, and how to fix it. docs/errors.md derives from
 * this.
 * @module
 */

/** What a code says to who looks it up. */
interface Entry {
  readonly meaning: string;
  readonly fix: string;
}

/** By code. */
export const ERROR_CODES = {
  APPENDED_HIDDEN: {
    meaning: "What was appended to Kafka can't be read yet: a transaction is still open.",
    fix:
      "Start the brokers that are down, or end the other producer's transaction; it is tried again.",
  },
  ARCHITECTURE_INVALID: {
    meaning: "A folder of the project uses one that stands above it.",
    fix: "Move what both need below both.",
  },
  BIND_INVALID: {
    meaning: "A value bound to a placeholder is of no type that SQL takes.",
    fix: "Bind text, a number, a bigint, a boolean or null.",
  },
  BODY_SECRET: {
    meaning: "The address of a provider's answer would be kept with a key in it.",
    fix: "Leave the key out of what is noted.",
  },
  BODY_TOO_LARGE: {
    meaning: "A request to the query endpoint is too large.",
    fix: "Send less at once.",
  },
  BROKER_DAMAGED: {
    meaning: "The file of the embedded log is not what SQLite wrote.",
    fix: "Restore it from a copy; lake and warehouse have what they took.",
  },
  BROKER_FAILED: {
    meaning: "SQLite could not do what the embedded log asked for.",
    fix: "See the message: usually the disk or its permissions.",
  },
  BROKER_UNREADABLE: {
    meaning: "The file of the embedded log can't be opened.",
    fix: "Name a file that this user may read and write.",
  },
  BROWSER_REFUSED: {
    meaning: "The query endpoint was asked by a page in a browser.",
    fix: "Ask it from a program; for pages there is the dashboard.",
  },
  BUCKET_MISSING: {
    meaning: "The bucket or container does not exist.",
    fix: "Create it, or name one that exists.",
  },
  CANDLES_BUSY: {
    meaning: "Too many pages wait for candles.",
    fix: "Wait a moment, or close pages.",
  },
  CANDLES_MISSING: {
    meaning: "There are no candles of this symbol and interval.",
    fix: "Choose another symbol or interval; the message lists some.",
  },
  COLUMN_UNKNOWN: {
    meaning: "A column is not kept for readers while a stream writes.",
    fix: "Name columns of the table; the message lists them.",
  },
  CONFIG_INVALID: {
    meaning: "A setting has a value that it can't have, or needs another one that is missing.",
    fix: "Correct the setting that is named; .env.example lists all.",
  },
  CSV_COLUMNS_AMBIGUOUS: {
    meaning: "The columns of a file fit several datasets, or a column twice.",
    fix: "Name the dataset with --dataset, or rename the columns.",
  },
  CSV_COLUMNS_MISSING: {
    meaning: "A file has not all the columns that its dataset needs.",
    fix: "Rename columns, or give values with --set.",
  },
  CSV_DAMAGED: {
    meaning: "A gzip file can't be unpacked.",
    fix: "Fetch it again.",
  },
  CSV_EMPTY: {
    meaning: "A file has no header.",
    fix: "Give it a line with the names of its columns.",
  },
  CSV_LINE_TOO_LONG: {
    meaning: "A line of a file is longer than any row can be.",
    fix: "See whether it is CSV, and whether a quote is missing.",
  },
  CSV_NOT_TEXT: {
    meaning: "A file is not text.",
    fix: "Name a CSV file, plain or gzip.",
  },
  CSV_PACKED: {
    meaning: "A file is packed in a way that is not read here, or its archive holds several files.",
    fix: "Unpack it, and name one file.",
  },
  CSV_READ_OTHERWISE: {
    meaning: "A file was read before with other options.",
    fix: "Read it again by --again; take back what it brought by `deno task withdraw`.",
  },
  CSV_STATE_INVALID: {
    meaning: "The log holds a state of this source that no CSV source wrote.",
    fix: "Ingest the file under another name.",
  },
  CSV_UNCERTAIN: {
    meaning: "A file does not say something that must be known before a row is stored.",
    fix: "Answer it by the flag that the message names.",
  },
  CURSOR_PENDING: {
    meaning: "Another source's transaction on the table of cursors does not end.",
    fix: "Wait until its time-out, or end its producer.",
  },
  DASHBOARD_STOPPED: {
    meaning: "The page asked a dashboard that has stopped.",
    fix: "Start it again.",
  },
  DATABASE_HELD: {
    meaning: "The warehouse's file is open in another process, or in another part of this one.",
    fix: "End the process that is named, or read through its endpoint.",
  },
  DATABASE_UNREADABLE: {
    meaning: "The warehouse's file is no DuckDB file, or is damaged.",
    fix: "Restore it from a copy, or move it away and fill a new one by `deno task load`.",
  },
  DATASET_UNKNOWN: {
    meaning: "There is no dataset of this name.",
    fix: "Use one that the message lists.",
  },
  DECODE_MISCOUNT: {
    meaning: "Records became neither rows nor dead letters; nothing was written.",
    fix: "Report this with the messages concerned.",
  },
  DISK_FULL: {
    meaning: "A file can't grow.",
    fix: "Free space on the disk and start again; nothing is half-written.",
  },
  ENDPOINT_BUSY: {
    meaning: "Too many queries wait at the endpoint of a stream.",
    fix: "Ask again later, or fewer at once.",
  },
  ENDPOINT_CLOSING: {
    meaning: "The stream that answers queries is stopping.",
    fix: "Ask again: the reader finds the file by itself.",
  },
  ENDPOINT_GONE: {
    meaning: "The process that answered queries has ended.",
    fix: "Ask again: the reader finds the next one by itself.",
  },
  ENDPOINT_INVALID: {
    meaning: "The file that names a stream's endpoint is not what a stream wrote.",
    fix: "Remove it, or restart the stream.",
  },
  EXCHANGE_UNKNOWN: {
    meaning: "The hours of an exchange are asked for that ref_exchanges does not have.",
    fix: "Add its hours to models/seeds/ref_exchanges.csv, or correct the symbol's exchange.",
  },
  FAILED: {
    meaning: "A request could not be answered.",
    fix: "See the output of the stream.",
  },
  FEED_CONTROL: {
    meaning: "The stand-ins for the feeds were told something that they do not know.",
    fix: "Use what docs/feeds_quirks.md lists.",
  },
  FILE_UNREADABLE: {
    meaning: "A file can't be read.",
    fix: "See that it is there, of the right kind, and that this user may read it.",
  },
  FILE_WRITE: {
    meaning: "A file can't be written.",
    fix: "Free space, or let this user write there.",
  },
  HOME_INVALID: {
    meaning: "The home is no folder.",
    fix: "Name a folder, or one to be made, in TICKHOUSE_HOME.",
  },
  HOST_REFUSED: {
    meaning: "A request named a host that is not this server's.",
    fix: "Use the address that was printed.",
  },
  HOUSE_BUSY: {
    meaning: "A stream of this process writes the home.",
    fix: "Stop it first with `await run.stop()`.",
  },
  IDENTIFIER_INVALID: {
    meaning: "A name can't be used in SQL.",
    fix: "Use letters, digits and _, not starting with a digit.",
  },
  IMAGE_INVALID: {
    meaning: "An image of docker-compose.yml has no tag, or a wrong digest.",
    fix: "Name a tag; `deno task compose:pin` writes the digest.",
  },
  INSTALL_FAILED: {
    meaning: "A server for the tests could not be installed.",
    fix: "See the output above it: usually a tool or the network is missing.",
  },
  INSTRUMENT_UNKNOWN: {
    meaning: "The page was asked for a symbol that the tables have not.",
    fix: "Choose one of the list.",
  },
  INTERVAL_UNKNOWN: {
    meaning: "The page, or a calendar, was asked for an interval that there is not.",
    fix: "Use one that the page offers, or that bars may have.",
  },
  JUPYTER_MISSING: {
    meaning: "There is no Python to run JupyterLab with.",
    fix: "Install Python 3.10 or later.",
  },
  KAFKA_AUTHENTICATION: {
    meaning: "Kafka refuses user or password.",
    fix: "Check TICKHOUSE_KAFKA_USERNAME, _PASSWORD and _SASL_MECHANISM.",
  },
  KAFKA_ERROR: {
    meaning: "Kafka refused a request for a reason that has no code of its own.",
    fix: "See the message.",
  },
  KAFKA_FORBIDDEN: {
    meaning: "The user may not do this on Kafka.",
    fix: "Grant what the message names.",
  },
  KAFKA_REPLICAS: {
    meaning: "Too few brokers are in step to take records.",
    fix: "Start the missing brokers; it is tried again.",
  },
  KAFKA_TLS: {
    meaning: "The TLS connection to Kafka fails.",
    fix: "Check TICKHOUSE_KAFKA_SECURITY and the certificates.",
  },
  KAFKA_UNREACHABLE: {
    meaning: "No broker answers.",
    fix: "Check TICKHOUSE_KAFKA_BROKERS, and that the brokers run.",
  },
  KEY_INVALID: {
    meaning: "A name can't be that of an object.",
    fix: "Use letters, digits, `.`, `_`, `=` and `-` between slashes.",
  },
  LAKE_ENCODE: {
    meaning: "Records could not be made a file of the lake.",
    fix: "See the message; nothing was written.",
  },
  LAKE_FORMAT: {
    meaning: "The lake holds a topic in another format.",
    fix: "Keep TICKHOUSE_LAKE_FORMAT, or use another TICKHOUSE_LAKE_PREFIX.",
  },
  LANDING_CHANGED: {
    meaning: "Rows that Snowpipe landed changed while they were moved.",
    fix: "Run `deno task load` again; see that nothing else writes the landing table.",
  },
  LANDING_FOREIGN: {
    meaning: "Rows landed that the object does not hold.",
    fix: "See what else writes the landing table.",
  },
  LOAD_FAILED: {
    meaning: "Snowpipe could not load a file.",
    fix: "See the reason in the message.",
  },
  LOAD_FORMAT: {
    meaning: "An object is of no format that Snowflake loads.",
    fix: "Use parquet, ndjson or ndjson-zstd in TICKHOUSE_LAKE_FORMAT.",
  },
  LOG_CUT: {
    meaning: "Retention drops records faster than they are compared.",
    fix: "Compare again, or lengthen the retention.",
  },
  LOG_DAMAGED: {
    meaning: "The embedded log is not what was appended.",
    fix: "Restore it from a copy; lake and warehouse have what they took.",
  },
  LOG_REPLACED: {
    meaning: "A topic was removed and created again: its offsets are other records.",
    fix: "Use a new sink, or another topic name.",
  },
  LOG_SHORTER: {
    meaning: "A sink stands beyond the end of the log.",
    fix: "Use a new sink, or restore the broker's log.",
  },
  LOG_UNKNOWN: {
    meaning: "A lake or warehouse does not say which log's records it holds.",
    fix: "Stream into it once, or load from a lake that says it.",
  },
  MAPPING_INVALID: {
    meaning: "A mapping of messages says what can't be, or leaves out what its dataset needs.",
    fix: "Correct the key that is named; docs/topics.md has each of them.",
  },
  MAPPING_MISSING: {
    meaning: "There is no mapping for a topic, or none of that name.",
    fix: "`deno task preview --topic NAME` proposes one; or name one of the message.",
  },
  MEMBERS_UNREADABLE: {
    meaning: "The folder in which workers of the embedded log meet can't be read.",
    fix: "Let this user read and write it.",
  },
  METADATA_DAMAGED: {
    meaning: "The file of the metadata store is not what SQLite wrote.",
    fix: "Restore it from a copy, or move it away: log, lake and warehouse do not need it.",
  },
  METADATA_DENIED: {
    meaning: "PostgreSQL refuses the user, or has no such database.",
    fix: "Check user, password, database and rights.",
  },
  METADATA_FAILED: {
    meaning: "The metadata store could not do what it was asked for.",
    fix: "See the message.",
  },
  METADATA_INVALID: {
    meaning: "Metadata of an object can't be stored.",
    fix: "Use printable ASCII.",
  },
  METADATA_MISSING: {
    meaning: "There is no metadata store yet.",
    fix: "Nothing: the first stream makes it.",
  },
  METADATA_NEWER: {
    meaning: "A newer tickhouse made the tables of the metadata store.",
    fix: "Use that version, or name another store.",
  },
  METADATA_UNAVAILABLE: {
    meaning: "The PostgreSQL of the metadata store does not answer.",
    fix: "See that it runs and can be reached, or leave TICKHOUSE_METADATA empty.",
  },
  METADATA_UNREADABLE: {
    meaning: "The file of the metadata store can't be read and written.",
    fix: "Let this user write there, or set TICKHOUSE_HOME or TICKHOUSE_METADATA.",
  },
  METHOD_REFUSED: {
    meaning: "A server was asked by a method that it does not take.",
    fix: "Use GET for the page, POST for queries.",
  },
  MIGRATION_CHANGED: {
    meaning: "A migration was edited after it was applied.",
    fix: "Restore the file, and write the change into a new one.",
  },
  MIGRATION_FAILED: {
    meaning: "A statement of a migration failed.",
    fix: "Correct it and run again: what was applied stays.",
  },
  MIGRATION_INVALID: {
    meaning: "A file of sql/ is no migration.",
    fix: "Name it with four digits, and see its head.",
  },
  MIGRATION_UNKNOWN: {
    meaning: "The selection names no migration.",
    fix: "Use a group or number that the message lists.",
  },
  MIGRATION_VARIABLE: {
    meaning: "A variable of a migration is missing, wrong, or used by no file.",
    fix: "Give it with --set name=value.",
  },
  MIRROR_AHEAD: {
    meaning: "DuckDB holds more of a partition than Snowflake.",
    fix: "Load Snowflake first, or mirror into another home.",
  },
  MODELS_MISSING: {
    meaning: "The models that a chart reads are not built yet.",
    fix: "Run `deno task transform`.",
  },
  MODEL_CONFIG: {
    meaning: "A model's configuration is not one that tickhouse builds.",
    fix: "Correct what is named.",
  },
  MODEL_CONTRACT: {
    meaning: "The columns that a model's query gives are not those that its contract promises.",
    fix: "Correct the query, or the columns and data types in the .yml beside it.",
  },
  MODEL_CYCLE: {
    meaning: "Models read one another in a circle.",
    fix: "Remove one of the references.",
  },
  MODEL_FAILED: {
    meaning: "A model's SQL failed; it keeps its old rows.",
    fix: "Correct the SQL, or raise TICKHOUSE_MEMORY if it ran out of memory.",
  },
  MODEL_REF_UNKNOWN: {
    meaning: "ref() names no model.",
    fix: "Correct the name.",
  },
  MODEL_SOURCE_UNKNOWN: {
    meaning: "source() names no table.",
    fix: "Correct the name; models/bronze/sources.yml lists them.",
  },
  MODEL_TEMPLATE: {
    meaning: "A model's template can't be rendered.",
    fix: "Correct the line that is named.",
  },
  MODEL_UNKNOWN: {
    meaning: "There is no model of this name.",
    fix: "Use one that the message lists.",
  },
  MODEL_VAR_UNKNOWN: {
    meaning: "var() has no value.",
    fix: "Give it one in dbt_project.yml.",
  },
  NAME_TAKEN: {
    meaning: "Something was given to open() under a name that exists.",
    fix: "Give it another name.",
  },
  NODE_UNKNOWN: {
    meaning: "There is no such node of the test cluster.",
    fix: "Use one that the message lists.",
  },
  NOT_ANSWERED: {
    meaning: "The page could not be answered.",
    fix: "See the output of the stream.",
  },
  NOT_FOUND: {
    meaning: "There is nothing at this path.",
    fix: "Use the address that was printed.",
  },
  NO_PORT: {
    meaning: "Not enough ports are free on this machine.",
    fix: "End what listens.",
  },
  OBJECT_DAMAGED: {
    meaning: "An object of the lake is not what was written.",
    fix: "Restore it from a copy; nothing of it was used.",
  },
  OBJECT_DIFFERS: {
    meaning: "An object of the lake has more digits than its column is declared with.",
    fix: "Declare the column with as many.",
  },
  OBJECT_MISSING: {
    meaning: "An object of the lake is missing.",
    fix: "Restore it from a copy.",
  },
  OFFSET_OUT_OF_RANGE: {
    meaning: "A partition does not hold this offset.",
    fix: "Read from an offset that it holds.",
  },
  OPTION_INVALID: {
    meaning: "An option has a value that it can't have.",
    fix: "Correct the option that is named.",
  },
  OUTPUT_FAILED: {
    meaning: "The result can't be written.",
    fix: "Print to where there is space.",
  },
  OUT_OF_MEMORY: {
    meaning: "DuckDB ran out of memory.",
    fix: "Raise TICKHOUSE_MEMORY, or ask for less at once.",
  },
  PACKAGES_MISSING: {
    meaning: "Packages that a verb needs could not be installed.",
    fix: "Connect to the package registry once, and start again.",
  },
  PAGES_TOO_MANY: {
    meaning: "Too many pages are open.",
    fix: "Close some.",
  },
  PART_UNKNOWN: {
    meaning: "There is no such part of the packages.",
    fix: "Use one that the message lists.",
  },
  PATH_COMMA: {
    meaning: "Deno can't grant access to a path with a comma.",
    fix: "Use a path without one.",
  },
  PORT_IN_USE: {
    meaning: "Another process listens on the port.",
    fix: "Choose another one.",
  },
  POSITION_BEHIND: {
    meaning: "A warehouse holds rows beyond its position: somebody moved it back.",
    fix: "Restore it from a copy, or correct the position as the message says.",
  },
  POSITION_CONFLICT: {
    meaning: "A batch does not start where the sink stands; it asks again by itself.",
    fix: "Nothing, unless it repeats: then two processes write one sink.",
  },
  PROGRAM_FAILED: {
    meaning: "A program that a server needs ended with an error.",
    fix: "See its output in the message.",
  },
  PROJECT_INVALID: {
    meaning: "A file of the dbt project can't be read.",
    fix: "Correct the file that is named.",
  },
  PROJECT_MISSING: {
    meaning: "There is no dbt project.",
    fix: "Name the folder with dbt_project.yml.",
  },
  PROVIDER_ACCESS: {
    meaning: "A provider refuses the key, or its plan does not include what was asked for.",
    fix: "Set the key's variable, or use another provider or plan.",
  },
  PROVIDER_ANSWER_EMPTY: {
    meaning: "A provider answers without an error that it has nothing, for days of trading.",
    fix: "The next run asks again; see that the symbol is the one that is meant.",
  },
  PROVIDER_ANSWER_INVALID: {
    meaning:
      "A provider's answer is not what it documents; the message names the field and the value.",
    fix: "The next run asks again; if it stays so, report it with the stored answer.",
  },
  PROVIDER_QUOTA: {
    meaning: "A provider's limit is reached, of a minute or of the day.",
    fix: "Run it again later: it goes on where it ended.",
  },
  PROVIDER_REDIRECTED: {
    meaning: "A provider sends us on to another server, which is not followed.",
    fix: "If the provider has moved, set its new address.",
  },
  PROVIDER_REQUEST: {
    meaning: "A provider can't answer what was asked of it, as for a time too long ago.",
    fix: "See what it says; ask for other times or another interval.",
  },
  PROVIDER_SYMBOL_UNKNOWN: {
    meaning: "A provider does not know the symbol.",
    fix: "See how this provider writes it; indices, classes of shares and currencies differ most.",
  },
  PROVIDER_UNAVAILABLE: {
    meaning: "A provider does not answer, or only that it can't.",
    fix: "The next run asks again and fetches what is missing.",
  },
  PYTHON_INSTALL_FAILED: {
    meaning: "A Python environment could not be made.",
    fix: "See pip's output; connect to the package registry.",
  },
  PYTHON_MISSING: {
    meaning: "There is no Python of a version that is needed.",
    fix: "Install one.",
  },
  PYTHON_VENV_MISSING: {
    meaning: "Python can't make environments.",
    fix: "Install the package that is named, such as python3-venv.",
  },
  QUERY_CRASHED: {
    meaning: "A statement ended the process that ran it; nothing else was harmed.",
    fix: "Ask for less, or report the statement.",
  },
  QUERY_FAILED: {
    meaning: "The engine refused a statement.",
    fix: "Correct the SQL as the message says.",
  },
  QUERY_INVALID: {
    meaning: "A statement does not parse.",
    fix: "Correct the SQL as the message says.",
  },
  QUERY_MEMORY: {
    meaning: "A statement took more memory than readers get.",
    fix: "Ask for less at once, or wait until nothing streams.",
  },
  QUERY_NOT_READ_ONLY: {
    meaning: "A statement does more than read tables of the warehouse.",
    fix: "Send one SELECT, DESCRIBE, SHOW or SUMMARIZE.",
  },
  QUERY_TIMEOUT: {
    meaning: "A statement took too long beside a stream.",
    fix: "Ask for less, or wait until nothing streams.",
  },
  QUERY_TOO_COMPLEX: {
    meaning: "A statement is nested too deeply, or reads too many views.",
    fix: "Take it apart.",
  },
  QUERY_TOO_HEAVY: {
    meaning: "A statement would take too much beside a stream.",
    fix: "Ask for less, or wait until nothing streams.",
  },
  RANGE_INVALID: {
    meaning: "A time, a day or a range of the metadata store is none.",
    fix: "Use whole microseconds since 1970 UTC, and days such as 2026-11-27.",
  },
  READER_CLOSED: {
    meaning: "A reader was used after it was closed.",
    fix: "Open another one.",
  },
  READING_FAILED: {
    meaning: "The process that reads did not start.",
    fix: "See its output in the message.",
  },
  RECORDS_DAMAGED: {
    meaning: "Kafka returned records that are not what was appended.",
    fix: "Read from another replica; report it to who runs the cluster.",
  },
  RECORD_KEY_TAKEN: {
    meaning: "The key of a record's object holds another record.",
    fix: "Use another TICKHOUSE_LAKE_RECORD_KEY or prefix.",
  },
  RECORD_TOO_LARGE: {
    meaning: "A record is larger than the topic takes.",
    fix: "Raise max.message.bytes of the topic.",
  },
  REGISTRY_FORBIDDEN: {
    meaning: "The Schema Registry refuses the user.",
    fix: "Check TICKHOUSE_REGISTRY_USERNAME and _PASSWORD.",
  },
  REGISTRY_REFUSED: {
    meaning: "A container registry refused a request.",
    fix: "Check the name of the image, and the network.",
  },
  REGISTRY_UNAVAILABLE: {
    meaning: "The Schema Registry does not answer.",
    fix: "Check TICKHOUSE_REGISTRY_URL, and that it runs.",
  },
  REQUEST_INVALID: {
    meaning: "A request to the query endpoint is not what it takes.",
    fix: "Send {sql, binds} as JSON.",
  },
  RESULT_TOO_LARGE: {
    meaning: "A result is larger than the endpoint sends.",
    fix: "Add a LIMIT, aggregate, or use `frame`.",
  },
  RETENTION_PASSED: {
    meaning: "The log has dropped what a sink has yet to take.",
    fix: "Load it from the lake, or lengthen the retention.",
  },
  ROUTE_UNKNOWN: {
    meaning: "There is no route of this name.",
    fix: "Use one that the message lists.",
  },
  RUN_NOT_OPEN: {
    meaning: "A run was asked that has not started, or that has ended.",
    fix: "Wait for `run.started`; after its end, ask the house.",
  },
  SCHEMA_INCOMPATIBLE: {
    meaning: "The registry's schema of a subject can't hold the dataset's records.",
    fix: "Change the dataset compatibly, or write to another topic.",
  },
  SCHEMA_MISSING: {
    meaning: "The registry has no schema for a subject or message.",
    fix: "Let tickhouse register it: TICKHOUSE_REGISTRY_REGISTER=yes.",
  },
  SCHEMA_UNKNOWN: {
    meaning: "Snowflake shows no tables in a schema.",
    fix: "Check the name, and the role.",
  },
  SEED_INVALID: {
    meaning: "A CSV file of reference data has a cell, line or column that its table can't take.",
    fix: "Correct the line that is named.",
  },
  SERVICES_UP: {
    meaning: "The test servers run already.",
    fix: "End them first: `deno task services down`.",
  },
  SERIES_STATE_INVALID: {
    meaning: "What the log keeps of how far a series was fetched can't be read.",
    fix: "Fetch it again from its start: `--again`.",
  },
  SERVICE_FAILED: {
    meaning: "A test server ended or did not answer.",
    fix: "See its output in the message.",
  },
  SERVICE_UNKNOWN: {
    meaning: "There is no test server of this name.",
    fix: "Use one that the message lists.",
  },
  SIMULATOR_INVALID: {
    meaning: "The simulator was given nothing that it can simulate.",
    fix: "Name at least one symbol.",
  },
  SINK_LOST: {
    meaning: "A sink holds less than it had taken, and the log no longer has it.",
    fix: "Restore the sink from a copy, or begin a new one as the message says.",
  },
  SINK_STALLED: {
    meaning: "A sink took nothing for too long, though records wait.",
    fix: "See what it waits for; start again to go on.",
  },
  SITE_REFUSED: {
    meaning: "A page of another site asked this server.",
    fix: "Open the page itself.",
  },
  SNAPSHOT_TOO_LARGE: {
    meaning: "A statement reads more than is copied for readers beside a stream.",
    fix: "Name fewer columns or rows, or wait until nothing streams.",
  },
  SNOWFLAKE_ABORTED: {
    meaning: "Snowflake aborted a statement.",
    fix: "It is tried again; if it repeats, see its query history.",
  },
  SNOWFLAKE_DENIED: {
    meaning: "The role may not do this in Snowflake.",
    fix: "Grant it what the message names.",
  },
  SNOWFLAKE_INTERNAL: {
    meaning: "Snowflake failed by itself.",
    fix: "Try again later, and look at status.snowflake.com.",
  },
  SNOWFLAKE_KEY: {
    meaning: "The private key can't be used.",
    fix: "Name a PKCS#8 file in PEM, and its passphrase.",
  },
  SNOWFLAKE_LOGIN: {
    meaning: "Snowflake refuses the login.",
    fix: "Check account, user and how it proves who it is.",
  },
  SNOWFLAKE_MISCOUNT: {
    meaning: "Other rows arrived in Snowflake than were sent; nothing was kept.",
    fix: "Report this.",
  },
  SNOWFLAKE_MISSING: {
    meaning: "Snowflake has no such pipe or channel.",
    fix: "Check database, schema and pipe; `deno task migrate` makes it.",
  },
  SNOWFLAKE_OBJECT: {
    meaning: "Snowflake has no such table, stage or schema, or the role may not see it.",
    fix: "Run `deno task migrate --target snowflake`, or check the role.",
  },
  SNOWFLAKE_OPTIONS: {
    meaning: "A setting that Snowflake needs is missing.",
    fix: "Set what is named; docs/snowflake.md has the steps.",
  },
  SNOWFLAKE_REFUSED: {
    meaning: "Snowflake's service refuses the token.",
    fix: "Check user, public key, role and this machine's clock.",
  },
  SNOWFLAKE_REQUEST: {
    meaning: "Snowflake's service does not take a request.",
    fix: "Compare the tables and pipes with sql/snowflake/.",
  },
  SNOWFLAKE_SESSION: {
    meaning: "The session with Snowflake ended.",
    fix: "It is opened again by itself.",
  },
  SNOWFLAKE_SQL: {
    meaning: "Snowflake refuses a statement.",
    fix: "Correct the SQL as the message says.",
  },
  SNOWFLAKE_TIMEOUT: {
    meaning: "Snowflake did not answer in time.",
    fix: "It is tried again; see whether the warehouse is overloaded.",
  },
  SNOWFLAKE_UNAVAILABLE: {
    meaning: "Snowflake's service does not answer.",
    fix: "Try again later, and look at status.snowflake.com.",
  },
  SNOWFLAKE_UNREACHABLE: {
    meaning: "Snowflake can't be reached.",
    fix: "Check account, TICKHOUSE_SNOWFLAKE_URL and the network.",
  },
  SNOWFLAKE_WAREHOUSE: {
    meaning: "No virtual warehouse runs the statements.",
    fix: "Set TICKHOUSE_SNOWFLAKE_WAREHOUSE, or resume it.",
  },
  SNOWPIPE_FAILED: {
    meaning: "Snowpipe could not load a file.",
    fix: "See the reason; correct the pipe and load again.",
  },
  SNOWPIPE_SLOW: {
    meaning: "Objects have not landed in time.",
    fix: "Run `deno task load` again; see the pipe's history.",
  },
  SOURCE_FENCED: {
    meaning: "Another ingest of the same source has taken over.",
    fix: "Nothing: the other one goes on.",
  },
  SOURCE_UNREADABLE: {
    meaning: "A bronze table can't be read.",
    fix: "Make it first: `deno task stream` does.",
  },
  STORE_CLOSED: {
    meaning: "An object store was used after it was closed.",
    fix: "Open another one.",
  },
  STORE_FAILED: {
    meaning: "The object store failed.",
    fix: "See the message; it is tried again where that can help.",
  },
  STORE_FORBIDDEN: {
    meaning: "The object store refuses the keys, or what they may do.",
    fix: "Check keys and permissions as the message says.",
  },
  STORE_NOT_CONDITIONAL: {
    meaning: "The object store overwrites objects that it was asked not to.",
    fix: "Use one that honours If-None-Match; docs/lake.md names some.",
  },
  STORE_READ: {
    meaning: "An object can't be read.",
    fix: "See the message: usually permissions.",
  },
  STORE_REFUSED: {
    meaning: "The object store refuses a request.",
    fix: "See the message.",
  },
  STORE_REGION: {
    meaning: "The bucket is in another region.",
    fix: "Set TICKHOUSE_S3_REGION.",
  },
  STORE_UNAVAILABLE: {
    meaning: "The object store does not answer.",
    fix: "Check its address, and that it runs.",
  },
  STORE_WRITE: {
    meaning: "An object can't be written.",
    fix: "See the message: usually space or permissions.",
  },
  STREAM_NOT_COMMITTED: {
    meaning: "Rows were sent by Snowpipe Streaming and not committed in time.",
    fix: "It is tried again from the channel's position.",
  },
  STREAM_ROWS_REFUSED: {
    meaning: "Snowpipe Streaming refused rows.",
    fix: "Compare the table with the dataset; see the channel's errors.",
  },
  SYMBOL_INVALID: {
    meaning: "A symbol can't be the name of an instrument.",
    fix: "Use letters, digits and . - ^ = : / _ & $ # + @, 32 at most.",
  },
  SYMBOL_OVERLAPS: {
    meaning: "A symbol would mean two instruments on one day.",
    fix: "End the other one first, or correct the days.",
  },
  TABLE_DIFFERS: {
    meaning: "A table differs from its declaration in a way that would lose values.",
    fix: "Change the declaration or the table as the message says.",
  },
  TABLE_UNKNOWN: {
    meaning: "There is no table or view of this name.",
    fix: "Use one that the message lists; `show tables` shows all.",
  },
  TEMP_FOLDER: {
    meaning: "No files can be made in the temporary folder.",
    fix: "Set TMPDIR to a folder that this user may write.",
  },
  TEST_FAILED: {
    meaning: "A model's test can't run.",
    fix: "Correct its SQL.",
  },
  TEST_INVALID: {
    meaning: "A model's test has not the arguments that it needs.",
    fix: "Correct it in the schema file.",
  },
  TEST_UNKNOWN: {
    meaning: "There is no such test of models.",
    fix: "Use one that tickhouse has, or write it as SQL.",
  },
  TIMED_OUT: {
    meaning: "Something did not answer in time.",
    fix: "It is tried again.",
  },
  TOKEN_INVALID: {
    meaning: "A request has not the token of this server.",
    fix: "Use the address with its token.",
  },
  TOOL_MISSING: {
    meaning: "A program is missing that a test server needs.",
    fix: "Install what the message names.",
  },
  TOPIC_EXPIRED: {
    meaning: "The producers' topic no longer has messages that were not yet read.",
    fix:
      "Keep messages longer there; TICKHOUSE_BEGIN_ANEW=yes goes on with what is left, for one start.",
  },
  TOPIC_INVALID: {
    meaning: "A topic can't have this name or number of partitions.",
    fix: "Use letters, digits, `.`, `_` and `-`.",
  },
  TOPIC_MISMATCH: {
    meaning: "A topic exists with another number of partitions.",
    fix: "Use another topic name.",
  },
  TOPIC_STATE_INVALID: {
    meaning: "The log holds a state of this source that no topic source wrote.",
    fix: "Give the mapping another name, to read the topic from its start.",
  },
  TOPIC_UNKNOWN: {
    meaning: "There is no such topic or partition.",
    fix: "Stream or ingest once: that makes it.",
  },
  TYPE_UNSUPPORTED: {
    meaning: "A column's type is not mirrored.",
    fix: "Leave the table out, or cast the column in a view.",
  },
  WAREHOUSE_BEHIND: {
    meaning:
      "The warehouse has yet to take what the log holds: what is not there can't be taken back.",
    fix: "Let it: `deno task stream --source none --seconds 5`, or `deno task load`.",
  },
  WAREHOUSE_INCOMPLETE: {
    meaning: "Tables of the warehouse are missing.",
    fix: "Run `deno task stream`, or restore the warehouse from a copy.",
  },
  WAREHOUSE_MISSING: {
    meaning: "There is no warehouse yet.",
    fix: "Run `deno task demo`, or set TICKHOUSE_HOME.",
  },
  WAREHOUSE_WRITE: {
    meaning: "A write to the warehouse failed; nothing of the batch was kept.",
    fix: "See the message; it is tried again where that can help.",
  },
  WATERMARK_BACK: {
    meaning: "A watermark would go back: another process is further.",
    fix: "Read it again and go on from there; to begin again, replace it.",
  },
  WATERMARK_HOLE: {
    meaning: "A watermark would cover what was never fetched.",
    fix: "Fetch what lies between first, or replace it.",
  },
  WAYS_MIXED: {
    meaning: "Rows of a topic came into Snowflake by a way whose positions this one does not know.",
    fix: "Stay with one way, or use another database.",
  },
} as const satisfies Record<string, Entry>;

/** One of the codes. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Whether the text is one of the codes. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}
