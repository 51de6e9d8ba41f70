/**
 * The one place that says which servers there are and at which version. docker-compose.yml and
 * services/kafka/pom.xml state them again; a test compares.
 * @module
 */

/** The servers by name, with the version that is installed. */
export const VERSIONS = {
  kafka: "4.3.1",
  // MinIO's tags are no Go module versions: this is the commit of the last release.
  minio: "v0.0.0-20260212201848-7aac2a2c5b7c",
  versitygw: "v1.8.0",
  azurite: "3.37.0",
  registry: "3.3.3",
  // In containers; without them whatever the system has, from 13 on.
  postgres: "15",
  snowflake: "0.12.1",
} as const;

/** Name of a server, as on the command line. */
export type ServiceName = keyof typeof VERSIONS;

/** All names, in the order of the documentation. */
export const SERVICE_NAMES = Object.keys(VERSIONS) as readonly ServiceName[];
