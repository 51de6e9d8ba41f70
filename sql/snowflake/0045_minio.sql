-- group: minio
-- role: tickhouse_owner
-- variable: minio_url text
-- variable: minio_endpoint text
-- variable: minio_access_key secret
-- variable: minio_secret_key secret
-- The lake in MinIO or another store that speaks S3: s3compat://bucket/prefix/ and the host's name.
-- The endpoint must answer to the internet, by TLS with a known certificate, on port 443, with the
-- bucket in the host's name, and Snowflake's support enables it for the account. It sends no
-- events: no pipe takes its files by itself, so use COPY or insertFiles.

CREATE STAGE IF NOT EXISTS bronze.lake_minio
  URL = {{ minio_url }}
  ENDPOINT = {{ minio_endpoint }}
  CREDENTIALS = (AWS_KEY_ID = {{ minio_access_key }} AWS_SECRET_KEY = {{ minio_secret_key }})
  COMMENT = 'The lake in MinIO; read only';
