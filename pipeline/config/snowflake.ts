/** The settings of Snowflake. @module */
import { z } from "zod";
import { amount, anyText, choice, count, nameOf, type Setting, url } from "./setting.ts";

/** By their name in the code. */
export const SNOWFLAKE_SETTINGS = {
  snowflakeAccount: {
    variable: "TICKHOUSE_SNOWFLAKE_ACCOUNT",
    // It becomes a host, which gets the password.
    schema: nameOf(/^([A-Za-z0-9][A-Za-z0-9._-]{0,254})?$/, "the identifier of an account"),
    default: "",
    meaning: "Snowflake's account identifier, such as myorg-account1.",
  },
  snowflakeUser: {
    variable: "TICKHOUSE_SNOWFLAKE_USER",
    schema: anyText,
    default: "",
    meaning: "Snowflake's user.",
  },
  snowflakeAuthenticator: {
    variable: "TICKHOUSE_SNOWFLAKE_AUTHENTICATOR",
    schema: choice("password", "key-pair", "oauth", "browser"),
    default: "password",
    meaning: "How the user proves who it is: password, key-pair, oauth or browser.",
  },
  snowflakePassword: {
    variable: "TICKHOUSE_SNOWFLAKE_PASSWORD",
    schema: anyText,
    default: "",
    meaning: "Its password, with password.",
    secret: true,
  },
  snowflakeKey: {
    variable: "TICKHOUSE_SNOWFLAKE_KEY",
    schema: anyText,
    default: "",
    meaning: "File of its private key, PKCS#8 in PEM, with key-pair.",
  },
  snowflakeKeyPassphrase: {
    variable: "TICKHOUSE_SNOWFLAKE_KEY_PASSPHRASE",
    schema: anyText,
    default: "",
    meaning: "Passphrase of that key, if it is encrypted.",
    secret: true,
  },
  snowflakeToken: {
    variable: "TICKHOUSE_SNOWFLAKE_TOKEN",
    schema: anyText,
    default: "",
    meaning: "OAuth access token, with oauth.",
    secret: true,
  },
  snowflakeRole: {
    variable: "TICKHOUSE_SNOWFLAKE_ROLE",
    schema: anyText,
    default: "",
    meaning: "Role to take; if not set, the user's default.",
  },
  snowflakeWarehouse: {
    variable: "TICKHOUSE_SNOWFLAKE_WAREHOUSE",
    schema: anyText,
    default: "",
    meaning: "Virtual warehouse that runs the statements; if not set, the user's default.",
  },
  snowflakeDatabase: {
    variable: "TICKHOUSE_SNOWFLAKE_DATABASE",
    schema: z.string().regex(/^[A-Za-z_][A-Za-z0-9_$]{0,254}$/, "must be a plain identifier"),
    default: "TICKHOUSE",
    meaning: "Database with the schemas bronze, silver and gold.",
  },
  snowflakeUrl: {
    variable: "TICKHOUSE_SNOWFLAKE_URL",
    schema: url,
    default: "",
    meaning:
      "Where Snowflake answers, if not at the account's address: a private link, a stand-in.",
  },
  snowflakeWay: {
    variable: "TICKHOUSE_SNOWFLAKE_WAY",
    schema: choice("insert", "copy", "snowpipe", "streaming"),
    default: "insert",
    meaning:
      "The way in. A stream: insert, or streaming (experimental); load: copy or snowpipe. See " +
      "docs/snowflake.md.",
  },
  snowflakeStage: {
    variable: "TICKHOUSE_SNOWFLAKE_STAGE",
    schema: z.string().regex(/^[A-Za-z0-9_$.]{0,255}$/, "must be the name of a stage"),
    default: "",
    meaning: "External stage over the lake; if not set, objects are put to the internal one.",
  },
  snowflakeRollRows: {
    variable: "TICKHOUSE_SNOWFLAKE_ROLL_ROWS",
    schema: count(1, 1_000_000),
    default: "50000",
    meaning: "Rows after which a stream writes to Snowflake.",
  },
  snowflakeRollSeconds: {
    variable: "TICKHOUSE_SNOWFLAKE_ROLL_SECONDS",
    schema: amount(0.1, 3600),
    default: "10",
    meaning: "Seconds after which it does, whatever it has: each write keeps the warehouse awake.",
  },
} as const satisfies Record<string, Setting>;
