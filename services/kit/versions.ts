/**
 * The one place that says which servers there are and at which version. docker-compose.yml and
 * services/kafka/pom.xml state them again; a test compares.
 * @module
 */

/** The servers by name, with the version that is installed. */
export const VERSIONS = {
  kafka: "4.3.1",
  // MinIO's tags are no Go module versions: this is the last commit of its source.
  minio: "v0.0.0-20260212201848-7aac2a2c5b7c",
  versitygw: "v1.8.0",
  azurite: "3.37.0",
  registry: "3.3.3",
  // In containers; without them whatever the system has, from 13 on.
  postgres: "15.15",
  snowflake: "0.12.1",
  // Stand-ins of our own for the feeds: nothing is installed.
  feeds: "1",
} as const;

/** Name of a server, as on the command line. */
export type ServiceName = keyof typeof VERSIONS;

/** All names, in the order of the documentation. */
export const SERVICE_NAMES = Object.keys(VERSIONS) as readonly ServiceName[];

/** The images of docker-compose.yml: the same servers, and what furnishes them. */
export const IMAGES = {
  kafka: `apache/kafka:${VERSIONS.kafka}`,
  // The last one that was published; since then MinIO comes as source only. Docker Hub has it no more.
  minio: "quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z",
  versitygw: `versity/versitygw:${VERSIONS.versitygw}`,
  azurite: `mcr.microsoft.com/azure-storage/azurite:${VERSIONS.azurite}`,
  registry: `apicurio/apicurio-registry:${VERSIONS.registry}`,
  postgres: `postgres:${VERSIONS.postgres}`,
  // fakesnow has no image: services/snowflake/Dockerfile installs it into this one.
  snowflake: "python:3.12-slim-bookworm",
  s3Client: "quay.io/minio/mc:RELEASE.2025-08-13T08-35-41Z",
  azureClient: "mcr.microsoft.com/azure-cli:2.77.0",
} as const;
